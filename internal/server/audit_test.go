package server_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/recipe-galley/terraform-provider-galley/internal/client"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/servertest"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store/storetest"
)

func TestAuditHasEveryChangeAndLogin(t *testing.T) {
	t.Parallel()
	each(t, servertest.Options{Workers: -1}, func(t *testing.T, s *servertest.Server) {
		ctx := t.Context()
		admin := "Bearer " + s.Token
		send := func(as, id, method, path, body string, want int) {
			t.Helper()
			header := authorization(as)
			header.Set("Content-Type", "application/json")
			header.Set("X-Request-Id", id)
			if resp, raw := s.Do(t, method, path, header, strings.NewReader(body)); resp.StatusCode != want {
				t.Fatalf("%s: got %d %s, want %d", id, resp.StatusCode, raw, want)
			}
		}
		const workspace = `{"title": "Raw", "base_url": "https://me:hunter2@example.com/x", "configuration": {"broker": {"type": "host", "host_path": "raw-hunter2"}}}`
		send(admin, "user", "POST", "/v6/users/", `{"username": "ann", "role": "editor", "password": "a very good password"}`, 201)
		ann := "Bearer " + mustLogin(t, s, "ann", "a very good password")
		logins, err := s.Client.Tokens(ctx, client.TokenQuery{Usernames: []string{"ann"}, Kinds: []string{"login"}})
		if err != nil || len(logins) != 1 {
			t.Fatalf("logins of ann are %v, %v", logins, err)
		}
		send(basic("ann", "not the password"), "refused", "GET", "/v6/workspaces/", "", 401)
		send(basic("ann", "a very good password"), "basic", "GET", "/v6/workspaces/", "", 200)
		send(ann, "made", "POST", "/v6/workspaces/", workspace, 201)
		send(ann, "edited", "PATCH", "/v7/workspaces/2/?title=Rawer", `{"is_active": false}`, 204)
		send(ann, "kitchen", "PUT", "/v2/kitchen/create/None/Prod", `{}`, 200)
		send(ann, "kitchen-by-GET", "GET", "/v2/kitchen/create/Prod/Test", ``, 200)
		// None of these changes anything.
		send(ann, "read", "GET", "/v6/workspaces/2/", "", 200)
		send(ann, "asked", "POST", "/v6/workspaces/validation/", workspace, 200)
		send(ann, "details", "POST", "/v2/order/details/Prod", "{}", 200)
		send(ann, "wrong", "POST", "/v6/workspaces/", `{"title": "x"}`, 400)
		send(ann, "not-allowed", "DELETE", "/v6/users/1/", "", 403)

		type line struct {
			User, Action, Object, Request, Changes string
			Token                                  int64
		}
		var got []line
		for e, err := range s.Client.EachAuditEntry(ctx, client.AuditQuery{Order: []string{"id"}}) {
			if err != nil {
				t.Fatal(err)
			}
			if e.Address != "127.0.0.1" && e.Address != "console" {
				t.Errorf("the address of %s is %q", e.RequestID, e.Address)
			}
			l := line{e.Username, e.Action, e.Object, e.RequestID, fmt.Sprint(e.Changes), 0}
			if e.TokenID != nil {
				l.Token = *e.TokenID
			}
			if !strings.HasPrefix(l.Action, "galleyd ") { // how the test has made its users
				got = append(got, l)
			}
		}
		for i := range got {
			if got[i].Action == "login" && got[i].Request != "basic" {
				got[i].Request = "" // made up
			}
		}
		login := logins[0].ID
		want := []line{
			{"admin", "POST", "/v6/users/2/", "user", "map[password:(not shown) role:editor username:ann]", 1},
			{"ann", "login", "user ann", "", "map[]", login},
			{"ann", "login refused", "user ann", "refused", "map[]", 0},
			{"ann", "login", "user ann", "basic", "map[scheme:basic]", 0},
			{"ann", "POST", "/v6/workspaces/2/", "made", "map[base_url:https://example.com/x configuration:map[members:[broker]] title:Raw]", login},
			{"ann", "PATCH", "/v7/workspaces/2/", "edited", "map[is_active:false title:Rawer]", login},
			{"ann", "PUT", "/v2/kitchen/create/None/Prod", "kitchen", "map[]", login},
			{"ann", "GET", "/v2/kitchen/create/Prod/Test", "kitchen-by-GET", "map[]", login},
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("audit (-want +got):\n%s", diff)
		}
		log := s.Log.String()
		for _, secret := range []string{"hunter2", "a very good password", "not the password"} {
			if strings.Contains(log, secret) || strings.Contains(fmt.Sprint(got), secret) {
				t.Errorf("the audit shows %s", secret)
			}
		}
		if !strings.Contains(log, `msg=audit request_id=edited user=ann token_id=`+fmt.Sprint(login)+` remote=127.0.0.1 action=PATCH object=/v7/workspaces/2/`) {
			t.Errorf("the log has no line of the audit:\n%s", log)
		}
		if !strings.Contains(log, `msg=request request_id=read method=GET path=/v6/workspaces/2/ status=200`) || !strings.Contains(log, `remote=127.0.0.1 user=ann`) {
			t.Errorf("the log of requests does not say who:\n%s", log)
		}
		if got := statusAs(t, s, ann, "GET", "/v6/audit/", ""); got != http.StatusForbidden {
			t.Errorf("an editor reads the audit: got %d, want 403", got)
		}
	})
}

// A change and its line are one: where no line can be written, nothing is changed.
func TestNothingChangesWithoutItsLine(t *testing.T) {
	t.Parallel()
	each(t, servertest.Options{Workers: -1}, func(t *testing.T, s *servertest.Server) {
		send := func(method, path, body string, want int) {
			t.Helper()
			if resp, raw := s.Do(t, method, path, jsonHeader(), strings.NewReader(body)); resp.StatusCode != want {
				t.Fatalf("%s %s: got %d %s, want %d", method, path, resp.StatusCode, raw, want)
			}
		}
		const workspace = `{"title": "Raw", "configuration": {"broker": {"type": "host", "host_path": "raw"}}}`
		send("POST", "/v6/users/", `{"username": "ann", "role": "viewer", "password": "a very good password"}`, 201)
		send("POST", "/v6/tokens/", `{"name": "ci", "role": "viewer"}`, 201)
		token := int64(0)
		tokens, err := s.Client.Tokens(t.Context(), client.TokenQuery{})
		for _, row := range tokens {
			token = max(token, row.ID)
		}
		if err != nil || token == 0 {
			t.Fatalf("the tokens are %v, %v", tokens, err)
		}
		statement := func(query string) {
			t.Helper()
			var err error
			if pool := s.Store.Pool(); pool != nil {
				_, err = pool.Exec(t.Context(), query)
			} else {
				_, err = s.Store.SQLDB().ExecContext(t.Context(), query)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		statement("ALTER TABLE audit_entries RENAME TO audit_away")
		send("POST", "/v6/workspaces/", workspace, 500)
		send("PUT", "/v2/kitchen/create/None/Prod", `{}`, 500)
		send("POST", "/v6/users/", `{"username": "bob", "role": "viewer", "password": "a very good password"}`, 500)
		send("PATCH", "/v6/users/2/", `{"role": "editor"}`, 500)
		send("DELETE", fmt.Sprintf("/v6/tokens/%d/", token), ``, 500)
		send("POST", "/api-token-auth/", `{"username": "ann", "password": "a very good password"}`, 500)
		statement("ALTER TABLE audit_away RENAME TO audit_entries")
		send("POST", "/v6/workspaces/", workspace, 201)
		send("PUT", "/v2/kitchen/create/None/Prod", `{}`, 200)
		users, err := s.Client.Users(t.Context(), client.UserQuery{})
		if err != nil || len(users) != 2 || users[1].Role != "viewer" {
			t.Errorf("the users are %+v, %v, want the administrator, and ann as a viewer", users, err)
		}
		after, err := s.Client.Tokens(t.Context(), client.TokenQuery{})
		if err != nil || len(after) != len(tokens) {
			t.Errorf("the tokens are %+v, %v, want those of before", after, err)
		}
	})
}

// Whoever can reach the server can try passwords: the database must not grow with that.
func TestWhatStrangersTryDoesNotFillTheAudit(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{Workers: -1})
	for range 12 { // two of them after so many failures that they are slowed down
		s.Do(t, "GET", "/v6/workspaces/", authorization(basic("ann", "a guess")), nil)
	}
	refused := 0
	for e, err := range s.Client.EachAuditEntry(t.Context(), client.AuditQuery{Actions: []string{"login refused"}}) {
		if err != nil {
			t.Fatal(err)
		}
		if e.Username == "ann" {
			refused++
		}
	}
	if refused != 10 || strings.Count(s.Log.String(), `msg="login refused"`) != 12 {
		t.Errorf("the audit has %d of 12 refused logins, want the first 10; the log has to have all:\n%s", refused, s.Log)
	}
}

func TestAuditIsFiltered(t *testing.T) {
	t.Parallel()
	each(t, servertest.Options{Workers: -1}, func(t *testing.T, s *servertest.Server) {
		if _, err := s.Store.DeleteAuditEntries(t.Context(), store.At(time.Now().Add(time.Hour)), 100); err != nil {
			t.Fatal(err)
		}
		for i, e := range []store.AuditEntry{
			{Username: "ann", Action: "POST", Object: "/v6/users/1/", RequestID: "a"},
			{Username: "bob", Action: "PATCH", Object: "/v6/users/2/", RequestID: "b"},
			{Username: "ann", Action: "login", Object: "user ann", RequestID: "c"},
		} {
			e.At, e.Changes = day(i+1), store.JSON("{}")
			if err := s.Store.Insert(t.Context(), &e); err != nil {
				t.Fatal(err)
			}
		}
		for name, c := range map[string]struct {
			query client.AuditQuery
			want  string
		}{
			"all, newest first": {client.AuditQuery{}, "c b a"}, "by user": {client.AuditQuery{Usernames: []string{"ann"}}, "c a"},
			"by action": {client.AuditQuery{Actions: []string{"login", "PATCH"}}, "c b"}, "by request": {client.AuditQuery{RequestIDs: []string{"b"}}, "b"},
			"by object": {client.AuditQuery{Object: "/v6/users/"}, "b a"}, "from a time": {client.AuditQuery{Started: day(2).Time}, "c b"},
			"until a time": {client.AuditQuery{Ended: day(2).Time}, "b a"}, "oldest first": {client.AuditQuery{Order: []string{"at"}}, "a b c"},
		} {
			entries, err := s.Client.AuditEntries(t.Context(), c.query)
			var got []string
			for _, e := range entries {
				got = append(got, e.RequestID)
			}
			if err != nil || strings.Join(got, " ") != c.want {
				t.Errorf("%s: got %v, %v, want %s", name, got, err, c.want)
			}
		}
	})
}

// What the audit keeps is bounded, and what was repeated with the same key has one line.
func TestAuditForgetsAndDoesNotRepeat(t *testing.T) {
	t.Parallel()
	dsn := storetest.SQLite(t)
	rows := storetest.Open(t, dsn)
	for _, age := range []time.Duration{0, 47 * time.Hour, 49 * time.Hour, 1000 * time.Hour} {
		e := store.AuditEntry{At: store.At(time.Now().Add(-age)), RequestID: age.String(), Changes: store.JSON("{}")}
		if err := rows.Insert(t.Context(), &e); err != nil {
			t.Fatal(err)
		}
	}
	s := servertest.New(t, servertest.Options{Workers: -1, Database: dsn, AuditRetention: 48 * time.Hour})
	servertest.Eventually(t, time.Minute, func() error {
		entries, err := s.Client.AuditEntries(t.Context(), client.AuditQuery{Ended: time.Now().Add(-time.Hour)})
		if err == nil && (len(entries) != 1 || entries[0].RequestID != "47h0m0s") {
			err = fmt.Errorf("of the old ones there are %+v, want that of 47 hours", entries)
		}
		return err
	})
	header := jsonHeader()
	header.Set("Idempotency-Key", "once")
	for range 2 {
		resp, raw := s.Do(t, "POST", "/v6/workspaces/", header, strings.NewReader(`{"title": "Raw", "configuration": {"broker": {"type": "host", "host_path": "raw"}}}`))
		if resp.StatusCode != 201 {
			t.Fatalf("got %d %s", resp.StatusCode, raw)
		}
	}
	entries, err := s.Client.AuditEntries(t.Context(), client.AuditQuery{Actions: []string{"POST"}})
	if err != nil || len(entries) != 1 {
		t.Errorf("a create that was repeated has the lines %+v, %v, want one", entries, err)
	}
}
