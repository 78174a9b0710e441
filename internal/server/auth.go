package server

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"net/http"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
)

// Limits of logins. Failures are counted in the database, so they hold for all servers
// together; the rate is a first wall for each process, before any hashing.
const (
	failureWindow   = 15 * time.Minute
	maxUserFailures = 10
	maxIPFailures   = 100
	loginsPerSecond = 20
	loginBurst      = 100
	maxUsername     = 150 // bytes
)

// basicLife is how long a password that came as Basic needs no new hashing.
const basicLife = time.Minute

// auth is the state of authentication in this process.
type auth struct {
	passwords *passwords
	limiter   *rate.Limiter
	basic     basicCache
}

func newAuth() *auth {
	a := &auth{passwords: newPasswords(), limiter: rate.NewLimiter(loginsPerSecond, loginBurst)}
	_, _ = rand.Read(a.basic.key[:]) // never fails
	a.basic.good = map[[sha256.Size]byte]time.Time{}
	return a
}

// errBadCredentials is what a login with a wrong name or password comes to. Each
// place that takes credentials says it in its own way.
var errBadCredentials = errors.New("bad credentials")

// identify finds out who sent the request (contract 0.6; 401 instead of 403).
func (s *Server) identify(r *request) error {
	header := r.Header.Get("Authorization")
	if header == "" {
		return errNoCredentials("Authentication credentials were not provided.")
	}
	scheme, value, _ := strings.Cut(header, " ")
	value = strings.TrimSpace(value)
	var err error
	switch strings.ToLower(scheme) {
	case "bearer", "token":
		r.auth = value
		r.user, err = s.userOfToken(r.Context(), value)
	case "basic":
		r.user, err = s.userOfBasic(r.Context(), r.Request, value)
	default:
		return errNoCredentials("The Authorization header has an unknown scheme: expected Bearer, Token or Basic.")
	}
	return err
}

func errNoCredentials(detail string) *problem {
	p := problemf(http.StatusUnauthorized, "%s", detail)
	p.challenge = true
	return p
}

// userOfBasic takes a name and a password (or one of the user's API tokens instead), or a bare API token.
func (s *Server) userOfBasic(ctx context.Context, r *http.Request, value string) (store.User, error) {
	if strings.HasPrefix(value, apiPrefix) {
		return s.userOfToken(ctx, value)
	}
	username, password, ok := r.BasicAuth()
	if !ok {
		return store.User{}, errNoCredentials("The Authorization header is not Basic: expected base64 of name:password.")
	}
	if strings.HasPrefix(password, apiPrefix) {
		u, err := s.userOfToken(ctx, password)
		if err == nil && u.Username != username {
			err = errBadToken()
		}
		return u, err
	}
	u, err := s.login(ctx, username, password, remoteIP(r), true)
	if errors.Is(err, errBadCredentials) {
		err = errNoCredentials("Invalid username/password.")
	}
	return u, err
}

// login checks a name and a password and counts failures. With cached, a password that
// was right a moment ago is taken without hashing it again.
func (s *Server) login(ctx context.Context, username, password, ip string, cached bool) (store.User, error) {
	if username == "" || len(username) > maxUsername || len(password) > maxPassword || checkText(username) != nil {
		return store.User{}, errBadCredentials
	}
	u, err := s.store.UserByName(ctx, username)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return store.User{}, err
	}
	if cached && s.auth.basic.has(u, password, s.cfg.Now()) {
		return u, nil
	}
	keys := []string{"user:" + username, "ip:" + ip}
	if err := s.checkLoginLimits(ctx, keys); err != nil {
		return store.User{}, err
	}
	right, err := s.auth.passwords.check(ctx, u.PasswordHash, password)
	if err != nil {
		return store.User{}, err
	}
	if !right {
		for _, key := range keys {
			if err := s.store.AddLoginFailure(ctx, key); err != nil {
				return store.User{}, err
			}
		}
		s.log.WarnContext(ctx, "login refused", "request_id", requestID(ctx), "username", username, "remote", ip)
		return store.User{}, errBadCredentials
	}
	return u, s.loggedIn(ctx, &u, keys[0], password, cached)
}

func (s *Server) loggedIn(ctx context.Context, u *store.User, key, password string, cached bool) error {
	if err := s.store.ClearLoginFailures(ctx, key); err != nil {
		return err
	}
	now := store.At(s.cfg.Now())
	u.LastLogin = &now
	if err := s.store.Update(ctx, u, "last_login"); err != nil {
		return err
	}
	if cached {
		s.auth.basic.add(*u, password, now.Time)
	}
	return nil
}

// checkLoginLimits refuses before any hashing. The database's clock stamps failures,
// so it also says what is recent.
func (s *Server) checkLoginLimits(ctx context.Context, keys []string) error {
	if !s.auth.limiter.Allow() {
		p := problemf(http.StatusTooManyRequests, "Too many logins at once. Try again in a moment.")
		p.retryAfter = time.Second
		return p
	}
	now, err := s.store.Clock(ctx)
	if err != nil {
		return err
	}
	since := store.At(now.Add(-failureWindow))
	for i, most := range []int{maxUserFailures, maxIPFailures} {
		n, err := s.store.CountLoginFailures(ctx, keys[i], since)
		if err != nil {
			return err
		}
		if n >= most {
			p := problemf(http.StatusTooManyRequests, "Too many failed logins. Try again in %d minutes.", int(failureWindow.Minutes()))
			p.retryAfter = failureWindow
			return p
		}
	}
	return nil
}

// basicCache knows which passwords were right lately, under a key of this process. A
// changed password is another entry, because the stored hash is part of it.
type basicCache struct {
	key  [32]byte
	mu   sync.Mutex
	good map[[sha256.Size]byte]time.Time // until when
}

const maxBasicCache = 1000

func (c *basicCache) entry(u store.User, password string) (e [sha256.Size]byte) {
	mac := hmac.New(sha256.New, c.key[:])
	for _, part := range []string{u.PasswordHash, password} {
		mac.Write([]byte(part))
		mac.Write([]byte{0})
	}
	copy(e[:], mac.Sum(nil))
	return e
}

func (c *basicCache) has(u store.User, password string, now time.Time) bool {
	if u.ID == 0 {
		return false
	}
	e := c.entry(u, password)
	c.mu.Lock()
	defer c.mu.Unlock()
	until, ok := c.good[e]
	return ok && now.Before(until)
}

func (c *basicCache) add(u store.User, password string, now time.Time) {
	e := c.entry(u, password)
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.good) >= maxBasicCache {
		clear(c.good)
	}
	c.good[e] = now.Add(basicLife)
}
