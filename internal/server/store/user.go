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

// Users is all users, by name.
func (q Q) Users(ctx context.Context) ([]User, error) {
	var rows []User
	return all(ctx, q, q.selects(&rows).OrderExpr(q.bytewise("u.username")), &rows)
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

// TokensOf is all tokens of a user, oldest first.
func (q Q) TokensOf(ctx context.Context, userID int64) ([]Token, error) {
	var rows []Token
	return all(ctx, q, q.selects(&rows).Where("t.user_id = ?", userID).OrderExpr("t.id"), &rows)
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
