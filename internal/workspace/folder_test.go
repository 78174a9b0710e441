package workspace

import (
	"strings"
	"testing"

	"github.com/recipe-galley/terraform-provider-galley/internal/document"
	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
)

func TestCheckFolder(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ folder, want string }{
		{"scenes", ""},
		{"scenes/ä b/../c", ""},
		{".", ""},
		{"..scenes", ""},
		{"/srv/../../scenes", ""}, // nothing is above the root
		{`C:\scenes`, ""},
		{"", "found no text"},
		{"\t ", "found no text"},
		{"a\x00b", "contains a control character"},
		{"..", `the folder ".." leaves the data folder of the backend`},
		{"a/../../b", "leaves the data folder"},
		{`a\..\..\b`, "leaves the data folder"},
	} {
		t.Run(tt.folder, func(t *testing.T) {
			t.Parallel()
			expectError(t, CheckFolder(tt.folder), tt.want)
		})
	}
}

func TestReadBroker(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, give, folder, problem string
	}{
		{"a folder", `{"host": {"path": "scenes"}}`, "scenes", ""},
		{"the name of the API", `{"host": {"host_path": "scenes"}}`, "", "host.host_path: there is no 'host_path'"},
		{"none", `{}`, "", "host: it is missing"},
		{"outside", `{"host": {"path": "../x"}}`, "../x", "host.path: the folder"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tree, err := recipe.Decode([]byte(tt.give))
			if err != nil {
				t.Fatal(err)
			}
			folder, problems := ReadBroker(tree)
			text := ""
			if len(problems) > 0 {
				text = problems[0].Path.String() + ": " + problems[0].Message
			}
			if folder != tt.folder || !strings.HasPrefix(text, tt.problem) || tt.problem == "" && text != "" {
				t.Errorf("got %q and %q, want %q and %q", folder, text, tt.folder, tt.problem)
			}
		})
	}
	if folder, problems := ReadBroker(map[string]any{"host": document.Unknown}); folder != "" || len(problems) > 0 {
		t.Errorf("an unknown host is %q, %v", folder, problems)
	}
}
