package server_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/client"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/servertest"
)

const newPassword = "a password of many words"

// mustUser adds a user with newPassword.
func mustUser(t *testing.T, s *servertest.Server, name, role string) api.User {
	t.Helper()
	u, err := s.Client.CreateUser(t.Context(), api.UserCreate{Username: name, Role: role, Password: newPassword})
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// statusAs is the status of a request with those credentials.
func statusAs(t *testing.T, s *servertest.Server, authorizationHeader, method, path, body string) int {
	t.Helper()
	header := authorization(authorizationHeader)
	header.Set("Content-Type", "application/json")
	resp, _ := s.Do(t, method, path, header, strings.NewReader(body))
	return resp.StatusCode
}

func TestUsersOverHTTP(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{Workers: -1})
	ctx := t.Context()
	ann := mustUser(t, s, "ann", "viewer")
	robot, err := s.Client.CreateUser(ctx, api.UserCreate{Username: "robot", Role: "operator"})
	if err != nil || robot.HasPassword || !ann.HasPassword || !ann.IsActive || ann.Role != "viewer" {
		t.Errorf("got %+v and %+v, %v", ann, robot, err)
	}
	if _, err := s.Client.CreateUser(ctx, api.UserCreate{Username: "ann", Role: "viewer"}); !api.IsConflict(err) {
		t.Errorf("the same name again: got %v, want a conflict", err)
	}
	names := func(q client.UserQuery) (out []string) {
		t.Helper()
		users, err := s.Client.Users(ctx, q)
		if err != nil {
			t.Fatal(err)
		}
		for _, u := range users {
			out = append(out, u.Username)
		}
		return out
	}
	if got := names(client.UserQuery{}); !slices.Equal(got, []string{"admin", "ann", "robot"}) {
		t.Errorf("users are %v", got)
	}
	if got := names(client.UserQuery{Roles: []string{"viewer", "operator"}, Usernames: []string{"ann"}}); !slices.Equal(got, []string{"ann"}) {
		t.Errorf("viewers named ann are %v", got)
	}

	for path, body := range map[string]string{"a role that there is not": `{"username": "x", "role": "king"}`, "a bad name": `{"username": "x y", "role": "viewer"}`,
		"a short password": `{"username": "x", "role": "viewer", "password": "short"}`, "no role": `{"username": "x"}`} {
		if got := statusAs(t, s, "Bearer "+s.Token, "POST", "/v6/users/", body); got != 400 {
			t.Errorf("%s: got %d, want 400", path, got)
		}
	}
	if got := statusAs(t, s, "Bearer "+s.Token, "POST", "/v6/users/?password=a+long+password", `{"username": "x", "role": "viewer"}`); got != 400 {
		t.Errorf("a password in the URL: got %d, want 400", got)
	}

	// Disabled: neither password nor login nor API token is taken.
	login := mustLogin(t, s, "ann", newPassword)
	token, err := s.Client.CreateToken(ctx, api.APITokenCreate{Name: "ci", Username: "ann"})
	if err != nil {
		t.Fatal(err)
	}
	credentials := map[string]string{"password": basic("ann", newPassword), "login": "Bearer " + login, "API token": "Bearer " + token.Token}
	expect := func(when string, want map[string]int) {
		t.Helper()
		for name, header := range credentials {
			if got := statusAs(t, s, header, "GET", "/v6/workspaces/", ""); got != want[name] {
				t.Errorf("%s, the %s: got %d, want %d", when, name, got, want[name])
			}
		}
	}
	expect("before", map[string]int{"password": 200, "login": 200, "API token": 200})
	if u, err := s.Client.EditUser(ctx, ann.ID, api.UserEdit{IsActive: new(false)}); err != nil || u.IsActive || u.Disabled == nil {
		t.Fatalf("disabling: got %+v, %v", u, err)
	}
	expect("disabled", map[string]int{"password": 401, "login": 401, "API token": 401})
	if _, err := s.Client.EditUser(ctx, ann.ID, api.UserEdit{IsActive: new(true)}); err != nil {
		t.Fatal(err)
	}
	expect("enabled again", map[string]int{"password": 200, "login": 401, "API token": 200})

	// A new password ends the logins with the old one.
	credentials["login"] = "Bearer " + mustLogin(t, s, "ann", newPassword)
	if _, err := s.Client.EditUser(ctx, ann.ID, api.UserEdit{Password: new("another password")}); err != nil {
		t.Fatal(err)
	}
	expect("after a new password", map[string]int{"password": 401, "login": 401, "API token": 200})
	mustLogin(t, s, "ann", "another password")

	if _, err := s.Client.EditUser(ctx, ann.ID, api.UserEdit{Role: new("editor")}); err != nil {
		t.Fatal(err)
	}
	if got := statusAs(t, s, "Bearer "+token.Token, "POST", "/v6/workspaces/", "{}"); got != 400 {
		t.Errorf("an editor since just now: got %d, want to be allowed", got)
	}
	admins, err := s.Client.Users(ctx, client.UserQuery{Roles: []string{"admin"}})
	if err != nil || len(admins) != 1 {
		t.Fatalf("administrators are %v, %v", admins, err)
	}
	if err := s.Client.DeleteUser(ctx, admins[0].ID); !api.IsConflict(err) || !strings.Contains(err.Error(), "make another administrator first") {
		t.Errorf("deleting the last administrator: got %v", err)
	}
	if err := s.Client.DeleteUser(ctx, ann.ID); err != nil {
		t.Fatal(err)
	}
	expect("deleted", map[string]int{"password": 401, "login": 401, "API token": 401})
	if _, err := s.Client.User(ctx, ann.ID); !api.IsNotFound(err) {
		t.Errorf("a user that was deleted: got %v", err)
	}
	for _, secret := range []string{newPassword, "another password", token.Token} {
		if strings.Contains(s.Log.String(), secret) {
			t.Errorf("the log shows %q", secret)
		}
	}
}

func TestTokensOverHTTP(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{Workers: -1, MaxTokenLife: 365 * 24 * time.Hour})
	ctx := t.Context()
	mustUser(t, s, "ann", "editor")
	mustUser(t, s, "bob", "viewer")
	ann := s.NewClient(t, client.Config{Username: "ann", Password: newPassword})
	bob := s.NewClient(t, client.Config{Username: "bob", Password: newPassword})

	token, err := ann.CreateToken(ctx, api.APITokenCreate{Name: "ci", Role: "viewer"})
	if err != nil {
		t.Fatal(err)
	}
	life := token.Expires.Sub(token.Created.Time)
	if token.Username != "ann" || token.Role != "viewer" || life != 90*24*time.Hour || token.LastUsed != nil {
		t.Errorf("got %+v, want a viewer token of ann for 90 days", token.APIToken)
	}
	if got := statusAs(t, s, "Bearer "+token.Token, "GET", "/v6/workspaces/", ""); got != 200 {
		t.Errorf("reading with a viewer token: got %d", got)
	}
	if got := statusAs(t, s, "Bearer "+token.Token, "POST", "/v6/workspaces/", "{}"); got != 403 {
		t.Errorf("writing with a viewer token of an editor: got %d, want 403", got)
	}
	_, profile := s.Do(t, "GET", "/v6/accounts/profile/", authorization("Bearer "+token.Token), nil)
	if !strings.Contains(string(profile), `"is_staff":false,"role":"viewer"`) {
		t.Errorf("the profile is %s, want that of a viewer", profile)
	}
	if row, err := ann.Token(ctx, token.ID); err != nil || row.LastUsed == nil || !row.IsActive {
		t.Errorf("got %+v, %v, want when it was last used", row, err)
	}

	// Nobody sees or changes those of others, but administrators.
	if _, err := bob.Token(ctx, token.ID); !api.IsNotFound(err) {
		t.Errorf("bob reads ann's token: got %v", err)
	}
	if err := bob.RevokeToken(ctx, token.ID); !api.IsNotFound(err) {
		t.Errorf("bob revokes ann's token: got %v", err)
	}
	if _, err := bob.EditToken(ctx, token.ID, api.APITokenEdit{Name: new("mine")}); !api.IsNotFound(err) {
		t.Errorf("bob changes ann's token: got %v", err)
	}
	if _, err := bob.CreateToken(ctx, api.APITokenCreate{Name: "x", Username: "ann"}); !api.IsForbidden(err) {
		t.Errorf("bob makes a token of ann: got %v", err)
	}
	if rows, err := bob.Tokens(ctx, client.TokenQuery{Usernames: []string{"ann"}}); err != nil || len(rows) != 0 {
		t.Errorf("bob sees %v, %v", rows, err)
	}
	if rows, err := s.Client.Tokens(ctx, client.TokenQuery{Usernames: []string{"ann"}}); err != nil || len(rows) != 1 || rows[0].ID != token.ID {
		t.Errorf("the administrator sees %v, %v, want ann's", rows, err)
	}
	if rows, err := ann.Tokens(ctx, client.TokenQuery{Kinds: []string{"login"}}); err != nil || len(rows) != 1 || rows[0].Kind != "login" {
		t.Errorf("ann's logins are %v, %v, want that of this client", rows, err)
	}

	// A new secret takes the place of the old one.
	fresh := "gal_" + strings.Repeat("Zz9", 14) + "-"
	if _, err := ann.EditToken(ctx, token.ID, api.APITokenEdit{Token: &fresh}); err != nil {
		t.Fatal(err)
	}
	for secret, want := range map[string]int{token.Token: 401, fresh: 200} {
		if got := statusAs(t, s, "Bearer "+secret, "GET", "/v6/workspaces/", ""); got != want {
			t.Errorf("after a rotation: got %d, want %d", got, want)
		}
	}
	if got := statusAs(t, s, "Bearer "+s.Token, "POST", "/v6/tokens/?token="+fresh, `{"name": "x"}`); got != 400 {
		t.Errorf("a secret in the URL: got %d, want 400", got)
	}
	for what, body := range map[string]string{"for two years": `{"name": "x", "expires": "` + api.NewTime(time.Now().AddDate(2, 0, 0)).String() + `"}`,
		"over already": `{"name": "x", "expires": "2020-01-01T00:00:00Z"}`, "without a name": `{}`, "of nobody": `{"name": "x", "username": "nobody"}`} {
		if got := statusAs(t, s, "Bearer "+s.Token, "POST", "/v6/tokens/", body); got != 400 {
			t.Errorf("a token %s: got %d, want 400", what, got)
		}
	}
	if err := ann.RevokeToken(ctx, token.ID); err != nil {
		t.Fatal(err)
	}
	if got := statusAs(t, s, "Bearer "+fresh, "GET", "/v6/workspaces/", ""); got != 401 {
		t.Errorf("after it was revoked: got %d, want 401", got)
	}
	if _, err := ann.EditToken(ctx, token.ID, api.APITokenEdit{Name: new("again")}); !api.IsConflict(err) {
		t.Errorf("changing a revoked token: got %v, want a conflict", err)
	}
	if rows, err := ann.Tokens(ctx, client.TokenQuery{IsActive: new(true)}); err != nil || len(rows) != 0 {
		t.Errorf("active tokens are %v, %v, want none", rows, err)
	}
	if resp, _ := s.Do(t, "DELETE", "/v6/tokens/4711/", nil, nil); resp.StatusCode != http.StatusNotFound {
		t.Errorf("a token that there is not: got %d, want 404", resp.StatusCode)
	}
}
