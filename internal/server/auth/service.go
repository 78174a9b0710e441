package auth

import (
	"context"
	"log/slog"
	"time"

	"golang.org/x/time/rate"

	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
)

// Config says what a Service works with.
type Config struct {
	Store  *store.Store // migrated
	Logger *slog.Logger
	Now    func() time.Time
}

// Service answers who the sender of a request is, and gives out logins.
type Service struct {
	store      *store.Store
	log        *slog.Logger
	now        func() time.Time
	signingKey []byte
	passwords  *passwords
	limiter    *rate.Limiter // of this process
	basic      *basicCache
}

// New makes a Service. All services of one database accept each other's tokens.
func New(ctx context.Context, cfg Config) (*Service, error) {
	key, err := newSigningKey(ctx, cfg.Store)
	if err != nil {
		return nil, err
	}
	return &Service{
		store: cfg.Store, log: cfg.Logger, now: cfg.Now, signingKey: key,
		passwords: newPasswords(), limiter: rate.NewLimiter(loginsPerSecond, loginBurst), basic: newBasicCache(),
	}, nil
}

// Origin is where a request comes from.
type Origin struct {
	RequestID string
	Address   string // of the sender, without a port
}

// Identity is the sender of a request. The zero value is a stranger.
type Identity struct {
	User  store.User
	Token string // as it was sent; empty for a name and a password
}

// Role is the user's.
func (id Identity) Role() Role { return RoleOf(id.User) }
