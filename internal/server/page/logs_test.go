package page

import (
	"strings"
	"testing"

	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
)

func TestFailingLines(t *testing.T) {
	t.Parallel()
	for what, c := range map[string]struct {
		log  string // lines of stderr begin with "!"
		want int    // from 1
	}{
		"nothing":             {"", 0},
		"only empty lines":    {"\n\n", 0},
		"a database":          {"batch 37\nCOPY\n!\x1b[31mERROR:  null value\x1b[0m\n!DETAIL:  Failing row\n!CONTEXT:  COPY orders\nexit 4", 3},
		"a traceback":         {"!Traceback (most recent call last):\n!  File \"x.py\", line 1, in fail\n!ValueError: bad\n", 3},
		"a log with times":    {"ok\n!2026-12-01T02:00:00Z ERROR it broke\n!cleaning up\n", 2},
		"a shell":             {"begin\n!sh: 1: nothing: not found\ndone", 2},
		"no word for it":      {"begin\n!hm\ndone\n", 2},
		"nothing on stderr":   {"begin\nfatal: no\ndone", 2},
		"silence":             {"begin\ndone\n\n", 2},
		"a complaint is more": {"ERROR of old\n!it broke: cannot go on\nlast words", 2},
	} {
		var lines []store.LogLine
		for _, text := range strings.Split(c.log, "\n") {
			l := store.LogLine{Stream: "stdout", Text: text}
			if rest, isStderr := strings.CutPrefix(text, "!"); isStderr {
				l = store.LogLine{Stream: "stderr", Text: rest}
			}
			lines = append(lines, l)
		}
		if got := failingLine(lines) + 1; got != c.want {
			t.Errorf("%s: got line %d, want %d", what, got, c.want)
		}
	}
}

func TestControlCharactersAreShown(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"plain":                           "plain",
		"a\x1b[31mred\x1b[0mb":            "aredb",
		"a\x1b]0;title\x07b":              "ab",
		"a\x1b]8;;http://x\x1b\\link":     "alink",
		"a\x1bb":                          "a␛b",
		"a\x00b\rc\nd\te":                 "a␀bc\nd\te",
		"a\u202eb\u2066c":                 "a␀b␀c",
		"a\xffb":                          "a\ufffdb",
		"\x1b[" + strings.Repeat("1", 99): strings.Repeat("1", 99),
	} {
		if got := string(plain([]byte(in))); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

func TestTargetsOfSignIns(t *testing.T) {
	t.Parallel()
	for to, want := range map[string]string{
		"/ui/recipes/1?node=a": "/ui/recipes/1?node=a",
		"":                     "/", "/": "/", "https://evil.example/ui/": "/", "//evil.example/ui/": "/", "/ui//evil.example": "/",
		`/ui/\evil.example`: "/", "javascript:alert(1)": "/", "/v6/recipes/": "/",
	} {
		if got := goodTarget(to); got != want {
			t.Errorf("%q: got %q, want %q", to, got, want)
		}
	}
}
