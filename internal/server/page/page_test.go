package page_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/client"
	"github.com/recipe-galley/terraform-provider-galley/internal/server"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/executor"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/servertest"
)

// newServer is a server whose jobs are simulated.
func newServer(t *testing.T, opts servertest.Options) *servertest.Server {
	t.Helper()
	opts.CustomExecutor = executor.NewSimulate()
	return servertest.New(t, opts)
}

// simulated makes a job type whose jobs end with that exit code.
func simulated(t *testing.T, s *servertest.Server, name, title, exitCode string) {
	t.Helper()
	send(t, s, "POST", "/v6/job-types/", fmt.Sprintf(`{"docker_image": "x:1", "manifest": {"seedVersion": "1.0.0", "job": {"name": %q, "jobVersion": "1.0.0",
		"packageVersion": "1.0.0", "title": %q, "description": "d", "maintainer": {"name": "n", "email": "n@example.com"}, "timeout": 60,
		"errors": [{"code": 3, "name": "rows", "title": %q, "description": "Some rows are wrong.", "category": "job"}],
		"interface": {"command": "x", "inputs": {}, "outputs": {}, "settings": [{"name": "GALLEY_SIMULATE_EXIT_CODE"}]}}},
		"configuration": {"settings": {"GALLEY_SIMULATE_EXIT_CODE": %q}}}`, name, title, "Rows <b>rejected", exitCode))
}

func nodeOf(job string, after ...string) string {
	var dependencies []string
	for _, name := range after {
		dependencies = append(dependencies, fmt.Sprintf(`{"name": %q}`, name))
	}
	return `{"dependencies": [` + strings.Join(dependencies, ", ") + `], "input": {}, "node_type": {"node_type": "job", "job_type_name": "` + job +
		`", "job_type_version": "1.0.0", "job_type_revision": 1}}`
}

const hostile = `<script>alert(1)</script>"'&`

// a failed is a recipe of three nodes of which the second has failed, and its failed job.
type failed struct {
	recipe, job int64
	node        string
}

func newFailed(t *testing.T, s *servertest.Server) failed {
	t.Helper()
	simulated(t, s, "fine", hostile, "0")
	simulated(t, s, "broken", "Broken", "3")
	node, err := json.Marshal(hostile)
	if err != nil {
		t.Fatal(err)
	}
	definition := `{"input": {"json": [{"name": "who", "type": "string", "required": false}]}, "nodes": {"first": ` + nodeOf("fine") + `, ` + string(node) + `: ` + nodeOf("broken", "first") +
		`, "last": ` + nodeOf("fine", hostile) + `}}`
	// The names in dependencies are JSON as well.
	definition = strings.ReplaceAll(definition, fmt.Sprintf(`{"name": %q}`, hostile), `{"name": `+string(node)+`}`)
	var made api.RecipeTypeDetail
	raw := send(t, s, "POST", "/v6/recipe-types/", `{"title": "Nightly", "description": `+string(node)+`, "definition": `+definition+`}`)
	if err := json.Unmarshal([]byte(raw), &made); err != nil {
		t.Fatal(err)
	}
	r, err := s.Client.CreateRecipe(t.Context(), api.RecipeCreate{RecipeTypeID: made.ID, Input: json.RawMessage(`{"json": {"who": "\u001b[31mred` + strings.ReplaceAll(hostile, `"`, `\"`) + `"}}`)})
	if err != nil {
		t.Fatal(err)
	}
	f := failed{recipe: r.ID, node: hostile}
	servertest.Eventually(t, 30*time.Second, func() error {
		jobs, err := s.Client.Jobs(t.Context(), client.JobQuery{RecipeIDs: []int64{r.ID}, Statuses: []string{"FAILED"}})
		if err != nil || len(jobs) != 1 {
			return fmt.Errorf("failed jobs are %v, %w", jobs, err)
		}
		f.job = jobs[0].ID
		return nil
	})
	return f
}

func TestStrangersSignIn(t *testing.T) {
	t.Parallel()
	s := newServer(t, servertest.Options{Workers: -1})
	b := newBrowser(t, s)
	for path, to := range map[string]string{"/": "/ui/sign-in", "/ui/recipes/1?node=a": "/ui/sign-in?to=%2Fui%2Frecipes%2F1%3Fnode%3Da", "/ui/files/1/content": "/ui/sign-in?to=%2Fui%2Ffiles%2F1%2Fcontent"} {
		if got := b.get(path); got.status != http.StatusSeeOther || got.to != to {
			t.Errorf("%s: got %d to %q, want to %q", path, got.status, got.to, to)
		}
	}
	if got := b.signIn("admin", "wrong"); got.status != http.StatusForbidden || !strings.Contains(got.body, "Nobody has this name and password.") {
		t.Errorf("a wrong password: got %d\n%s", got.status, got.body)
	}
	if got := b.post("/ui/sign-in", url.Values{"username": {s.Username}, "password": {s.Password}}); got.status != http.StatusForbidden {
		t.Errorf("without the form's token: got %d, want 403", got.status)
	}
	form := formOf(b.mustGet("/ui/sign-in?to=%2Fui%2Fqueue"))
	form.Set("username", s.Username)
	form.Set("password", s.Password)
	got := b.post("/ui/sign-in", form)
	if got.status != http.StatusSeeOther || got.to != "/ui/queue" {
		t.Fatalf("signing in: got %d to %q", got.status, got.to)
	}
	cookie := got.header.Get("Set-Cookie")
	for _, want := range []string{"galley_session=", "HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=14400"} {
		if !strings.Contains(cookie, want) {
			t.Errorf("the cookie %q lacks %q", cookie, want)
		}
	}
	home := b.get("/")
	if home.status != http.StatusOK || !strings.Contains(home.body, "Nothing needs you") {
		t.Errorf("home: got %d\n%s", home.status, home.body)
	}
	for _, want := range []string{"default-src 'none'", "script-src 'self'", "style-src 'self'", "form-action 'self'", "frame-ancestors 'none'"} {
		if !strings.Contains(home.header.Get("Content-Security-Policy"), want) {
			t.Errorf("the policy %q lacks %q", home.header.Get("Content-Security-Policy"), want)
		}
	}
	tokens, err := s.Client.Tokens(t.Context(), client.TokenQuery{Kinds: []string{"login"}, IsActive: new(true)})
	if err != nil || len(tokens) == 0 {
		t.Fatalf("the logins are %v, %v", tokens, err)
	}
	if got := b.post("/ui/sign-out", signOutForm(home.body)); got.status != http.StatusSeeOther {
		t.Errorf("signing out: got %d", got.status)
	}
	if left, err := s.Client.Tokens(t.Context(), client.TokenQuery{Kinds: []string{"login"}, IsActive: new(true)}); err != nil || len(left) != len(tokens)-1 {
		t.Errorf("after signing out there are %d logins, %v, want %d", len(left), err, len(tokens)-1)
	}
	if got := b.get("/"); got.status != http.StatusSeeOther {
		t.Errorf("after signing out: got %d", got.status)
	}
}

// signOutForm is the token of the form that signs out.
func signOutForm(body string) url.Values {
	at := strings.Index(body, `action="/ui/sign-out"`)
	m := hiddenInput.FindStringSubmatch(body[at:])
	return url.Values{m[1]: {m[2]}}
}

// Who is no browser gets what was there before.
func TestTheAPIStaysAsItIs(t *testing.T) {
	t.Parallel()
	s := newServer(t, servertest.Options{Workers: -1})
	for _, accept := range []string{"", "*/*", "application/json"} {
		resp, body := s.Do(t, "GET", "/", http.Header{"Accept": {accept}}, nil)
		if resp.StatusCode != http.StatusNotFound || resp.Header.Get("Content-Type") != "application/json" || resp.Header.Get("Vary") != "Accept" {
			t.Errorf("Accept %q: got %d %s", accept, resp.StatusCode, body)
		}
	}
	b := asAdmin(t, s)
	for _, path := range []string{"/v6/recipes/", "/v6/accounts/profile/"} {
		if got := b.get(path); got.status != http.StatusUnauthorized {
			t.Errorf("%s with the page's cookie: got %d, want 401", path, got.status)
		}
	}
}

func TestLoginsOfThePageAreThrottled(t *testing.T) {
	t.Parallel()
	s := newServer(t, servertest.Options{Workers: -1})
	b := newBrowser(t, s)
	var last seen
	for range 12 {
		last = b.signIn("admin", "wrong")
	}
	if last.status != http.StatusTooManyRequests || !strings.Contains(last.body, "Too many failed logins") {
		t.Errorf("after 12 wrong passwords: got %d\n%s", last.status, last.body)
	}
}

func TestSecureBehindHTTPS(t *testing.T) {
	t.Parallel()
	s := newServer(t, servertest.Options{Workers: -1, TrustedProxies: []string{"127.0.0.1/32"}})
	resp, _ := s.Do(t, "GET", "/ui/sign-in", http.Header{"Accept": {"text/html"}, "X-Forwarded-For": {"203.0.113.9"}, "X-Forwarded-Proto": {"https"}, "X-Forwarded-Host": {"galley.example"}}, nil)
	cookie := resp.Header.Get("Set-Cookie")
	if !strings.HasPrefix(cookie, "__Host-galley_form=") || !strings.Contains(cookie, "Secure") {
		t.Errorf("behind https the cookie is %q", cookie)
	}
}

// From the home page to the failing line it is one click; and what people and jobs have
// written is text everywhere.
func TestAFailureIsSeen(t *testing.T) {
	t.Parallel()
	s := newServer(t, servertest.Options{})
	f := newFailed(t, s)
	b := asAdmin(t, s)
	escaped := "&lt;script&gt;alert(1)&lt;/script&gt;"
	home := b.mustHave("/", "<h1>1 run is failing</h1>", "nightly: Rows &lt;b&gt;rejected", fmt.Sprintf("recipe %d", f.recipe), "1 job waits", escaped)
	log := regexp.MustCompile(`href="(/ui/jobs/\d+/log)#L(\d+)"`).FindStringSubmatch(home)
	if log == nil {
		t.Fatalf("the home page does not lead to the log:\n%s", home)
	}
	b.mustHave(log[1], `id="L`+log[2]+`"`, "Log of "+escaped)
	page := fmt.Sprintf("/ui/recipes/%d", f.recipe)
	b.mustHave(page, escaped+"&#34;&#39;&amp; failed: Rows &lt;b&gt;rejected", "1 job waits for it.", "by "+escaped, "Open log at the error", "Reprocess…", `<title>`, "Some rows are wrong.",
		"revision 1", "3 nodes", "galley_recipe")
	b.mustHave(page+"?only=failure", "All nodes")
	for _, path := range []string{"/", page, page + "?" + url.Values{"node": {f.node}}.Encode(), page + "?node=first", page + "?zoom=0", page + "?zoom=1", page + "?zoom=2", "/ui/recipes", "/ui/jobs",
		"/ui/jobs?status=FAILED", fmt.Sprintf("/ui/jobs/%d", f.job), log[1], log[1] + "?q=%3Cscript", "/ui/types", "/ui/types/nightly", "/ui/job-types", "/ui/job-types/fine/1.0.0", "/ui/queue",
		"/ui/search?q=%3Cscript%3E", "/ui/search?q=nightly", "/ui/files", "/ui/orders", "/ui/users", "/ui/audit", "/ui/account", "/ui/keys", "/ui/check", page + "/reprocess?force=first", page + "/cancel",
		page + "/requeue"} {
		body := b.mustGet(path)
		if strings.Contains(body, "<script>") || strings.Contains(body, "<b>rejected") || strings.ContainsAny(body, "\x1b\x00") {
			t.Errorf("%s lets through what somebody has written:\n%s", path, body)
		}
		if strings.Contains(body, " style=") || strings.Contains(body, "javascript:") || regexp.MustCompile(`(?i)<[^>]+ on[a-z]+=`).MatchString(body) {
			t.Errorf("%s has what the policy forbids", path)
		}
		if n := strings.Count(body, "<h1"); n != 1 {
			t.Errorf("%s has %d headings of the first rank", path, n)
		}
		checkIDs(t, path, body)
	}
}

var ids = regexp.MustCompile(` id="([^"]*)"`)

// checkIDs wants each id once, and a target for each link within the page.
func checkIDs(t *testing.T, path, body string) {
	t.Helper()
	var seen []string
	for _, m := range ids.FindAllStringSubmatch(body, -1) {
		if slices.Contains(seen, m[1]) {
			t.Errorf("%s has the id %q twice", path, m[1])
		}
		seen = append(seen, m[1])
	}
}

func TestActionsAskFirst(t *testing.T) {
	t.Parallel()
	s := newServer(t, servertest.Options{})
	f := newFailed(t, s)
	b := asAdmin(t, s)
	page := fmt.Sprintf("/ui/recipes/%d", f.recipe)
	b.mustHave(page+"/cancel", fmt.Sprintf("Cancel recipe %d?", f.recipe), "2 jobs are canceled", "1 stay COMPLETED")
	if got := b.post(page+"/cancel", url.Values{}); got.status != http.StatusForbidden {
		t.Errorf("without the form's token: got %d, want 403", got.status)
	}
	if got := b.press(page + "/cancel"); got.status != http.StatusSeeOther || got.to != page {
		t.Fatalf("canceling: got %d to %q\n%s", got.status, got.to, got.body)
	}
	waitJob(t, s, f.job, "CANCELED")
	if got := b.press(fmt.Sprintf("/ui/jobs/%d/requeue", f.job)); got.status != http.StatusSeeOther {
		t.Fatalf("requeueing: got %d\n%s", got.status, got.body)
	}
	waitJob(t, s, f.job, "FAILED")
	// A reprocess says what it will do, in the words of the plan, and does that.
	ask := b.mustHave(page+"/reprocess?force=first", "Nothing has been changed yet.", "forced", "below first, which runs again", "is superseded and stays readable")
	form := formOf(ask[strings.Index(ask, "Before you go on"):])
	if form.Get("force") == "" {
		form = formOf("<main" + ask[strings.Index(ask, "Before you go on"):])
	}
	got := b.post(page+"/reprocess", form)
	if got.status != http.StatusSeeOther || got.to == page {
		t.Fatalf("reprocessing: got %d to %q\n%s", got.status, got.to, got.body)
	}
	if again := b.post(page+"/reprocess", form); again.to != got.to {
		t.Errorf("the button pressed twice leads to %q and %q", got.to, again.to)
	}
	next, err := s.Client.Recipe(t.Context(), f.recipe)
	if err != nil || next.SupersededByRecipe == nil || fmt.Sprintf("/ui/recipes/%d", next.SupersededByRecipe.ID) != got.to {
		t.Errorf("superseded by %+v, %v, want the recipe of %s", next.SupersededByRecipe, err, got.to)
	}
	b.mustHave(page, "Superseded by recipe")
	entries, err := s.Client.AuditEntries(t.Context(), client.AuditQuery{Object: "/v6/recipes/"})
	if err != nil || len(entries) == 0 || entries[0].Username != s.Username || entries[0].TokenID == nil {
		t.Errorf("the audit has %+v, %v, want the reprocess", entries, err)
	}
	if got := b.press("/ui/job-types/fine/1.0.0/pause"); got.status != http.StatusSeeOther {
		t.Errorf("pausing: got %d\n%s", got.status, got.body)
	}
	b.mustHave("/ui/job-types/fine/1.0.0", "PAUSED", "Resume…")
}

func waitJob(t *testing.T, s *servertest.Server, id int64, status string) {
	t.Helper()
	servertest.Eventually(t, 30*time.Second, func() error {
		job, err := s.Client.Job(t.Context(), id)
		if err == nil && job.Status != status {
			err = fmt.Errorf("job %d is %s, want %s", id, job.Status, status)
		}
		return err
	})
}

// The page shows and does what the role may, and nothing else.
func TestRolesOfThePage(t *testing.T) {
	t.Parallel()
	s := newServer(t, servertest.Options{})
	f := newFailed(t, s)
	vera, otto := as(t, s, "vera", "viewer"), as(t, s, "otto", "operator")
	page := fmt.Sprintf("/ui/recipes/%d", f.recipe)
	if body := vera.mustHave(page, "Open log at the error"); strings.Contains(body, "Requeue") || strings.Contains(body, "Reprocess…") || strings.Contains(body, "Cancel") {
		t.Error("a viewer is offered what a viewer may not do")
	}
	otto.mustHave(page, "Requeue", "Reprocess…", "Cancel recipe…")
	for _, path := range []string{page + "/cancel", page + "/reprocess", fmt.Sprintf("/ui/jobs/%d/requeue", f.job), "/ui/job-types/fine/1.0.0/pause", "/ui/users", "/ui/audit"} {
		if got := vera.get(path); got.status != http.StatusForbidden || !strings.Contains(got.body, "This is not for your role") {
			t.Errorf("%s as a viewer: got %d, want 403", path, got.status)
		}
	}
	if got := otto.get("/ui/job-types/fine/1.0.0/pause"); got.status != http.StatusForbidden {
		t.Errorf("pausing as an operator: got %d, want 403", got.status)
	}
	// A POST that is made by hand meets the API's own rules.
	token := signOutForm(vera.mustGet("/"))
	for _, path := range []string{page + "/cancel", fmt.Sprintf("/ui/jobs/%d/requeue", f.job), "/ui/job-types/fine/1.0.0/pause", "/ui/users"} {
		if got := vera.post(path, token); got.status != http.StatusForbidden {
			t.Errorf("POST %s as a viewer: got %d, want 403", path, got.status)
		}
	}
	for _, path := range []string{"/ui/recipes/4711", "/ui/jobs/x", "/ui/types/nobody", "/ui/files/-1", "/ui/orders/nothing", "/ui/kitchens/none", "/ui/nothing", "/ui/jobs/1/log?try=77"} {
		if got := vera.get(path); got.status != http.StatusNotFound || !strings.Contains(got.body, "There is nothing here") {
			t.Errorf("%s: got %d, want 404", path, got.status)
		}
	}
}

func TestPagesOfAdministrators(t *testing.T) {
	t.Parallel()
	s := newServer(t, servertest.Options{Workers: -1})
	b := asAdmin(t, s)
	form := formOf(b.mustGet("/ui/users"))
	if got := b.post("/ui/users", url.Values{"form": form["form"], "username": {"ann"}, "role": {"viewer"}}); got.status != http.StatusSeeOther {
		t.Fatalf("adding a user: got %d\n%s", got.status, got.body)
	}
	b.mustHave("/ui/users", "ann", "Change ann")
	users, err := s.Client.Users(t.Context(), client.UserQuery{Usernames: []string{"ann"}})
	if err != nil || len(users) != 1 {
		t.Fatalf("users are %v, %v", users, err)
	}
	if got := b.post(fmt.Sprintf("/ui/users/%d", users[0].ID), url.Values{"form": form["form"], "role": {"operator"}, "active": {"no"}}); got.status != http.StatusSeeOther {
		t.Errorf("changing a user: got %d\n%s", got.status, got.body)
	}
	if ann, err := s.Client.User(t.Context(), users[0].ID); err != nil || ann.Role != "operator" || ann.IsActive {
		t.Errorf("ann is %+v, %v", ann, err)
	}
	got := b.post("/ui/account/tokens", url.Values{"form": form["form"], "name": {"ci"}, "role": {"viewer"}})
	secret := regexp.MustCompile(`gal_[A-Za-z0-9_-]{43}`).FindString(got.body)
	if got.status != http.StatusOK || secret == "" {
		t.Fatalf("making a token: got %d\n%s", got.status, got.body)
	}
	if resp, _ := s.Do(t, "GET", "/v6/recipes/", http.Header{"Authorization": {"Bearer " + secret}}, nil); resp.StatusCode != http.StatusOK {
		t.Errorf("the token is answered %d", resp.StatusCode)
	}
	b.mustHave("/ui/audit", "/v6/users/", "POST", "PATCH", "/v6/tokens/")
}

func TestDefinitionsAreChecked(t *testing.T) {
	t.Parallel()
	s := newServer(t, servertest.Options{Workers: -1})
	simulated(t, s, "fine", "Fine", "0")
	b := asAdmin(t, s)
	form := formOf(b.mustGet("/ui/check"))
	for definition, want := range map[string]string{
		`{"input": {}, "nodes": {"a": ` + nodeOf("fine") + `}}`:      "It can be created as it is.",
		`{"input": {}, "nodes": {"a": ` + nodeOf("nothing") + `}}`:   "It cannot be created as it is.",
		`{"input": {}, "nodes": {"a": ` + nodeOf("fine", "b") + `}}`: "which is not a node of the definition",
		`no JSON`: "It is no definition",
	} {
		form.Set("definition", definition)
		if got := b.post("/ui/check", form); !strings.Contains(got.body, want) {
			t.Errorf("%s: got %d, want %q\n%s", definition, got.status, want, got.body)
		}
	}
	if types, err := s.Client.RecipeTypes(t.Context(), client.RecipeTypeQuery{}); err != nil || len(types) != 0 {
		t.Errorf("there are %d recipe types, %v, want none", len(types), err)
	}
}

func TestThePageSaysThatJobsAreSimulated(t *testing.T) {
	t.Parallel()
	const text = "Jobs are only simulated"
	asAdmin(t, servertest.New(t, servertest.Options{Executor: server.ExecutorSimulate})).mustHave("/", text)
	if body := asAdmin(t, newServer(t, servertest.Options{})).mustGet("/"); strings.Contains(body, text) {
		t.Error("the page of another server says so, too")
	}
}
