package auth

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/recipe-galley/terraform-provider-galley/internal/server/auth/trust"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
)

// maxWorkloadToken bounds a token of another issuer, in bytes.
const maxWorkloadToken = 16 << 10

// WorkloadLogin is the login that a token of another issuer was exchanged for.
type WorkloadLogin struct {
	Token   string
	User    store.User
	Expires time.Time
}

// LoginWorkload exchanges a token of an issuer whom the trust file has for a login.
func (s *Service) LoginWorkload(ctx context.Context, from Origin, token string) (WorkloadLogin, error) {
	if len(s.issuers) == 0 {
		return WorkloadLogin{}, errorf(Invalid, "No other issuer of tokens is trusted here: give galleyd a file of them with --trust.")
	}
	if !s.limiter.Allow() {
		return WorkloadLogin{}, &Error{Code: TooMany, Message: "Too many logins at once. Try again in a moment.", RetryAfter: time.Second}
	}
	if len(token) > maxWorkloadToken {
		return WorkloadLogin{}, errorf(Unauthenticated, "The token has %d bytes; at most %d are taken.", len(token), maxWorkloadToken)
	}
	m, err := trust.Verify(ctx, s.issuers, token)
	if errors.Is(err, trust.ErrUnavailable) {
		s.log.ErrorContext(ctx, "workload login", "request_id", from.RequestID, "error", err)
		return WorkloadLogin{}, &Error{Code: Unavailable, Message: "The issuer of the token cannot be asked for its keys. Try again in a moment.",
			RetryAfter: 10 * time.Second}
	}
	if err != nil {
		s.log.WarnContext(ctx, "workload login refused", "request_id", from.RequestID, "remote", from.Address, "error", err)
		if errors.Is(err, trust.ErrNoRule) { // the issuer vouches for it; of others the log is enough, as anybody can send them
			s.recordLogin(ctx, from, "", "login refused", map[string]any{"reason": fmt.Sprintf("%.200s", err)})
		}
		return WorkloadLogin{}, errorf(Unauthenticated, "The token is not accepted: %s.", err)
	}
	return s.loginMatch(ctx, from, m)
}

// loginMatch is the login of whoever a token stands for.
func (s *Service) loginMatch(ctx context.Context, from Origin, m trust.Match) (WorkloadLogin, error) {
	u, err := s.workloadUser(ctx, m)
	if err != nil {
		return WorkloadLogin{}, err
	}
	out, row, err := s.issueLogin(ctx, from, u, m.Session, map[string]any{"issuer": m.Issuer, "subject": fmt.Sprintf("%.200s", m.Subject)})
	if err != nil {
		return WorkloadLogin{}, err
	}
	return WorkloadLogin{Token: out, User: u, Expires: row.Expires.Time}, nil
}

// workloadUser is the user of a rule. A rule of a role has one for each subject, who is
// made at the first login and has the role that the rule says now.
func (s *Service) workloadUser(ctx context.Context, m trust.Match) (store.User, error) {
	name := m.User
	if name == "" {
		name = subjectName(m.Issuer, m.Subject)
	}
	u, err := s.store.UserByName(ctx, name)
	if errors.Is(err, store.ErrNotFound) && m.Role != "" {
		u, err = s.AddUser(ctx, NewUser{Username: name, Role: m.Role})
		if e, isRefusal := errors.AsType[*Error](err); isRefusal && e.Code == Conflict {
			u, err = s.store.UserByName(ctx, name) // another login was faster
		}
	}
	if errors.Is(err, store.ErrNotFound) || err == nil && u.Disabled != nil {
		return u, errorf(Unauthenticated, "The token is for the user %q, who does not exist or is disabled.", name)
	}
	if err == nil && m.Role != "" && u.Role != m.Role {
		return s.EditUser(ctx, u.ID, UserEdit{Role: &m.Role})
	}
	return u, err
}

var notInNames = regexp.MustCompile(`[^A-Za-z0-9._@+-]+`)

// subjectName is a name that tells people who it is, and that no other subject has.
func subjectName(issuer, subject string) string {
	const most = 100
	sum := sha256.Sum256([]byte(issuer + "\n" + subject))
	readable := strings.Trim(notInNames.ReplaceAllString(subject, "-"), "-")
	return readable[:min(len(readable), most)] + "+" + hex.EncodeToString(sum[:8])
}
