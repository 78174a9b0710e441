package auth

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/recipe-galley/terraform-provider-galley/internal/server/auth/trust"
)

// PeopleIssuers are the names of the issuers that people can log in at.
func (s *Service) PeopleIssuers() []string {
	var out []string
	for _, i := range s.issuers {
		if i.TakesPeople() {
			out = append(out, i.Label())
		}
	}
	return out
}

// peopleIssuer is the issuer of that name.
func (s *Service) peopleIssuer(label string) (*trust.Issuer, error) {
	at := slices.IndexFunc(s.issuers, func(i *trust.Issuer) bool { return i.TakesPeople() && i.Label() == label })
	if at < 0 {
		return nil, errorf(Invalid, "Nobody can log in at %q: no issuer of the trust file has this name and a client_id.", label)
	}
	return s.issuers[at], nil
}

// PeopleIssuerURL is the issuer of that name as the claim iss has it; "": there is none.
func (s *Service) PeopleIssuerURL(label string) string {
	i, err := s.peopleIssuer(label)
	if err != nil {
		return ""
	}
	return i.Issuer
}

// BeginPerson is where a person logs in at an issuer, and what that has to be ended with.
// Callback is the URL of ours that leads back.
func (s *Service) BeginPerson(ctx context.Context, label, callback string) (at string, c trust.Challenge, err error) {
	i, err := s.peopleIssuer(label)
	if err != nil {
		return "", c, err
	}
	if !s.limiter.Allow() {
		return "", c, &Error{Code: TooMany, Message: "Too many logins at once. Try again in a moment.", RetryAfter: time.Second}
	}
	c = trust.NewChallenge()
	at, err = i.SignInURL(ctx, callback, c)
	return at, c, s.peopleProblem(ctx, Origin{}, err)
}

// EndPerson is the login of a person whom the issuer has sent back with a code.
func (s *Service) EndPerson(ctx context.Context, from Origin, label, callback, code, state string, c trust.Challenge) (WorkloadLogin, error) {
	i, err := s.peopleIssuer(label)
	if err != nil {
		return WorkloadLogin{}, err
	}
	if !s.limiter.Allow() {
		return WorkloadLogin{}, &Error{Code: TooMany, Message: "Too many logins at once. Try again in a moment.", RetryAfter: time.Second}
	}
	m, err := i.Person(ctx, callback, code, state, c)
	if err != nil {
		return WorkloadLogin{}, s.peopleProblem(ctx, from, err)
	}
	return s.loginMatch(ctx, from, m)
}

// peopleProblem is why nobody could log in, for them and for the log.
func (s *Service) peopleProblem(ctx context.Context, from Origin, err error) error {
	if err == nil {
		return nil
	}
	if errors.Is(err, trust.ErrUnavailable) {
		s.log.ErrorContext(ctx, "login of a person", "request_id", from.RequestID, "error", err)
		return &Error{Code: Unavailable, Message: "The issuer cannot be reached. Try again in a moment.", RetryAfter: 10 * time.Second}
	}
	s.log.WarnContext(ctx, "login of a person refused", "request_id", from.RequestID, "remote", from.Address, "error", err)
	if errors.Is(err, trust.ErrNoRule) {
		s.recordLogin(ctx, from, "", "login refused", map[string]any{"reason": fmt.Sprintf("%.200s", err)})
		return errorf(Unauthenticated, "The issuer knows you, but no rule of the trust file lets you in. An administrator can add one.")
	}
	return errorf(Unauthenticated, "The login did not work: %s.", err)
}
