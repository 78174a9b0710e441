package workspace

import (
	"fmt"
	"strings"
	"testing"
)

func TestCheckFilePath(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ path, want string }{
		{"a.tif", ""},
		{"scenes/2026/ä b.tif", ""},
		{strings.Repeat("a", 241), ""},
		{strings.Repeat("a", 255) + "/b", ""},
		{strings.Repeat("a", 242), "at most 241 are allowed, so that .metadata.json fits behind it"},
		{"gr\xfcn.tif", `"gr\xfcn.tif" is not valid UTF-8`},
		{"a\n.tif", `"a\n.tif" contains a control character`},
		{"", "is empty"},
		{"/a", "is absolute"},
		{"../a", "must not leave"},
		{"a/./b", "must not leave"},
		{"a//b", "has an empty part"},
		{"a/", "has an empty part"},
		{`a\b`, "backslash"},
		{"a\x00b", "control character"},
		{"a\xff", "not valid UTF-8"},
		{"x/" + HiddenPrefix + "1", "is reserved"},
		{strings.Repeat("a", maxFilePathPart+1), "at most 255"},
		{strings.Repeat("a/", maxFilePath), "at most 1000"},
	} {
		t.Run(fmt.Sprintf("%.20s", tt.path), func(t *testing.T) {
			t.Parallel()
			expectError(t, CheckFilePath(tt.path), tt.want)
		})
	}
}
