package page

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
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
		"plain":                             "plain",
		"a\x1b[31mred\x1b[0mb":              "aredb",
		"a\x1b]0;title\x07b":                "ab",
		"a\x1b]8;;http://x\x1b\\link":       "alink",
		"a\x1bb":                            "a␛b",
		"a\x00b\rc\nd\te":                   "a␀bc\nd\te",
		"a\u202eb\u2066c":                   "a␀b␀c",
		"a\xffb":                            "a\ufffdb",
		"<b title=\"\x1b[\" id=x>\x1b[</b>": "<b title=\"\" id=x></b>",
		"<b title='\x1b]' id=x>\a</b>":      "<b title='' id=x>␇</b>",
		"\x1b[&amp;":                        "&amp;",
		"\x1b[" + strings.Repeat("1", 99):   strings.Repeat("1", 99),
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

// The end and a part of a log are the same as of all its lines.
func TestPartsOfLogs(t *testing.T) {
	t.Parallel()
	for _, total := range []int{0, 1, 3, 4, 6, 7, 8, 100} {
		var chunks []store.LogChunk
		for i := range total {
			chunks = append(chunks, store.LogChunk{Stream: "stdout", Text: fmt.Appendf(nil, "line %d\n", i)})
		}
		all := store.LogLines(chunks)
		last, n := endOf(chunks, 3)
		if n != total || !slices.Equal(last, all[max(total-3, 0):]) {
			t.Errorf("%d lines: the end is %v of %d", total, last, n)
		}
		from, to := total/3, total/2
		if got := linesFrom(chunks, from, to); !slices.Equal(got, all[from:to]) {
			t.Errorf("%d lines: from %d to %d are %v", total, from, to, got)
		}
	}
}

func TestLongLinesAreCut(t *testing.T) {
	t.Parallel()
	v := &visit{zone: time.UTC}
	for _, letter := range []string{"a", "é", "€", "😀", "\x80"} {
		got := v.linesOf([]store.LogLine{{Text: "x" + strings.Repeat(letter, maxLineBytes)}}, 0, -1)[0].Text
		if n := utf8.RuneCountInString(got); n != maxLineRunes || !strings.HasSuffix(got, "…") {
			t.Errorf("%q: %d letters", letter, n)
		}
	}
}

// Cookies are for https alone where the browser is at an https address.
func TestSecureCookies(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		scheme, host, public string
		want                 bool
	}{
		{"https", "a.example", "", true},
		{"http", "a.example", "", false},
		{"http", "A.example", "https://a.example/x/", true},
		{"http", "a.example:443", "https://a.example", true},
		{"http", "127.0.0.1:8080", "https://a.example", false},
		{"http", "a.example", "http://a.example", false},
	} {
		p := &Page{Config: Config{PublicURL: c.public, Sender: func(*http.Request) Sender { return Sender{Scheme: c.scheme, Host: c.host} }}}
		if got := p.isSecure(httptest.NewRequest(http.MethodGet, "/", http.NoBody)); got != c.want {
			t.Errorf("%+v: got %t", c, got)
		}
	}
}

func TestStreamsAreBounded(t *testing.T) {
	t.Parallel()
	w := &watch{stop: func() {}} // nobody looks for changes
	var end func()
	for range maxUserStreams {
		_, e, ok := w.subscribe(1)
		if !ok {
			t.Fatal("a stream is refused")
		}
		end = e
	}
	if _, _, ok := w.subscribe(1); ok {
		t.Error("there is no bound")
	}
	if _, _, ok := w.subscribe(2); !ok {
		t.Error("another user's stream is refused")
	}
	end()
	if _, _, ok := w.subscribe(1); !ok {
		t.Error("a stream is refused after one has ended")
	}
}

// Where the API leads elsewhere there is nothing.
func TestRedirectsOfTheAPI(t *testing.T) {
	t.Parallel()
	c := caller{http.RedirectHandler("/v6/", http.StatusMovedPermanently), "x"}
	if err := c.get(t.Context(), "/v6/a//", nil, nil); !api.IsNotFound(err) {
		t.Errorf("got %v, want a 404", err)
	}
}
