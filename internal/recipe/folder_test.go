package recipe

import "testing"

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
