package auth_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/recipe-galley/terraform-provider-galley/internal/server/auth"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store/storetest"
)

// noon is the time of every test here.
var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func newAccounts(s *store.Store, maxTokenLife time.Duration) *auth.Accounts {
	return auth.NewAccounts(auth.Config{Store: s, Now: func() time.Time { return noon }, MaxTokenLife: maxTokenLife})
}

func mustAdd(t *testing.T, a *auth.Accounts, name, role string) store.User {
	t.Helper()
	u, err := a.AddUser(t.Context(), auth.NewUser{Username: name, Role: role})
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// expectRefusal wants an error of that code that says want.
func expectRefusal(t *testing.T, what string, err error, code auth.Code, want string) {
	t.Helper()
	e, isRefusal := err.(*auth.Error) //nolint:errorlint // it is not to be wrapped: its text is the answer
	if !isRefusal || e.Code != code || !strings.Contains(e.Message, want) {
		t.Errorf("%s: got %v, want %s with %q", what, err, code, want)
	}
}

func TestLastAdministratorStays(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		a := newAccounts(s, 0)
		ann := mustAdd(t, a, "ann", "admin")
		off := mustAdd(t, a, "off", "admin")
		if _, err := a.EditUser(t.Context(), off.ID, auth.UserEdit{IsActive: new(false)}); err != nil {
			t.Fatal(err)
		}
		for what, f := range map[string]func(context.Context) error{
			"disabling": func(ctx context.Context) error {
				_, err := a.EditUser(ctx, ann.ID, auth.UserEdit{IsActive: new(false)})
				return err
			},
			"demoting": func(ctx context.Context) error {
				_, err := a.EditUser(ctx, ann.ID, auth.UserEdit{Role: new("editor")})
				return err
			},
			"deleting": func(ctx context.Context) error { return a.DeleteUser(ctx, ann.ID) },
		} {
			expectRefusal(t, what, f(t.Context()), auth.Conflict, `"ann" is the only administrator`)
		}
		if err := a.DeleteUser(t.Context(), off.ID); err != nil {
			t.Errorf("deleting an administrator who is disabled: %v", err)
		}
	})
}

// TestAdministratorsWhoGoAtOnce: of several that are demoted, disabled and deleted at the
// same time one stays, whoever it is.
func TestAdministratorsWhoGoAtOnce(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		a := newAccounts(s, 0)
		var ids []int64
		for i := range 6 {
			ids = append(ids, mustAdd(t, a, fmt.Sprint("admin", i), "admin").ID)
		}
		ctx := t.Context()
		var runs sync.WaitGroup
		for i, id := range ids {
			runs.Go(func() {
				switch i % 3 {
				case 0:
					_, _ = a.EditUser(ctx, id, auth.UserEdit{IsActive: new(false)})
				case 1:
					_, _ = a.EditUser(ctx, id, auth.UserEdit{Role: new("viewer")})
				default:
					_ = a.DeleteUser(ctx, id)
				}
			})
		}
		runs.Wait()
		left, _, err := s.Users(ctx, store.UserFilter{Roles: []string{"admin"}, IsActive: new(true)})
		if err != nil || len(left) != 1 {
			t.Errorf("%d administrators are left, %v, want one", len(left), err)
		}
	})
}

func TestTokensMayNoMoreThanTheirMaker(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		a := newAccounts(s, 0)
		ann, ed := mustAdd(t, a, "ann", "admin"), mustAdd(t, a, "ed", "editor")
		annsViewer := auth.Identity{User: ann, Login: store.Token{ID: 4711, UserID: ann.ID, Role: "viewer"}}
		own, _, err := a.CreateToken(t.Context(), auth.Identity{User: ann}, auth.NewToken{Name: "own", UserID: ann.ID})
		if err != nil {
			t.Fatal(err)
		}
		for what, c := range map[string]struct {
			by   auth.Identity
			of   store.User
			role string
			code auth.Code
			want string
		}{
			"an editor's own":                       {auth.Identity{User: ed}, ed, "", "", ""},
			"a viewer token of an editor":           {auth.Identity{User: ed}, ed, "viewer", "", ""},
			"an admin token of an editor":           {auth.Identity{User: ed}, ed, "admin", auth.Invalid, `A token of "ed" cannot be admin: the user is editor.`},
			"an editor's for another":               {auth.Identity{User: ed}, ann, "", auth.Forbidden, "for yourself only"},
			"an administrator's for another":        {auth.Identity{User: ann}, ed, "operator", "", ""},
			"by a viewer token, without a role":     {annsViewer, ann, "", auth.Forbidden, "you are viewer. Give the token a role."},
			"by a viewer token, an operator":        {annsViewer, ann, "operator", auth.Forbidden, "you are viewer"},
			"by a viewer token, a viewer":           {annsViewer, ann, "viewer", "", ""},
			"by a viewer token of an administrator": {annsViewer, ed, "viewer", auth.Forbidden, "for yourself only"},
			"a role that there is not":              {auth.Identity{User: ann}, ann, "king", auth.Invalid, `unknown role "king"`},
		} {
			row, secret, err := a.CreateToken(t.Context(), c.by, auth.NewToken{Name: "t", UserID: c.of.ID, Role: c.role})
			if c.code == "" && (err != nil || row.ID == 0 || !strings.HasPrefix(secret, "gal_")) {
				t.Errorf("%s: got %+v, %v", what, row, err)
			}
			if c.code != "" {
				expectRefusal(t, what, err, c.code, c.want)
			}
		}
		_, err = a.EditToken(t.Context(), annsViewer, own.ID, auth.TokenEdit{Secret: new(auth.RandomToken())})
		expectRefusal(t, "a viewer token that takes over another", err, auth.Forbidden, "may more than the sender")
		_, err = a.RevokeToken(t.Context(), annsViewer, own.ID)
		expectRefusal(t, "a viewer token that revokes another", err, auth.Forbidden, "may more than the sender")
		if _, err := a.Token(t.Context(), auth.Identity{User: ed}, own.ID); err == nil {
			t.Error("an editor can read the token of an administrator")
		}
		if rows, n, err := a.Tokens(t.Context(), auth.Identity{User: ed}, store.TokenFilter{UserIDs: []int64{ann.ID}}); err != nil || n != 3 || rows[0].UserID != ed.ID {
			t.Errorf("an editor sees %d tokens, %v, want the three of his own", n, err)
		}
		// Who is demoted takes the tokens along.
		u, err := a.EditUser(t.Context(), ed.ID, auth.UserEdit{Role: new("viewer")})
		if err != nil {
			t.Fatal(err)
		}
		if got := (auth.Identity{User: u, Login: store.Token{Role: "operator"}}).Role(); got != auth.Viewer {
			t.Errorf("an operator token of a viewer may what %s may, want viewer", got)
		}
	})
}

func TestLifeOfTokens(t *testing.T) {
	t.Parallel()
	const day = 24 * time.Hour
	s := storetest.Open(t, storetest.SQLite(t))
	ann := mustAdd(t, newAccounts(s, 0), "ann", "admin")
	in := func(d time.Duration) *time.Time { return new(noon.Add(d)) }
	for what, c := range map[string]struct {
		most  time.Duration
		token auth.NewToken
		want  *time.Time
		error string
	}{
		"nothing is said":               {0, auth.NewToken{}, in(90 * day), ""},
		"nothing is said, with a bound": {30 * day, auth.NewToken{}, in(30 * day), ""},
		"a wide bound":                  {365 * day, auth.NewToken{}, in(90 * day), ""},
		"two years":                     {0, auth.NewToken{Expires: in(730 * day)}, in(730 * day), ""},
		"for ever":                      {0, auth.NewToken{Forever: true}, nil, ""},
		"as long as allowed":            {30 * day, auth.NewToken{Expires: in(30 * day)}, in(30 * day), ""},
		"longer than allowed":           {30 * day, auth.NewToken{Expires: in(31 * day)}, nil, "720h0m0s at most (--max-token-life)"},
		"for ever, with a bound":        {30 * day, auth.NewToken{Forever: true}, nil, "at most (--max-token-life)"},
		"over already":                  {0, auth.NewToken{Expires: in(0)}, nil, "has to expire in the future"},
		"no name":                       {0, auth.NewToken{Name: " "}, nil, "bad token name"},
		"a secret of one's own":         {0, auth.NewToken{Secret: "gal_" + strings.Repeat("A", 43)}, in(90 * day), ""},
		"a weak secret":                 {0, auth.NewToken{Secret: "gal_secret"}, nil, "43 characters of base64url"},
	} {
		a := newAccounts(s, c.most)
		c.token.UserID = ann.ID
		if c.token.Name == "" {
			c.token.Name = "t"
		}
		row, secret, err := a.CreateToken(t.Context(), auth.Identity{User: ann}, c.token)
		if c.error != "" {
			expectRefusal(t, what, err, auth.Invalid, c.error)
			continue
		}
		if err != nil || (row.Expires == nil) != (c.want == nil) || c.want != nil && !row.Expires.Equal(*c.want) {
			t.Errorf("%s: expires %v, %v, want %v", what, row.Expires, err, c.want)
		}
		if c.token.Secret != "" && secret != c.token.Secret {
			t.Errorf("%s: the secret is another", what)
		}
	}
	_, _, err := newAccounts(s, 0).CreateToken(t.Context(), auth.Identity{User: ann}, auth.NewToken{Name: "u", UserID: ann.ID, Secret: "gal_" + strings.Repeat("A", 43)})
	expectRefusal(t, "a secret twice", err, auth.Conflict, "There is a token with this secret")
}
