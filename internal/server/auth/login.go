package auth

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/recipe-galley/terraform-provider-galley/internal/account"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/audit"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
)

// Limits of logins. Failures are counted in the database, so they hold for all servers
// together; the rate is a first wall for each process, before any hashing.
const (
	failureWindow      = 15 * time.Minute
	maxUserFailures    = 10  // of one name from one address
	maxAddressFailures = 100 // from one address
	loginsPerSecond    = 20
	loginBurst         = 100
)

// Login checks a name and a password, counts failures, and makes a token.
func (s *Service) Login(ctx context.Context, from Origin, username, password string) (token string, err error) {
	u, err := s.checkPassword(ctx, from, username, password, false)
	if err != nil {
		return "", err
	}
	token, _, err = s.issueLogin(ctx, from, u, LoginLife, nil)
	return token, err
}

// recordLogin writes a line of the audit about a login that made no token.
func (s *Service) recordLogin(ctx context.Context, from Origin, username, action string, changes map[string]any) {
	s.audit.Record(ctx, loginEntry(from, username, 0, action, changes))
}

func loginEntry(from Origin, username string, tokenID int64, action string, changes map[string]any) audit.Entry {
	return audit.Entry{Username: username, TokenID: tokenID, Address: from.Address, RequestID: from.RequestID,
		Action: action, Object: "user " + username, Changes: changes}
}

// checkPassword is whom a name and a password stand for. With cached, a password that was
// right a moment ago is taken without hashing it again.
func (s *Service) checkPassword(ctx context.Context, from Origin, username, password string, cached bool) (store.User, error) {
	if username == "" || len(username) > account.MaxName || len(password) > account.MaxPassword || !store.IsText(username) {
		return store.User{}, ErrBadCredentials
	}
	u, err := s.store.UserByName(ctx, username)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return store.User{}, err
	}
	if u.Disabled != nil {
		u = store.User{} // as if there were no such user, which takes as long
	}
	if cached && s.basic.has(u, password, s.now()) {
		return u, nil
	}
	slow, err := s.slowLane(ctx, username, from.Address)
	if err != nil {
		return store.User{}, err
	}
	right, err := s.passwords.check(ctx, u.PasswordHash, password)
	if err != nil {
		return store.User{}, err
	}
	if !right {
		return store.User{}, s.refuseLogin(ctx, from, username, slow)
	}
	if err := s.loggedIn(ctx, &u, failureKeys(username, from.Address)[0], password, cached); err != nil {
		return u, err
	}
	if cached {
		s.recordLogin(ctx, from, username, "login", map[string]any{"scheme": "basic"})
	}
	return u, nil
}

// failureKeys are what failures are counted by. A name is counted by address, so that
// nobody can lock out somebody else from elsewhere.
func failureKeys(username, address string) []string {
	return []string{"user:" + username + " ip:" + address, "ip:" + address}
}

// refuseLogin counts a failure.
func (s *Service) refuseLogin(ctx context.Context, from Origin, username string, slow bool) error {
	for _, key := range failureKeys(username, from.Address) {
		if err := s.store.AddLoginFailure(ctx, key); err != nil {
			return err
		}
	}
	s.log.WarnContext(ctx, "login refused", "request_id", from.RequestID, "username", username, "remote", from.Address)
	if slow {
		return errTooMany() // the log has it; the audit's table does not grow with what strangers try
	}
	s.recordLogin(ctx, from, username, "login refused", nil)
	return ErrBadCredentials
}

func (s *Service) loggedIn(ctx context.Context, u *store.User, key, password string, cached bool) error {
	if err := s.store.ClearLoginFailures(ctx, key); err != nil {
		return err
	}
	now := store.At(s.now())
	u.LastLogin = &now
	if err := s.store.Update(ctx, u, "last_login"); err != nil {
		return err
	}
	if cached {
		s.basic.add(*u, password, now.Time)
	}
	return nil
}

// slowLane says whether there were so many failures that logins wait for each other: a
// right password still passes, but nobody can try many. The database's clock stamps
// failures, so it also says what is recent.
func (s *Service) slowLane(ctx context.Context, username, address string) (bool, error) {
	if !s.limiter.Allow() {
		return false, &Error{Code: TooMany, Message: "Too many logins at once. Try again in a moment.", RetryAfter: time.Second}
	}
	now, err := s.store.Clock(ctx)
	if err != nil {
		return false, err
	}
	since := store.At(now.Add(-failureWindow))
	keys := failureKeys(username, address)
	for i, most := range []int{maxUserFailures, maxAddressFailures} {
		n, err := s.store.CountLoginFailures(ctx, keys[i], since)
		if err != nil {
			return false, err
		}
		if n >= most {
			return true, s.lanes.wait(ctx, keys[i])
		}
	}
	return false, nil
}

func errTooMany() *Error {
	return &Error{Code: TooMany, RetryAfter: failureWindow,
		Message: fmt.Sprintf("Too many failed logins. Try again in %d minutes.", int(failureWindow.Minutes()))}
}
