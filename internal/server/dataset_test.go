package server_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/servertest"
)

func TestDatasetsOfTheAPI(t *testing.T) {
	t.Parallel()
	each(t, servertest.Options{Workers: -1}, func(t *testing.T, s *servertest.Server) {
		one, two := upload(t, s, "1.txt", "1\n"), upload(t, s, "2.txt", "2\n")
		var d api.DatasetDetail
		resp := mustSend(t, s, "POST", "/v6/datasets/", `{"title": "Texts", "definition": {"parameters": {"files": [{"name": "TEXT"}], "json": [{"name": "N", "type": "integer", "required": false}]},
			"global_parameters": {"json": [{"name": "UNIT", "type": "string"}]}, "global_data": {"json": {"UNIT": "line", "other": 1}}}}`, 201, &d)
		path := fmt.Sprintf("/v6/datasets/%d/", d.ID)
		if resp.Header.Get("Location") != s.URL+path || len(d.Members)+len(d.Files) != 0 || d.Description != nil {
			t.Errorf("the data set is %+v at %s", d, resp.Header.Get("Location"))
		}
		var got, want any
		decode(t, d.Definition, &got)
		decode(t, []byte(`{"parameters": {"files": [{"name": "TEXT", "media_types": [], "required": true, "multiple": false}], "json": [{"name": "N", "type": "integer", "required": false}]},
			"global_parameters": {"files": [], "json": [{"name": "UNIT", "type": "string", "required": true}]}, "global_data": {"files": {}, "json": {"UNIT": "line"}}}`), &want)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("the definition (-want +got):\n%s", diff)
		}

		var members []api.DatasetMember
		resp = mustSend(t, s, "POST", path, fmt.Sprintf(`{"data": [{"files": {"TEXT": [%d]}, "json": {"N": 1, "x": 2}}]}`, one.ID), 201, &members)
		if len(members) != 1 || resp.Header.Get("Location") != "" || string(members[0].Data) != fmt.Sprintf(`{"files":{"TEXT":[%d]},"json":{"N":1}}`, one.ID) {
			t.Errorf("the members are %+v", members)
		}
		body := `{"data_template": {"files": {"TEXT": "FILE_VALUE"}, "json": {"N": 5}}, "file_name": ["1.txt", "2.txt"]`
		var tried []map[string]any
		mustSend(t, s, "POST", path, body+`, "dry_run": true}`, 200, &tried)
		if len(tried) != 2 || tried[0]["version"] != "7" {
			t.Errorf("tried: %v", tried)
		}
		mustSend(t, s, "POST", path, body+`}`, 201, &members)
		mustSend(t, s, "GET", path, "", 200, &d)
		if len(d.Members) != 3 || len(d.Files) != 2 || d.Files[1].ScaleFile.ID != two.ID || fmt.Sprint(d.Members[2].FileIDs) != fmt.Sprint([]int64{two.ID}) {
			t.Errorf("with members: %+v", d)
		}
		for _, none := range []string{path, "/v6/datasets/", "/v6/datasets/4711/"} {
			var nothing map[string]string
			mustSend(t, s, "POST", none, `{"definition": {}, "data_template": {"files": {"TEXT": "FILE_VALUE"}}, "file_name": "nothing.txt"}`, 200, &nothing)
			if nothing["No Results"] != "No files found from filters and/or no data provided" {
				t.Errorf("%s: %v", none, nothing)
			}
		}
		page := getPage[api.DatasetMember](t, s, path+"members/?page_size=2&page=2")
		if page.Count != 3 || len(page.Results) != 1 || page.Results[0].ID != d.Members[2].ID {
			t.Errorf("a page of members: %+v", page)
		}
		var m api.DatasetMemberDetail
		mustSend(t, s, "GET", fmt.Sprintf("/v6/datasets/members/%d/", d.Members[0].ID), "", 200, &m)
		if m.Dataset.ID != d.ID || len(m.Files) != 1 || m.Files[0].ScaleFile.FileName != "1.txt" || m.Files[0].ParameterName != "TEXT" {
			t.Errorf("the member is %+v", m)
		}
		for _, unknown := range []string{"/v6/datasets/4711/", "/v6/datasets/4711/members/", "/v6/datasets/members/4711/", "/v6/datasets/members/members/", "/v6/datasets/a/b/"} {
			if resp, raw := send(t, s, "GET", unknown, ""); resp.StatusCode != 404 {
				t.Errorf("%s: got %d: %s", unknown, resp.StatusCode, raw)
			}
		}
		if resp, _ := send(t, s, "PATCH", path, `{}`); resp.StatusCode != 405 {
			t.Errorf("PATCH: %d", resp.StatusCode)
		}
		list := getPage[api.Dataset](t, s, "/v6/datasets/?keyword=TEXT&keyword=none")
		if list.Count != 1 || list.Results[0].Files != 2 {
			t.Errorf("the list is %+v", list)
		}
	})
}

// TestNothingIsLeftOfRefusedDatasets: the original stores the data set before it looks at the members.
func TestNothingIsLeftOfRefusedDatasets(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{Workers: -1})
	file := upload(t, s, "1.txt", "1\n")
	for name, c := range map[string]struct {
		definition, rest string
		code, want       string // of the validation, if the definition is wrong; and in the detail
	}{
		"a version":               {`{"version": "5"}`, "", "INVALID_VERSION", "version"},
		"a list":                  {`{"parameters": []}`, "", "INVALID_DATASET_DEFINITION", "parameters"},
		"an interface":            {`{"parameters": {"files": [{"media_types": []}]}}`, "", "INVALID_DATASET_DEFINITION", "name"},
		"a member too much":       {`{"parameter": {}}`, "", "INVALID_DATASET_DEFINITION", "did you mean 'parameters'"},
		"a name twice":            {`{"parameters": {"files": [{"name": "a"}, {"name": "a"}]}}`, "", "DUPLICATE_PARAMETER", "'a'"},
		"a name in both":          {`{"parameters": {"files": [{"name": "a"}]}, "global_parameters": {"files": [{"name": "a", "required": false}]}}`, "", "DUPLICATE_PARAMETER", "'a'"},
		"global data":             {`{"global_data": {"files": {"a": []}}}`, "", "INVALID_GLOBAL_DATA", "a"},
		"global data are missing": {`{"global_parameters": {"json": [{"name": "a", "type": "string"}]}}`, "", "INVALID_GLOBAL_DATA", "'a' is missing"},
		"a title":                 {textDataset, `, "title": "` + strings.Repeat("x", 51) + `"`, "", "Unable to create new dataset: "},
		"data":                    {textDataset, `, "data": [{"file": {}}]`, "", "Data is invalid: "},
		"a template":              {textDataset, `, "data_template": {"json": {"a": 1}}`, "", "Data is invalid: "},
		"a member that misses":    {textDataset, `, "data": [{}]`, "", "Error(s) validating data against dataset: ["},
		"a file that is none":     {textDataset, `, "data": {"files": {"TEXT": [4711]}}`, "", "file 4711 does not exist"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			resp, raw := send(t, s, "POST", "/v6/datasets/", `{"definition": `+c.definition+c.rest+`}`)
			if resp.StatusCode != 400 || !strings.Contains(raw, c.want) {
				t.Errorf("got %d: %s, want %s", resp.StatusCode, raw, c.want)
			}
			var v api.Validation
			mustSend(t, s, "POST", "/v6/datasets/validation/", `{"definition": `+c.definition+`}`, 200, &v)
			if v.IsValid != (c.code == "") || c.code != "" && (len(v.Errors) != 1 || v.Errors[0].Name != c.code || !strings.Contains(raw, "DataSet definition is invalid: ")) {
				t.Errorf("validation: %+v; create: %s", v, raw)
			}
			if n := getPage[api.Dataset](t, s, "/v6/datasets/").Count; n != 0 {
				t.Errorf("%d data sets were stored", n)
			}
		})
	}
	mustSend(t, s, "POST", "/v6/datasets/", fmt.Sprintf(`{"definition": %s, "data": {"files": {"TEXT": [%d]}}, "dry_run": true}`, textDataset, file.ID), 200, nil)
	if n := getPage[api.Dataset](t, s, "/v6/datasets/").Count; n != 0 {
		t.Errorf("%d data sets were stored", n)
	}
}
