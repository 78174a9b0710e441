package auth

import (
	"context"
	"fmt"
	"time"

	"github.com/recipe-galley/terraform-provider-galley/internal/account"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
)

// DefaultTokenLife is how long an API token is good that nobody has said anything of.
const DefaultTokenLife = 90 * 24 * time.Hour

// NewToken describes an API token to make.
type NewToken struct {
	Name    string
	UserID  int64
	Role    string     // the most that its bearer may; empty: what the user may
	Expires *time.Time // nil: after DefaultTokenLife, or MaxTokenLife if that is less
	Forever bool       // instead of Expires
	Secret  string     // empty: a random one. As RandomToken makes it
}

// TokenEdit is what changes of an API token; nil leaves it as it is.
type TokenEdit struct {
	Name    *string
	Role    *string
	Expires *time.Time
	Secret  *string // the old one is good no more
}

// mayManage reports whether the token is the sender's, or the sender an administrator.
func (id Identity) mayManage(t store.Token) bool { return t.UserID == id.User.ID || id.Role() == Admin }

// Token is a token that the sender may see: his own, or any for an administrator.
func (a *Accounts) Token(ctx context.Context, by Identity, id int64) (store.Token, error) {
	row, err := a.store.Token(ctx, id)
	if err == nil && !by.mayManage(row) {
		return store.Token{}, fmt.Errorf("token %d: %w", id, store.ErrNotFound)
	}
	return row, err
}

// Tokens is a page of the tokens that the sender may see.
func (a *Accounts) Tokens(ctx context.Context, by Identity, f store.TokenFilter) ([]store.Token, int, error) {
	if by.Role() != Admin {
		f.UserIDs = []int64{by.User.ID}
	}
	f.At = store.At(a.now())
	return a.store.Tokens(ctx, f)
}

// CreateToken makes an API token and returns it with the secret, of which only the hash
// is kept. It never may more than its user and than the sender.
func (a *Accounts) CreateToken(ctx context.Context, by Identity, t NewToken) (row store.Token, secret string, err error) {
	err = a.store.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		row, secret, err = a.CreateTokenIn(ctx, tx.Q, by, t)
		return err
	})
	return row, secret, err
}

// CreateTokenIn is CreateToken in a transaction.
func (a *Accounts) CreateTokenIn(ctx context.Context, q store.Q, by Identity, t NewToken) (row store.Token, secret string, err error) {
	if t.Secret == "" {
		t.Secret = RandomToken()
	}
	now := store.At(a.now())
	row = store.Token{UserID: t.UserID, Kind: KindAPI, Name: t.Name, Role: t.Role, Hash: hashToken(t.Secret), Created: now}
	switch {
	case t.Forever:
	case t.Expires != nil:
		row.Expires = store.At(*t.Expires).Ptr()
	case a.maxTokenLife > 0:
		row.Expires = store.At(now.Add(min(DefaultTokenLife, a.maxTokenLife))).Ptr()
	default:
		row.Expires = store.At(now.Add(DefaultTokenLife)).Ptr()
	}
	if !by.mayManage(row) {
		return row, "", errorf(Forbidden, "You can make tokens for yourself only; an administrator can for others.")
	}
	u, err := q.User(ctx, t.UserID)
	if err != nil {
		return row, "", err
	}
	if err := a.checkToken(by, u, row, t.Secret); err != nil {
		return row, "", err
	}
	err = q.Insert(ctx, &row)
	if store.IsUniqueViolation(err) {
		err = errorf(Conflict, "There is a token with this secret: make another.")
	}
	return row, t.Secret, err
}

// RepeatTokenIn answers for CreateTokenIn when it is repeated. If the secret was made up and
// the token has another one, it gets this one: the answer with the other was lost.
func (a *Accounts) RepeatTokenIn(ctx context.Context, q store.Q, by Identity, id int64, madeUp string) (store.Token, error) {
	row, err := q.Token(ctx, id)
	if err != nil {
		return row, err
	}
	u, err := q.User(ctx, row.UserID)
	if err != nil {
		return row, err
	}
	if !by.mayManage(row) { // no administrator any more
		return row, fmt.Errorf("token %d: %w", id, store.ErrNotFound)
	}
	if err := by.checkOutranked(u, row); err != nil {
		return row, err
	}
	if madeUp == "" || row.Hash == hashToken(madeUp) || row.Revoked != nil {
		return row, nil
	}
	row.Hash = hashToken(madeUp)
	return row, q.Update(ctx, &row, "hash")
}

// EditToken changes an API token that the sender may manage.
func (a *Accounts) EditToken(ctx context.Context, by Identity, id int64, edit TokenEdit) (store.Token, error) {
	row, err := a.Token(ctx, by, id)
	if err != nil {
		return row, err
	}
	if row.Kind != KindAPI {
		return row, errorf(Invalid, "The token %d is that of a login, which can only be revoked.", id)
	}
	if row.Revoked != nil {
		return row, errorf(Conflict, "The token %d is revoked: make another.", id)
	}
	u, err := a.store.User(ctx, row.UserID)
	if err != nil {
		return row, err
	}
	if err := by.checkOutranked(u, row); err != nil {
		return row, err
	}
	secret := ""
	if edit.Name != nil {
		row.Name = *edit.Name
	}
	if edit.Role != nil {
		row.Role = *edit.Role
	}
	if edit.Expires != nil {
		row.Expires = store.At(*edit.Expires).Ptr()
	}
	if edit.Secret != nil {
		secret = *edit.Secret
		row.Hash = hashToken(secret)
	}
	if err := a.checkToken(by, u, row, secret); err != nil {
		return row, err
	}
	err = a.store.Update(ctx, &row, "name", "role", "expires", "hash")
	if store.IsUniqueViolation(err) {
		err = errorf(Conflict, "There is a token with this secret: make another.")
	}
	return row, err
}

// checkOutranked keeps a token that may little from changing one that may more.
func (id Identity) checkOutranked(u store.User, t store.Token) error {
	if t.ID == id.Login.ID || capOf(u, t) <= id.Role() {
		return nil
	}
	return errorf(Forbidden, "The token %d may more than the sender, who is %s.", t.ID, id.Role())
}

// capOf is what the bearer of a token may.
func capOf(u store.User, t store.Token) Role { return Identity{User: u, Login: t}.Role() }

// checkToken holds a token of u, with its secret if that is new, against the rules.
func (a *Accounts) checkToken(by Identity, u store.User, t store.Token, secret string) error {
	if err := account.CheckTokenName(t.Name); err != nil {
		return invalid(err)
	}
	if t.Role != "" {
		if err := checkRole(t.Role); err != nil {
			return err
		}
		if RoleNamed(t.Role) > RoleOf(u) {
			return errorf(Invalid, "A token of %q cannot be %s: the user is %s.", u.Username, t.Role, u.Role)
		}
	}
	if capOf(u, t) > by.Role() {
		return errorf(Forbidden, "A token cannot do more than the one who makes it: you are %s. Give the token a role.", by.Role())
	}
	if secret != "" {
		if err := account.CheckSecret(secret); err != nil {
			return invalid(err)
		}
	}
	return a.checkExpiry(t)
}

func (a *Accounts) checkExpiry(t store.Token) error {
	now := a.now()
	switch {
	case t.Expires != nil && !t.Expires.After(now):
		return errorf(Invalid, "A token has to expire in the future, not at %s.", t.Expires.UTC().Format(time.RFC3339))
	case a.maxTokenLife > 0 && (t.Expires == nil || t.Expires.After(now.Add(a.maxTokenLife))):
		return errorf(Invalid, "A token can be good for %s at most (--max-token-life).", a.maxTokenLife)
	}
	return nil
}

// RevokeToken ends a token that the sender may manage. Once more changes nothing.
func (a *Accounts) RevokeToken(ctx context.Context, by Identity, id int64) (store.Token, error) {
	row, err := a.Token(ctx, by, id)
	if err != nil || row.Revoked != nil {
		return row, err
	}
	u, err := a.store.User(ctx, row.UserID)
	if err != nil {
		return row, err
	}
	if err := by.checkOutranked(u, row); err != nil {
		return row, err
	}
	row.Revoked = store.At(a.now()).Ptr()
	return row, a.store.Update(ctx, &row, "revoked")
}
