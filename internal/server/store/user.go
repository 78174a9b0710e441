package store

import (
	"context"
	"fmt"

	"github.com/uptrace/bun"
)

// User is the user with that id.
func (q Q) User(ctx context.Context, id int64) (User, error) { return byID[User](ctx, q, id, "user") }

// UserByName is the user with that name.
func (q Q) UserByName(ctx context.Context, username string) (User, error) {
	var row User
	return one(ctx, q.selects(&row).Where("u.username = ?", username), &row, "user %q", username)
}

// UserFilter is what GET /users/ can ask for.
type UserFilter struct {
	Usernames []string
	Roles     []string
	IsActive  *bool
	Paging    // by username
}

// Users is a page of the users that f keeps, and how many there are.
func (q Q) Users(ctx context.Context, f UserFilter) ([]User, int, error) {
	var rows []User
	s := whereIn(q.selects(&rows), "u.username", f.Usernames)
	s = whereIn(s, "u.role", f.Roles)
	if f.IsActive != nil {
		s = s.Where("(u.disabled IS NULL) = ?", *f.IsActive)
	}
	return lists(ctx, q, s, &rows, f.Paging, []Order{{Field: "username"}}, nil)
}

// UsersByID is the users with those ids.
func (q Q) UsersByID(ctx context.Context, ids []int64) (map[int64]User, error) {
	return mapByID(ctx, q, ids, func(u *User) int64 { return u.ID })
}

// LockActiveUsers is the users with that role that are not disabled, by id. Nobody else
// can change them, or take the role from them, until the transaction ends.
func (q Q) LockActiveUsers(ctx context.Context, role string) ([]User, error) {
	var rows []User
	s := q.selects(&rows).Where("u.role = ? AND u.disabled IS NULL", role).OrderExpr("u.id")
	if q.dialect == Postgres {
		s = s.For("UPDATE")
	}
	return all(ctx, q, s, &rows)
}

// LockUser is the user with that id, which nobody else can change until the transaction ends.
func (q Q) LockUser(ctx context.Context, id int64) (User, error) {
	return lockedByID[User](ctx, q, id, "user")
}

// DeleteUser removes a user and its tokens.
func (q Q) DeleteUser(ctx context.Context, id int64) error {
	for _, statement := range []string{"DELETE FROM tokens WHERE user_id = ?", "DELETE FROM users WHERE id = ?"} {
		if _, err := q.exec(ctx, statement, id); err != nil {
			return fmt.Errorf("deleting user %d: %w", id, err)
		}
	}
	return nil
}

// Token is the token with that id, whether or not it is still good.
func (q Q) Token(ctx context.Context, id int64) (Token, error) {
	return byID[Token](ctx, q, id, "token")
}

// TokenByHash is the token with that hash (hex SHA-256), whether or not it is still good.
func (q Q) TokenByHash(ctx context.Context, hash string) (Token, error) {
	var row Token
	return one(ctx, q.selects(&row).Where("t.hash = ?", hash), &row, "token")
}

// TokenFilter is what GET /tokens/ can ask for.
type TokenFilter struct {
	UserIDs  []int64
	Kinds    []string
	Names    []string
	IsActive *bool // neither revoked nor expired at At
	At       Time
	Paging   // oldest first
}

// Tokens is a page of the tokens that f keeps, and how many there are.
func (q Q) Tokens(ctx context.Context, f TokenFilter) ([]Token, int, error) {
	var rows []Token
	s := whereIn(q.selects(&rows), "t.user_id", f.UserIDs)
	s = whereIn(s, "t.kind", f.Kinds)
	s = whereIn(s, "t.name", f.Names)
	if f.IsActive != nil {
		s = s.Where("(t.revoked IS NULL AND (t.expires IS NULL OR t.expires > ?)) = ?", f.At, *f.IsActive)
	}
	return lists(ctx, q, s, &rows, f.Paging, []Order{{Field: "id"}}, nil)
}

// RevokeTokensOf revokes every token of that kind that a user has.
func (q Q) RevokeTokensOf(ctx context.Context, userID int64, kind string, at Time) error {
	_, err := q.exec(ctx, "UPDATE tokens SET revoked = ? WHERE user_id = ? AND kind = ? AND revoked IS NULL", at, userID, kind)
	if err != nil {
		return fmt.Errorf("revoking the tokens of user %d: %w", userID, err)
	}
	return nil
}

// LoginFailure is a login that was refused. Key is what failures are counted by: a user
// name or an address, as the caller spells it.
type LoginFailure struct {
	bun.BaseModel `bun:"table:login_failures,alias:lf"`
	ID            int64 `bun:",pk,autoincrement"`
	Key           string
	At            Time
}

// AddLoginFailure counts a failure now. Failures older than a day are forgotten.
func (q Q) AddLoginFailure(ctx context.Context, key string) error {
	now, err := q.Clock(ctx)
	if err != nil {
		return err
	}
	if err := q.Insert(ctx, &LoginFailure{Key: key, At: now}); err != nil {
		return err
	}
	if _, err := q.exec(ctx, "DELETE FROM login_failures WHERE at < ?", At(now.AddDate(0, 0, -1))); err != nil {
		return fmt.Errorf("forgetting old login failures: %w", err)
	}
	return nil
}

// CountLoginFailures is how many failures of key there have been since then.
func (q Q) CountLoginFailures(ctx context.Context, key string, since Time) (int, error) {
	var n int
	err := q.scan(ctx, &n, "SELECT count(*) FROM login_failures WHERE key = ? AND at >= ?", key, since)
	if err != nil {
		return 0, fmt.Errorf("counting login failures: %w", err)
	}
	return n, nil
}

// ClearLoginFailures forgets the failures of key, after a login that went well.
func (q Q) ClearLoginFailures(ctx context.Context, key string) error {
	if _, err := q.exec(ctx, "DELETE FROM login_failures WHERE key = ?", key); err != nil {
		return fmt.Errorf("clearing login failures: %w", err)
	}
	return nil
}
