package account

import (
	"encoding/base64"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// MaxName bounds the names of users and tokens, in bytes.
const MaxName = 150

// Bounds of a password.
const (
	MinPassword = 8
	MaxPassword = 1024 // bytes
)

// SecretPrefix begins every API token, so that scanners for secrets know it.
const SecretPrefix = "gal_"

var (
	// goodUsername keeps names out that break a Basic header or a log.
	goodUsername = regexp.MustCompile(`^[A-Za-z0-9._@+-]{1,150}$`)
	// goodSecret is the prefix and 256 random bits.
	goodSecret = regexp.MustCompile(`^` + SecretPrefix + `[A-Za-z0-9_-]{43}$`)
)

// Roles are the names of roles; each may do what the ones before it may.
func Roles() []string { return []string{"viewer", "operator", "editor", "admin"} }

// MayMore tells whether a role may more than another.
func MayMore(role, than string) bool {
	return slices.Index(Roles(), role) > slices.Index(Roles(), than)
}

// CheckRole refuses what is none of Roles.
func CheckRole(name string) error {
	if !slices.Contains(Roles(), name) {
		return fmt.Errorf("unknown role %q: expected one of %s", name, strings.Join(Roles(), ", "))
	}
	return nil
}

// CheckUsername refuses what cannot be the name of a user.
func CheckUsername(name string) error {
	if !goodUsername.MatchString(name) {
		return fmt.Errorf("bad user name %q: expected 1 to %d letters, digits, '.', '_', '-', '@' or '+'", name, MaxName)
	}
	return nil
}

// CheckPassword refuses new passwords that are no protection or no text. It does not say
// what it has found.
func CheckPassword(password string) error {
	switch {
	case len(password) < MinPassword:
		return fmt.Errorf("the password has %d characters: expected at least %d", len(password), MinPassword)
	case len(password) > MaxPassword:
		return fmt.Errorf("the password has %d bytes: at most %d are allowed", len(password), MaxPassword)
	case !isText(password):
		return errors.New("the password is not plain UTF-8 text")
	}
	return nil
}

// CheckTokenName refuses what cannot be the name of a token.
func CheckTokenName(name string) error {
	if strings.TrimSpace(name) == "" || len(name) > MaxName || !isText(name) {
		return fmt.Errorf("bad token name %q: expected 1 to %d characters", name, MaxName)
	}
	return nil
}

// CheckSecret refuses what is not the secret of an API token. It does not say what it has
// found.
func CheckSecret(secret string) error {
	if !goodSecret.MatchString(secret) {
		return fmt.Errorf("the secret of a token has to be %q and 43 characters of base64url: 32 random bytes", SecretPrefix)
	}
	return nil
}

// Secret is the secret of an API token that is made of these bits, which have to be random.
func Secret(random [32]byte) string {
	return SecretPrefix + base64.RawURLEncoding.EncodeToString(random[:])
}

// isText says whether databases can keep s as text: UTF-8 without NUL.
func isText(s string) bool { return utf8.ValidString(s) && !strings.ContainsRune(s, 0) }
