package auth

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"log/slog"
	"time"

	"golang.org/x/time/rate"

	"github.com/recipe-galley/terraform-provider-galley/internal/account"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/audit"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/auth/trust"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/seal"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
)

// Config says what a Service works with.
type Config struct {
	Store  *store.Store    // migrated
	Sealer *seal.Sealer    // of the key that logins are signed with
	Audit  *audit.Recorder // of logins
	Logger *slog.Logger
	Now    func() time.Time
	// TrustFile says which other issuers of tokens are trusted; empty: none.
	TrustFile string
	// MaxTokenLife bounds how long a new API token may be good. 0: no bound.
	MaxTokenLife time.Duration
}

// Service answers who the sender of a request is, and gives out logins.
type Service struct {
	*Accounts
	audit      *audit.Recorder
	log        *slog.Logger
	signingKey []byte
	limiter    *rate.Limiter // of this process
	lanes      *lanes
	issuers    []*trust.Issuer
	basic      *basicCache
}

// New makes a Service. All services of one database accept each other's tokens.
func New(ctx context.Context, cfg Config) (*Service, error) {
	key, err := newSigningKey(ctx, cfg)
	if err != nil {
		return nil, err
	}
	var issuers []*trust.Issuer
	if cfg.TrustFile != "" {
		if issuers, err = trust.Load(cfg.TrustFile, cfg.Now, checkRole); err != nil {
			return nil, err
		}
	}
	return &Service{
		issuers:  issuers,
		Accounts: NewAccounts(cfg), audit: cfg.Audit, log: cfg.Logger, signingKey: key,
		limiter: rate.NewLimiter(loginsPerSecond, loginBurst), lanes: newLanes(), basic: newBasicCache(),
	}, nil
}

// Keyed is a text that only servers of this database can make of those.
func (s *Service) Keyed(texts ...string) string {
	mac := hmac.New(sha256.New, s.signingKey)
	for _, text := range texts {
		_, _ = fmt.Fprintf(mac, "%d:%s", len(text), text) // a hash takes everything
	}
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// RepeatableSecret is the secret of an API token that the same request would get again. It is
// made of what no copy of the database has: the credentials that the request came with.
func (s *Service) RepeatableSecret(authorization, key, fingerprint string) string {
	return account.SecretPrefix + s.Keyed("secret of a token", authorization, key, fingerprint)
}

// Origin is where a request comes from.
type Origin struct {
	RequestID string
	Address   string // of the sender, without a port
}

// Identity is the sender of a request. The zero value is a stranger.
type Identity struct {
	User  store.User
	Token string      // as it was sent; empty for a name and a password
	Login store.Token // the token's row; zero for a name and a password
}

// Role is what the sender may do: what the user may, and not more than the token.
func (id Identity) Role() Role {
	if id.Login.Role == "" {
		return RoleOf(id.User)
	}
	return min(RoleOf(id.User), RoleNamed(id.Login.Role))
}

// Local is whoever can run galleyd's commands on the machine: an administrator.
func Local() Identity { return Identity{User: store.User{Role: Admin.String()}} }
