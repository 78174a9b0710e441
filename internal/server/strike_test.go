package server_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/servertest"
)

// arrivalOf is the body of a create of a strike or a scan over a workspace; rest are further members of the configuration.
func arrivalOf(title, source, workspace, rest string) string {
	return `{"title": ` + quote(title) + `, "configuration": {"workspace": ` + quote(workspace) + `, ` + source + rest + `}}`
}

const (
	watches = `"monitor": {"type": "dir-watcher", "transfer_suffix": "_tmp"}, `
	scans   = `"scanner": {"type": "dir"}, `
	anyText = `"files_to_ingest": [{"filename_regex": ".*txt", "data_types": ["text"]}]`
)

// inbox makes a workspace whose folder lies in the server's data folder.
func inbox(t *testing.T, s *servertest.Server, name string) api.WorkspaceDetail {
	t.Helper()
	var ws api.WorkspaceDetail
	mustSend(t, s, "POST", "/v6/workspaces/", `{"title": `+quote(name)+`, "configuration": {"broker": {"type": "host", "host_path": `+quote(name)+`}}}`, 201, &ws)
	return ws
}

// drop puts a file into a workspace as people do: beside the API.
func drop(t *testing.T, ws api.WorkspaceDetail, name, content string) {
	t.Helper()
	at := filepath.Join(ws.Configuration.Broker.HostPath, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(at), 0o750); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(at, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

// waitIngests waits until the ingests that a query keeps have those statuses, by the names of their files.
func waitIngests(t *testing.T, s *servertest.Server, query string, want map[string]string) map[string]api.Ingest {
	t.Helper()
	out := map[string]api.Ingest{}
	servertest.Eventually(t, time.Minute, func() error {
		clear(out)
		page := getPage[api.Ingest](t, s, "/v6/ingests/?page_size=1000&order=id&"+query)
		got := map[string]string{}
		for _, i := range page.Results {
			got[i.FileName], out[i.FileName] = i.Status, i
		}
		if fmt.Sprint(got) != fmt.Sprint(want) || page.Count != len(want) {
			return fmt.Errorf("%d ingests: %v, want %v", page.Count, got, want)
		}
		return nil
	})
	return out
}

func TestStrikes(t *testing.T) {
	t.Parallel()
	each(t, servertest.Options{Workers: -1}, func(t *testing.T, s *servertest.Server) {
		inbox(t, s, "in")
		inbox(t, s, "other")
		if page := getPage[api.JobType](t, s, "/v6/job-types/"); page.Count != 0 {
			t.Errorf("a server without strikes has the job types %+v", page.Results)
		}
		var strike, second api.StrikeDetail
		body := arrivalOf("My Strike", watches, "in", anyText)
		resp := mustSend(t, s, "POST", "/v6/strikes/", body, 201, &strike)
		if want := fmt.Sprintf("%s/v6/strikes/%d/", s.URL, strike.ID); resp.Header.Get("Location") != want {
			t.Errorf("got Location %q, want %q", resp.Header.Get("Location"), want)
		}
		if strike.Name != "my-strike" || strike.Job == nil || strike.Job.Status != "QUEUED" || strike.Job.JobType.Name != "scale-strike" || !strike.Job.JobType.IsSystem {
			t.Errorf("got %+v", strike)
		}
		const stored = `{"files_to_ingest":[{"data_types":["text"],"filename_regex":".*txt"}],"monitor":{"transfer_suffix":"_tmp","type":"dir-watcher"},"workspace":"in"}`
		if string(strike.Configuration) != stored {
			t.Errorf("got %s", strike.Configuration)
		}
		mustSend(t, s, "POST", "/v6/strikes/", body, 201, &second)
		if suffix, ok := strings.CutPrefix(second.Name, "my-strike-"); !ok || len(suffix) != 19 {
			t.Errorf("a name that is taken became %q", second.Name)
		}
		var job api.JobDetail
		mustSend(t, s, "GET", fmt.Sprintf("/v6/jobs/%d/", strike.Job.ID), "", 200, &job)
		if job.MaxTries != 0 || job.Event.Type != "STRIKE_CREATED" || job.Event.Description["strike_id"] != float64(strike.ID) ||
			string(job.Input) != fmt.Sprintf(`{"files":{},"json":{"STRIKE_ID":%d}}`, strike.ID) {
			t.Errorf("the job is %+v with %s", job, job.Input)
		}

		at := fmt.Sprintf("/v6/strikes/%d/", strike.ID)
		mustSend(t, s, "PATCH", at, `{"title": "Other", "description": "", "configuration": {}}`, 204, nil)
		mustSend(t, s, "GET", at, "", 200, &strike)
		if strike.Title != "Other" || strike.Name != "my-strike" || string(strike.Configuration) != stored || strike.Job.Status != "QUEUED" {
			t.Errorf("after the edit: %+v", strike)
		}
		mustSend(t, s, "PATCH", at, strings.Replace(`{"configuration": {"workspace": "other", `+watches+anyText+`}}`, "text", "x", 1), 204, nil)
		mustSend(t, s, "GET", fmt.Sprintf("/v6/jobs/%d/", strike.Job.ID), "", 200, &job)
		if job.Status != "QUEUED" || job.NumExes != 2 || job.MaxTries != 0 {
			t.Errorf("with another workspace the job has execution %d, %s", job.NumExes, job.Status)
		}
		mustSend(t, s, "POST", "/v6/jobs/cancel/", fmt.Sprintf(`{"job_ids": [%d]}`, strike.Job.ID), 202, nil)
		if mustSend(t, s, "GET", at, "", 200, &strike); strike.Job.Status != "CANCELED" {
			t.Errorf("a strike that was stopped has a job that is %s", strike.Job.Status)
		}

		for query, want := range map[string]int{"": 2, "?name=my-strike": 1, "?name=my": 0, "?order=-title": 2} {
			if got := getPage[api.Strike](t, s, "/v6/strikes/"+query); got.Count != want {
				t.Errorf("%q: got %d, want %d", query, got.Count, want)
			}
		}
		for _, tt := range []struct{ method, path, body, want string }{
			{"POST", "/v6/strikes/", `{"title": "x"}`, `400 Missing required parameter: "configuration"`},
			{"POST", "/v6/strikes/", `{"title": "x", "configuration": {}}`, `400 Strike configuration invalid: workspace: it is missing`},
			{"POST", "/v6/strikes/", arrivalOf("x", watches, "none", anyText), `400 Strike configuration invalid: workspace: Unknown workspace name: none`},
			{"POST", "/v6/strikes/", arrivalOf("x", `"monitor": {"type": "s3", "sqs_name": "q"}, `, "in", anyText), `400 Strike configuration invalid: workspace: the monitor \"s3\" needs a workspace with the broker \"s3\"`},
			{"PATCH", at, `{"configuration": {"workspace": "in"}}`, `400 Strike configuration invalid: monitor: found nothing`},
			{"GET", "/v6/strikes/99/", ``, `404 Not found.`},
			{"PATCH", "/v6/strikes/99/", `{"title": "x"}`, `404 Not found.`},
			{"DELETE", at, ``, `405 Method`},
			{"PUT", at, `{}`, `405 Method`},
		} {
			resp, raw := send(t, s, tt.method, tt.path, tt.body)
			status, text, _ := strings.Cut(tt.want, " ")
			if fmt.Sprint(resp.StatusCode) != status || !strings.Contains(raw, strings.ReplaceAll(text, `"configuration"`, `\"configuration\"`)) {
				t.Errorf("%s %s %s: got %d %s, want %s", tt.method, tt.path, tt.body, resp.StatusCode, raw, tt.want)
			}
		}
	})
}

func TestStrikeValidation(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{Workers: -1})
	inbox(t, s, "in")
	newPipeline(t, s, "count")
	two := strings.Replace(countDefinition("count"), `"files": [`, `"files": [{"name": "MORE"}, `, 1)
	mustSend(t, s, "POST", "/v6/recipe-types/", `{"title": "Two", "definition": `+two+`}`, 201, nil)
	mustSend(t, s, "POST", "/v6/recipe-types/", `{"title": "None", "definition": {}}`, 201, nil)
	for rest, want := range map[string]string{
		anyText: "",
		anyText + `, "recipe": {"name": "recipe-count"}`:                    "",
		anyText + `, "recipe": {"name": "recipe-count", "revision_num": 1}`: "",
		anyText + `, "recipe": {"name": "recipe-count", "revision_num": 2}`: "INVALID_STRIKE_CONFIGURATION recipe.revision_num: Recipe Type recipe-count has no revision 2",
		anyText + `, "recipe": {"name": "nothing"}`:                         "INVALID_STRIKE_CONFIGURATION recipe.name: Recipe Type nothing does not exist",
		anyText + `, "recipe": {"name": "two"}`:                             "INVALID_STRIKE_CONFIGURATION recipe.name: Recipe Type two cannot be run over an arriving file: its inputs",
		anyText + `, "recipe": {"name": "none"}`:                            "warning recipe_without_input",
		`"files_to_ingest": [{"filename_regex": "("}]`:                      "INVALID_STRIKE_CONFIGURATION files_to_ingest.0.filename_regex",
	} {
		var v api.Validation
		mustSend(t, s, "POST", "/v6/strikes/validation/", `{"configuration": {"workspace": "in", `+watches+rest+`}}`, 200, &v)
		got := ""
		for _, w := range v.Warnings {
			got = "warning " + w.Name
		}
		for _, e := range v.Errors {
			got = e.Name + " " + e.Description
		}
		if !strings.HasPrefix(got, want) || (want == "") != (got == "") || len(v.Errors) > 1 || v.IsValid != (len(v.Errors) == 0) {
			t.Errorf("%s: got %+v, want %q", rest, v, want)
		}
	}
}

// TestStrikeIngests: a file that arrives is ingested once, and a recipe of the pinned revision is run over it.
func TestStrikeIngests(t *testing.T) {
	t.Parallel()
	each(t, servertest.Options{}, func(t *testing.T, s *servertest.Server) {
		in, out := inbox(t, s, "in"), inbox(t, s, "out")
		p := newPipeline(t, s, "count")
		mustSend(t, s, "PATCH", "/v6/recipe-types/"+p.recipeType.Name+"/", `{"definition": `+countDefinition("count")+`}`, 200, nil) // revision 2
		var strike api.StrikeDetail
		mustSend(t, s, "POST", "/v6/strikes/", arrivalOf("s", watches, "in", `"files_to_ingest": [
			{"filename_regex": "move.*txt", "new_workspace": "out", "new_file_path": "by/day", "data_types": ["moved"]}, {"filename_regex": ".*txt"}],
			"recipe": {"name": "recipe-count", "revision_num": 1}`), 201, &strike)
		query := fmt.Sprintf("strike_id=%d", strike.ID)
		drop(t, in, "a.txt", "one\n")
		drop(t, in, "move-b.txt", "two\nthree\n")
		drop(t, in, "c.bin", "?")
		drop(t, in, "d.txt_tmp", "not whole")
		ingests := waitIngests(t, s, query, map[string]string{"a.txt": "INGESTED", "move-b.txt": "INGESTED", "c.bin": "DEFERRED", "d.txt": "TRANSFERRING"})
		a, b := ingests["a.txt"], ingests["move-b.txt"]
		if a.SourceFile == nil || a.SourceFile.FilePath != "ingesting/a.txt" || a.FilePath != "ingesting/a.txt" || a.TransferEnded == nil || a.IngestEnded == nil || a.Strike.ID != strike.ID {
			t.Errorf("a.txt: %+v", a)
		}
		day := time.Now().UTC().Format("2006/01/02")
		if b.SourceFile == nil || b.SourceFile.Workspace.Name != "out" || b.NewFilePath != "by/day/"+day+"/move-b.txt" || b.SourceFile.FilePath != b.NewFilePath || b.SourceFile.DataTypeTags[0] != "moved" {
			t.Errorf("move-b.txt: %+v", b)
		}
		for at, there := range map[string]bool{
			in.Configuration.Broker.HostPath + "/a.txt": false, in.Configuration.Broker.HostPath + "/ingesting/a.txt": true,
			in.Configuration.Broker.HostPath + "/ingesting/move-b.txt": false, out.Configuration.Broker.HostPath + "/" + b.NewFilePath: true,
			in.Configuration.Broker.HostPath + "/deferred/c.bin": true, in.Configuration.Broker.HostPath + "/d.txt_tmp": true,
		} {
			servertest.Eventually(t, 10*time.Second, func() error {
				if _, err := os.Stat(at); (err == nil) != there {
					return fmt.Errorf("%s is there: %t, want %t", at, err == nil, there)
				}
				return nil
			})
		}
		recipes := getPage[api.Recipe](t, s, "/v6/recipes/?order=id")
		if recipes.Count != 2 {
			t.Fatalf("got %d recipes, want 2", recipes.Count)
		}
		for _, r := range recipes.Results {
			detail := waitCompleted(t, s, r.ID)
			if r.Event.Type != "STRIKE_INGEST" || r.IngestEvent == nil || r.IngestEvent.Type != "STRIKE" || detail.RecipeTypeRev.RevisionNum != 1 || detail.IngestEvent.Description["version"] != "1.0" {
				t.Errorf("recipe %d: %+v with %+v of revision %d", r.ID, r.Event, r.IngestEvent, detail.RecipeTypeRev.RevisionNum)
			}
		}
		jobs := getPage[api.Job](t, s, fmt.Sprintf("/v6/ingests/%d/jobs/", a.ID))
		if jobs.Count != 1 || jobs.Results[0].IngestEvent == nil || jobs.Results[0].IngestEvent.Type != "STRIKE" {
			t.Errorf("the jobs of a.txt: %+v", jobs)
		}
		// What is whole now, comes twice, or has the name of another one.
		if err := os.Rename(filepath.Join(in.Configuration.Broker.HostPath, "d.txt_tmp"), filepath.Join(in.Configuration.Broker.HostPath, "d.txt")); err != nil {
			t.Fatal(err)
		}
		waitIngests(t, s, query+"&file_name=d.txt", map[string]string{"d.txt": "INGESTED"})
		drop(t, in, "a.txt", "one\n")
		servertest.Eventually(t, time.Minute, func() error {
			if page := getPage[api.Ingest](t, s, "/v6/ingests/?status=DUPLICATE&"+query); page.Count != 1 || page.Results[0].FilePath != "ingesting/a_1.txt" || page.Results[0].SourceFile.ID != a.SourceFile.ID {
				return fmt.Errorf("duplicates: %+v", page.Results)
			}
			return nil
		})
		drop(t, in, "a.txt", "another, with the same name\n")
		servertest.Eventually(t, time.Minute, func() error {
			if page := getPage[api.Ingest](t, s, "/v6/ingests/?status=INGESTED&order=-id&"+query); page.Count != 4 || page.Results[0].SourceFile.FilePath != "ingesting/a_2.txt" {
				return fmt.Errorf("ingested: %+v", page.Results)
			}
			return nil
		})
		var status api.Page[api.IngestStatus]
		mustSend(t, s, "GET", "/v6/ingests/status/?use_ingest_time=true", "", 200, &status)
		if st := status.Results[0]; status.Count != 1 || st.Files == nil || *st.Files != 4 || len(st.Values) != 24 || st.MostRecent == nil {
			t.Errorf("status: %+v", st)
		}
		var detail api.IngestDetail
		mustSend(t, s, "GET", fmt.Sprintf("/v6/ingests/%d/", b.ID), "", 200, &detail)
		if detail.Strike == nil || !json.Valid(detail.Strike.Configuration) || detail.NewWorkspace.Configuration.Broker.Type != "host" {
			t.Errorf("got %+v", detail)
		}
	})
}

func TestScans(t *testing.T) {
	t.Parallel()
	each(t, servertest.Options{}, func(t *testing.T, s *servertest.Server) {
		in := inbox(t, s, "in")
		newPipeline(t, s, "count")
		drop(t, in, "a.txt", "one\n")
		drop(t, in, "sub/b.txt", "two\n")
		drop(t, in, "sub/c.bin", "?")
		drop(t, in, "sub/a.txt", "one\n") // the same as the first
		var scan api.ScanDetail
		resp := mustSend(t, s, "POST", "/v6/scans/", arrivalOf("My Scan", scans, "in", anyText+`, "recipe": {"name": "recipe-count"}`), 201, &scan)
		if want := fmt.Sprintf("%s/v6/scans/%d/", s.URL, scan.ID); resp.Header.Get("Location") != want || scan.Job != nil || scan.DryRunJob != nil || scan.FileCount != nil {
			t.Errorf("got %+v at %s", scan, resp.Header.Get("Location"))
		}
		if !strings.Contains(string(scan.Configuration), `"recursive":true`) {
			t.Errorf("got %s", scan.Configuration)
		}
		at := fmt.Sprintf("/v6/scans/%d/", scan.ID)
		var canceled api.ScanCanceled
		if mustSend(t, s, "POST", fmt.Sprintf("/v6/scans/cancel/%d/", scan.ID), "{}", 202, &canceled); len(canceled.CanceledJobs) != 0 || canceled.ID != fmt.Sprint(scan.ID) {
			t.Errorf("canceled %+v of a scan that has not begun", canceled)
		}
		mustSend(t, s, "POST", at+"process/", `{}`, 201, &scan)
		servertest.Eventually(t, time.Minute, func() error {
			mustSend(t, s, "GET", at, "", 200, &scan)
			if scan.DryRunJob == nil || scan.DryRunJob.Status != "COMPLETED" || scan.FileCount == nil || *scan.FileCount != 4 || scan.Job != nil {
				return fmt.Errorf("after the dry run: %+v", scan)
			}
			return nil
		})
		mustSend(t, s, "PATCH", at, `{"description": "d"}`, 204, nil)
		mustSend(t, s, "POST", at+"process/", `{"ingest": true}`, 201, &scan)
		if scan.Job == nil || scan.Job.JobType.Name != "scale-scan" {
			t.Errorf("got %+v", scan)
		}
		for _, tt := range [][2]string{{"PATCH", at}, {"POST", at + "process/"}} {
			if resp, raw := send(t, s, tt[0], tt[1], `{"title": "x"}`); resp.StatusCode != 409 || !strings.Contains(raw, "Ingest Scan already launched") {
				t.Errorf("%s %s: got %d %s", tt[0], tt[1], resp.StatusCode, raw)
			}
		}
		ingests := waitIngests(t, s, fmt.Sprintf("scan_id=%d", scan.ID), map[string]string{"a.txt": "INGESTED", "b.txt": "INGESTED"})
		if b := ingests["b.txt"]; b.SourceFile.FilePath != "sub/b.txt" || b.Scan.ID != scan.ID || b.Strike != nil {
			t.Errorf("got %+v", b)
		}
		servertest.Eventually(t, time.Minute, func() error {
			recipes := getPage[api.Recipe](t, s, "/v6/recipes/")
			if recipes.Count != 2 || recipes.Results[0].Event.Type != "SCAN_INGEST" || recipes.Results[0].IngestEvent.Type != "SCAN" {
				return fmt.Errorf("got %+v", recipes)
			}
			return nil
		})
		for query, want := range map[string]int{"?name=can": 1, "?name=My": 0, "?name=x&name=my": 1} {
			if got := getPage[api.Scan](t, s, "/v6/scans/"+query); got.Count != want {
				t.Errorf("%q: got %d, want %d", query, got.Count, want)
			}
		}
	})
}

// TestSystemJobTypes: what the server does itself is no work for others.
func TestSystemJobTypes(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{Workers: -1})
	inbox(t, s, "in")
	mustSend(t, s, "POST", "/v6/strikes/", arrivalOf("s", watches, "in", anyText), 201, nil)
	types := getPage[api.JobType](t, s, "/v6/job-types/?is_system=true")
	if types.Count != 1 || !types.Results[0].IsSystem || getPage[api.JobType](t, s, "/v6/job-types/?is_system=false").Count != 0 {
		t.Fatalf("got %+v", types)
	}
	if resp, raw := send(t, s, "POST", "/v6/jobs/", fmt.Sprintf(`{"job_type_id": %d, "input": {"json": {"STRIKE_ID": 1}}}`, types.Results[0].ID)); resp.StatusCode != 400 || !strings.Contains(raw, "system's own") {
		t.Errorf("got %d %s", resp.StatusCode, raw)
	}
	if resp, raw := send(t, s, "PATCH", "/v6/job-types/scale-strike/1.0.0/", `{"is_active": false}`); resp.StatusCode != 400 || !strings.Contains(raw, "only is_paused") {
		t.Errorf("got %d %s", resp.StatusCode, raw)
	}
	mustSend(t, s, "PATCH", "/v6/job-types/scale-strike/1.0.0/", `{"is_paused": true}`, 200, nil)
	definition := strings.ReplaceAll(countDefinition("scale-strike"), `"input": {"TEXT": {"type": "recipe", "input": "TEXT"}}`, `"input": {}`)
	if resp, raw := send(t, s, "POST", "/v6/recipe-types/", `{"title": "x", "definition": `+definition+`}`); resp.StatusCode != 400 {
		t.Errorf("a recipe type with a system job type: %d %s", resp.StatusCode, raw)
	}
}

// TestStrikesLeaveWhatIsTheCatalogs: what is uploaded is shown in the folder, and has not arrived. Of two strikes over one
// folder each file has one.
func TestStrikesLeaveWhatIsTheCatalogs(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{})
	in := inbox(t, s, "in")
	mustSend(t, s, "POST", "/v6/strikes/", arrivalOf("a", watches, "in", anyText), 201, nil)
	mustSend(t, s, "POST", "/v6/strikes/", arrivalOf("b", watches, "in", anyText), 201, nil)
	uploaded, err := s.Client.UploadFile(t.Context(), api.FileUpload{Workspace: "in", Path: "uploaded.txt"}, strings.NewReader("x"))
	if err != nil {
		t.Fatal(err)
	}
	const files = 300
	for i := range files {
		drop(t, in, fmt.Sprintf("%03d.txt", i), fmt.Sprint("file ", i))
	}
	servertest.Eventually(t, 2*time.Minute, func() error {
		if page := getPage[api.Ingest](t, s, "/v6/ingests/?status=INGESTED"); page.Count != files {
			return fmt.Errorf("%d of %d are ingested", page.Count, files)
		}
		return nil
	})
	for _, i := range getPage[api.Ingest](t, s, "/v6/ingests/?page_size=1000").Results {
		if i.Status != "INGESTED" && i.Status != "ERRORED" || i.FileName == "uploaded.txt" {
			t.Errorf("%s is %s", i.FileName, i.Status) // ERRORED: the other strike was faster
		}
	}
	if raw, err := os.ReadFile(filepath.Join(in.Configuration.Broker.HostPath, "uploaded.txt")); string(raw) != "x" || err != nil {
		t.Errorf("what was uploaded has %q, %v", raw, err)
	}
	all := getPage[api.File](t, s, fmt.Sprintf("/v6/files/?page_size=1000&file_name=%s", uploaded.FileName))
	if all.Count != 1 {
		t.Errorf("got %+v", all)
	}
}

// TestCredentialsOfStrikes: only editors who read one strike see them, a mask keeps them, and the database does not have them in clear.
func TestCredentialsOfStrikes(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{Workers: -1})
	inbox(t, s, "in")
	const mask = "************"
	of := func(id, key string) string {
		return `"monitor": {"type": "dir-watcher", "credentials": {"access_key_id": ` + quote(id) + `, "secret_access_key": ` + quote(key) + `}}, `
	}
	var strike api.StrikeDetail
	mustSend(t, s, "POST", "/v6/strikes/", arrivalOf("s", of("the-id", "the-key"), "in", anyText), 201, &strike)
	if c := string(strike.Configuration); strings.Contains(c, "the-id") || strings.Contains(c, "the-key") || strings.Count(c, mask) != 2 {
		t.Errorf("the answer to a create has %s", c)
	}
	at, operator := fmt.Sprintf("/v6/strikes/%d/", strike.ID), tokenOf(t, s, "operator")
	shows := func(want string) {
		t.Helper()
		mustSend(t, s, "GET", at, "", 200, &strike)
		if c := string(strike.Configuration); !strings.Contains(c, want) {
			t.Errorf("an editor sees %s, want %s", c, want)
		}
		resp, body := s.Do(t, "GET", at, http.Header{"Authorization": {"Bearer " + operator}}, nil)
		if resp.StatusCode != 200 || strings.Contains(string(body), "the-") || strings.Count(string(body), mask) != 2 {
			t.Errorf("an operator sees %s", body)
		}
	}
	shows(`"the-key"`)
	mustSend(t, s, "PATCH", at, `{"configuration": {"workspace": "in", `+of(mask, "the-new-key")+anyText+`}}`, 204, nil)
	shows(`"access_key_id":"the-id","secret_access_key":"the-new-key"`)
	row, err := s.Store.Strike(t.Context(), strike.ID)
	if err != nil || strings.Contains(string(row.Configuration), "the-") {
		t.Errorf("the database has %s, %v", row.Configuration, err)
	}
}

// TestScanIsCanceled cancels a scan whose ingests wait, as nobody works them.
func TestScanIsCanceled(t *testing.T) {
	t.Parallel()
	each(t, servertest.Options{}, func(t *testing.T, s *servertest.Server) {
		in := inbox(t, s, "in")
		const files = 40
		for i := range files {
			drop(t, in, fmt.Sprintf("%02d.txt", i), fmt.Sprint(i))
		}
		var scan api.ScanDetail
		mustSend(t, s, "POST", "/v6/scans/", arrivalOf("warm up", scans, "in", `"files_to_ingest": [{"filename_regex": "00"}]`), 201, &scan)
		mustSend(t, s, "POST", fmt.Sprintf("/v6/scans/%d/process/", scan.ID), `{"ingest": true}`, 201, nil)
		waitIngests(t, s, fmt.Sprintf("scan_id=%d", scan.ID), map[string]string{"00.txt": "INGESTED"})
		mustSend(t, s, "PATCH", "/v6/job-types/scale-ingest/1.0.0/", `{"is_paused": true}`, 200, nil)
		mustSend(t, s, "POST", "/v6/scans/", arrivalOf("all", scans, "in", anyText), 201, &scan)
		mustSend(t, s, "POST", fmt.Sprintf("/v6/scans/%d/process/", scan.ID), `{"ingest": true}`, 201, nil)
		servertest.Eventually(t, time.Minute, func() error {
			if page := getPage[api.Ingest](t, s, fmt.Sprintf("/v6/ingests/?status=QUEUED&scan_id=%d", scan.ID)); page.Count != files {
				return fmt.Errorf("%d of %d wait", page.Count, files)
			}
			return nil
		})
		var canceled api.ScanCanceled
		mustSend(t, s, "POST", fmt.Sprintf("/v6/scans/cancel/%d/", scan.ID), "", 202, &canceled)
		if len(canceled.CanceledJobs) < files {
			t.Errorf("canceled %d jobs, want %d", len(canceled.CanceledJobs), files)
		}
		if jobs := getPage[api.Job](t, s, "/v6/jobs/?job_type_name=scale-ingest&status=CANCELED"); jobs.Count != files {
			t.Errorf("%d jobs are canceled, want %d", jobs.Count, files)
		}
		mustSend(t, s, "POST", "/v6/scans/cancel/99/", "", 404, nil)
		// What was canceled can go on.
		mustSend(t, s, "POST", "/v6/jobs/requeue/", `{"job_type_names": ["scale-ingest"], "status": ["CANCELED"]}`, 202, nil)
		mustSend(t, s, "PATCH", "/v6/job-types/scale-ingest/1.0.0/", `{"is_paused": false}`, 200, nil)
		servertest.Eventually(t, time.Minute, func() error {
			page := getPage[api.Ingest](t, s, fmt.Sprintf("/v6/ingests/?scan_id=%d&status=INGESTED&status=DUPLICATE", scan.ID))
			if page.Count != files {
				return fmt.Errorf("%d of %d are ingested", page.Count, files)
			}
			return nil
		})
	})
}

// TestClocksThatJump: neither the server's clock nor those of the machines that write files decide what was ingested.
func TestClocksThatJump(t *testing.T) {
	t.Parallel()
	var jumps atomic.Int64
	s := servertest.New(t, servertest.Options{Now: func() time.Time {
		return time.Now().Add(time.Duration(jumps.Load()) * time.Hour)
	}})
	in := inbox(t, s, "in")
	mustSend(t, s, "POST", "/v6/strikes/", arrivalOf("s", watches, "in", `"files_to_ingest": [{"filename_regex": ".*", "new_file_path": "there"}]`), 201, nil)
	const files = 24
	for i := range files {
		name := fmt.Sprintf("%02d.txt", i)
		drop(t, in, name+"_tmp", fmt.Sprint("file ", i))
		at := filepath.Join(in.Configuration.Broker.HostPath, name)
		stamp := []time.Time{time.Unix(0, 0), time.Date(2400, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC)}[i%3]
		if err := errors.Join(os.Chtimes(at+"_tmp", stamp, stamp), os.Rename(at+"_tmp", at)); err != nil {
			t.Fatal(err)
		}
		jumps.Store([]int64{-100, 0, 1000, 5}[i%4])
		time.Sleep(50 * time.Millisecond)
	}
	servertest.Eventually(t, time.Minute, func() error {
		if page := getPage[api.Ingest](t, s, "/v6/ingests/?status=INGESTED"); page.Count != files {
			return fmt.Errorf("%d of %d are ingested", page.Count, files)
		}
		return nil
	})
	if all := getPage[api.Ingest](t, s, "/v6/ingests/"); all.Count != files {
		t.Errorf("%d files have %d ingests", files, all.Count)
	}
}
