package auth

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/recipe-galley/terraform-provider-galley/internal/account"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
)

// Kinds of store.Token.
const (
	KindLogin = "login" // given for a password; its owner can give it back
	KindAPI   = "api"   // made by name
)

// LoginLife is how long a login with a password lasts (contract datakitchen-v2, 1.1).
const LoginLife = 4 * time.Hour

const (
	signingKey    = "login-token-key"
	lastUsedEvery = 5 * time.Minute // how exact a token's last use is recorded
)

// newSigningKey is the key of login tokens that all servers of one database share.
func newSigningKey(ctx context.Context, cfg Config) ([]byte, error) {
	fresh := make([]byte, 32)
	_, _ = rand.Read(fresh) // never fails
	kept, err := cfg.Sealer.InitSetting(ctx, cfg.Store, signingKey, base64.StdEncoding.EncodeToString(fresh))
	if err != nil {
		return nil, fmt.Errorf("reading the key of login tokens: %w", err)
	}
	key, err := base64.StdEncoding.DecodeString(kept)
	if err != nil {
		return nil, fmt.Errorf("decoding the key of login tokens: %w", err)
	}
	return key, nil
}

// loginClaims are what a login's token says. Key is a random value of that login, whose
// hash the row has: with the signing key alone nobody can make a token.
type loginClaims struct {
	jwt.RegisteredClaims
	Key string `json:"key"`
}

// issueLogin makes a token for a user who has shown the password. It has the shape of
// a JWT, because clients read its exp; the row decides whether it is good.
// The line of the audit is committed together with it; changes are what it tells.
func (s *Service) issueLogin(
	ctx context.Context, from Origin, u store.User, life time.Duration, changes map[string]any,
) (string, store.Token, error) {
	now := store.At(s.now())
	claims := loginClaims{Key: rand.Text()}
	row := store.Token{UserID: u.ID, Kind: KindLogin, Hash: hashToken(claims.Key), Created: now,
		Expires: store.At(now.Add(life)).Ptr()}
	err := s.store.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		row.ID = 0 // of a try before
		if err := tx.Insert(ctx, &row); err != nil {
			return err
		}
		return s.audit.KeepIn(ctx, tx.Q, loginEntry(from, u.Username, row.ID, "login", changes))
	})
	if err != nil {
		return "", row, err
	}
	claims.RegisteredClaims = jwt.RegisteredClaims{
		Subject: u.Username, ID: strconv.FormatInt(row.ID, 10),
		IssuedAt: jwt.NewNumericDate(now.Time), ExpiresAt: jwt.NewNumericDate(row.Expires.Time),
	}
	token, err := jwt.NewWithClaims(jwt.SigningMethodHS256, claims).SignedString(s.signingKey)
	if err != nil {
		return "", row, fmt.Errorf("signing token: %w", err)
	}
	return token, row, nil
}

// bearer is whom a token stands for: it must be known, not revoked, not expired, and its
// user not disabled.
func (s *Service) bearer(ctx context.Context, token string) (Identity, error) {
	row, err := s.tokenRow(ctx, token)
	if errors.Is(err, store.ErrNotFound) {
		return Identity{}, errBadToken()
	}
	if err != nil {
		return Identity{}, err
	}
	now := store.At(s.now())
	if row.Revoked != nil || row.Expires != nil && !now.Before(row.Expires.Time) {
		return Identity{}, errBadToken()
	}
	user, err := s.store.User(ctx, row.UserID)
	if errors.Is(err, store.ErrNotFound) || err == nil && user.Disabled != nil {
		return Identity{}, errBadToken()
	}
	if err != nil {
		return Identity{}, err
	}
	if row.Kind == KindAPI && (row.LastUsed == nil || now.Sub(row.LastUsed.Time) > lastUsedEvery) {
		row.LastUsed = &now
		if err := s.store.Update(ctx, &row, "last_used"); err != nil {
			s.log.WarnContext(ctx, "recording a token's use", "token_id", row.ID, "error", err)
		}
	}
	return Identity{User: user, Token: token, Login: row}, nil
}

// tokenRow finds the row of a token: an API token by its hash, a login token by its id
// if the signature is ours and the key that of the row.
func (s *Service) tokenRow(ctx context.Context, token string) (store.Token, error) {
	if strings.HasPrefix(token, account.SecretPrefix) {
		row, err := s.store.TokenByHash(ctx, hashToken(token))
		if err == nil && row.Kind != KindAPI {
			return row, errBadToken()
		}
		return row, err
	}
	var claims loginClaims
	_, err := jwt.ParseWithClaims(token, &claims, func(*jwt.Token) (any, error) { return s.signingKey, nil },
		jwt.WithValidMethods([]string{jwt.SigningMethodHS256.Alg()}), jwt.WithExpirationRequired(), jwt.WithTimeFunc(s.now))
	if err != nil {
		return store.Token{}, errBadToken()
	}
	id, err := strconv.ParseInt(claims.ID, 10, 64)
	if err != nil {
		return store.Token{}, errBadToken()
	}
	row, err := s.store.Token(ctx, id)
	if err == nil && (row.Kind != KindLogin || subtle.ConstantTimeCompare([]byte(row.Hash), []byte(hashToken(claims.Key))) == 0) {
		return row, errBadToken()
	}
	return row, err
}

// RandomToken is the secret of an API token.
func RandomToken() string {
	var random [32]byte
	_, _ = rand.Read(random[:]) // never fails
	return account.Secret(random)
}

// hashToken is how a token is stored. Tokens are random, so a plain hash is enough.
func hashToken(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

// Revoke ends the login whose token it is. Only a login's can be given back, as only its
// owner has it; an API token is the administrator's business.
func (s *Service) Revoke(ctx context.Context, token string) error {
	if token == "" {
		return errorf(Invalid, "The request has no token: send the one to revoke in the Authorization header.")
	}
	row, err := s.tokenRow(ctx, token)
	if err != nil {
		return err
	}
	if row.Kind != KindLogin {
		return errorf(Invalid, "The token is not that of a login: API tokens are not revoked here.")
	}
	row.Revoked = store.At(s.now()).Ptr()
	return s.store.Update(ctx, &row, "revoked")
}
