package form

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/recipe-galley/terraform-provider-galley/internal/document"
	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
)

func TestReadConfiguration(t *testing.T) {
	t.Parallel()
	unknown := func(text string, steps ...string) any { return put(t, mustTree(t, text), document.Unknown, steps...) }
	const host = `{"mounts": {"h": {"type": "host", "host_path": "/h"}, "v": {"type": "volume"}}}`
	tests := map[string]struct {
		shape    document.Shape
		give     any
		want     string // the configuration as JSON
		partial  bool
		problems string
	}{
		"nothing":                     {RunConfigurationShape(), nil, `{}`, false, ""},
		"unknown":                     {RunConfigurationShape(), document.Unknown, `{}`, true, ""},
		"a job type has a priority":   {JobTypeConfigurationShape(), nil, `{"priority":100}`, false, ""},
		"defaults are not stated":     {RunConfigurationShape(), mustTree(t, `{"mounts": {}, "output_workspaces": {"default": ""}, "priority": null}`), `{}`, false, ""},
		"a priority as by default":    {RunConfigurationShape(), mustTree(t, `{"priority": "100"}`), `{"priority":100}`, false, ""},
		"settings of a variation":     {VariationConfigurationShape(), mustTree(t, `{"settings": {"a": "", "b": 2}}`), `{"settings":{"a":"","b":"2"}}`, false, ""},
		"everything":                  {RunConfigurationShape(), mustTree(t, `{"mounts": {"v": {"type": "volume", "driver": "nfs", "driver_opts": {"o": ""}}}, "output_workspaces": {"default": "d", "outputs": {"x": "y"}}, "priority": 3}`), `{"mounts":{"v":{"type":"volume","driver":"nfs","driver_opts":{"o":""}}},"output_workspaces":{"default":"d","outputs":{"x":"y"}},"priority":3}`, false, ""},
		"half a mount is left out":    {RunConfigurationShape(), unknown(host, "mounts", "h", "host_path"), `{"mounts":{"v":{"type":"volume"}}}`, true, ""},
		"unknown mounts":              {RunConfigurationShape(), unknown(host, "mounts"), `{}`, true, ""},
		"an unknown priority":         {JobTypeConfigurationShape(), unknown(`{}`, "priority"), `{}`, true, ""},
		"an unknown setting":          {VariationConfigurationShape(), unknown(`{"settings": {"b": "c"}}`, "settings", "a"), `{"settings":{"b":"c"}}`, true, ""},
		"a misspelt name":             {RunConfigurationShape(), mustTree(t, `{"output_workspace": {"default": "d"}}`), `{}`, true, "output_workspace: there is no 'output_workspace'; did you mean 'output_workspaces'"},
		"settings of a run":           {RunConfigurationShape(), mustTree(t, `{"settings": {}}`), `{}`, true, "settings: there is no 'settings' here: settings are an attribute of their own"},
		"a relative path":             {RunConfigurationShape(), mustTree(t, `{"mounts": {"h": {"type": "host", "host_path": "h"}}}`), "", false, "mounts.h.host_path: found 'h', expected an absolute path"},
		"a priority of 0":             {JobTypeConfigurationShape(), mustTree(t, `{"priority": 0}`), `{}`, false, "priority: found 0"},
		"a type that no mount can be": {RunConfigurationShape(), mustTree(t, `{"mounts": {"h": {"type": "folder"}}}`), "", false, "mounts.h"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, problems, complete := ReadConfiguration(tt.shape, tt.give)
			if text := messages(problems); !strings.HasPrefix(text, tt.problems) || tt.problems == "" && text != "" {
				t.Errorf("problems:\n%s\nwant %q", text, tt.problems)
			}
			wrong := strings.Contains(tt.problems, "there is no")
			if complete == (tt.partial || wrong) {
				t.Errorf("complete = %t", complete)
			}
			got, err := json.Marshal(c)
			if err != nil {
				t.Fatal(err)
			}
			if tt.want != "" && string(got) != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

func TestConfigurationObjectIsMinimal(t *testing.T) {
	t.Parallel()
	c, problems := recipe.ParseConfiguration([]byte(`{"mounts": {"h": {"type": "host", "host_path": "/h"}}, "priority": 100, "settings": {"a": "b"}}`))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	for _, tt := range []struct {
		s    document.Shape
		want string
	}{
		{JobTypeConfigurationShape(), `{"mounts": {"h": {"type": "host", "host_path": "/h"}}}`},
		{RunConfigurationShape(), `{"mounts": {"h": {"type": "host", "host_path": "/h"}}, "priority": 100}`},
		{VariationConfigurationShape(), `{"mounts": {"h": {"type": "host", "host_path": "/h"}}, "priority": 100, "settings": {"a": "b"}}`},
	} {
		if diff := cmp.Diff(mustTree(t, tt.want), any(OfConfiguration(c, tt.s))); diff != "" {
			t.Errorf("object (-want +got):\n%s", diff)
		}
	}
}

func TestReadData(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		give     any
		want     string // the data as JSON
		partly   string // names that are not wholly known
		known    bool
		problems string
	}{
		"nothing":                 {nil, `{"files":{},"json":{}}`, "", true, ""},
		"ids as text":             {mustTree(t, `{"files": {"scene": ["7", 8]}}`), `{"files":{"scene":[7,8]},"json":{}}`, "", true, ""},
		"null is no value":        {mustTree(t, `{"json": {"a": null, "b": [null]}}`), `{"files":{},"json":{"b":[null]}}`, "", true, ""},
		"an unknown id":           {map[string]any{"files": map[string]any{"scene": []any{document.Unknown}}}, `{"files":{"scene":[0]},"json":{}}`, "", false, ""},
		"unknown ids":             {map[string]any{"files": map[string]any{"scene": document.Unknown}}, `{"files":{"scene":[]},"json":{}}`, "scene", false, ""},
		"an unknown value":        {map[string]any{"json": map[string]any{"a": []any{document.Unknown}}}, `{"files":{},"json":{"a":null}}`, "a", false, ""},
		"all is unknown":          {document.Unknown, `{"files":{},"json":{}}`, "", false, ""},
		"a misspelt name":         {mustTree(t, `{"file": {"scene": [7]}}`), "", "", false, "file: there is no 'file'; did you mean 'files'"},
		"no ids":                  {mustTree(t, `{"files": {"scene": []}}`), "", "", true, "files.scene: found an array of 0"},
		"a value and files":       {mustTree(t, `{"files": {"a": [1]}, "json": {"a": 1}}`), "", "", true, "'a' is given both"},
		"an id that is no number": {mustTree(t, `{"files": {"scene": ["x"]}}`), "", "", false, `files.scene.0: found "x", expected a whole number`},
		"a list of values":        {mustTree(t, `{"json": [1]}`), "", "", false, "json: found a list, expected an object"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d, problems := ReadData(tt.give)
			if text := messages(problems); !strings.HasPrefix(text, tt.problems) || tt.problems == "" && text != "" {
				t.Errorf("problems:\n%s\nwant %q", text, tt.problems)
			}
			if d.Known() != tt.known {
				t.Errorf("known = %t", d.Known())
			}
			var partly []string
			for _, name := range slices.Sorted(maps.Keys(d.Partly)) {
				if d.Partly[name] {
					partly = append(partly, name)
				}
			}
			if got := strings.Join(partly, " "); tt.problems == "" && got != tt.partly {
				t.Errorf("partly known: %q, want %q", got, tt.partly)
			}
			got, err := json.Marshal(d.Data)
			if err != nil {
				t.Fatal(err)
			}
			if tt.want != "" && string(got) != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
			if again, _ := ReadData(OfData(d.Data)); tt.known && tt.problems == "" && !cmp.Equal(d.Data, again.Data) {
				t.Errorf("comes back as %v", again.Data)
			}
		})
	}
}
