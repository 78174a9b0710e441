package page

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"net/url"
	"path"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/auth"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/page/graph"
)

// policy lets a page load what this server has, and nothing else: no script or style within
// the page, no other site, no frame.
const policy = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; " +
	"form-action 'self'; frame-ancestors 'none'; base-uri 'none'"

//go:embed templates static
var embedded embed.FS

// templates are the pages, by name: each is the layout with a body of its own.
var templates = parseTemplates()

func parseTemplates() map[string]*template.Template {
	shared := template.Must(template.New("").Funcs(functions()).ParseFS(embedded, "templates/layout.html", "templates/parts.html"))
	names, err := fs.Glob(embedded, "templates/*.html")
	if err != nil {
		panic(err) // the pattern is a good one
	}
	out := map[string]*template.Template{}
	for _, name := range names {
		base := strings.TrimSuffix(path.Base(name), ".html")
		if base != "layout" && base != "parts" {
			out[base] = template.Must(template.Must(shared.Clone()).ParseFS(embedded, name))
		}
	}
	return out
}

// frame is what the layout shows around every page.
type frame struct {
	Title, Section, Search, Notice string
	Username, Role                 string
	IsAdmin                        bool
	Simulated                      bool   // no job really runs
	Form                           string // token that forms bring along
	Live                           string // path of the stream of changes
	Here                           string // this page, to load it again
	Now                            moment
	Zone                           string
	Data                           any
	v                              *visit
}

// May tells whether who looks has at least the role of that name.
func (f frame) May(role string) bool { return f.v.may(auth.RoleNamed(role)) }

// At is a time for who looks.
func (f frame) At(t any) moment { return f.v.at(t) }

// Since is how long ago something was.
func (f frame) Since(t any) string {
	at, known := timeOf(t)
	if !known {
		return ""
	}
	return duration(f.v.now.Sub(at))
}

// Between is how long something took, or has taken so far.
func (f frame) Between(from, to any) string {
	start, known := timeOf(from)
	if !known {
		return ""
	}
	end, known := timeOf(to)
	if !known {
		end = f.v.now
	}
	return duration(end.Sub(start))
}

// With is the frame with other data, for a part of a page.
func (f frame) With(data any) frame {
	f.Data = data
	return f
}

// Keep is the query of this page with some values set (name, value, …), as a link; an empty
// value takes the name out.
func (f frame) Keep(pairs ...string) string {
	q := f.v.query()
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] == "" {
			q.Del(pairs[i])
		} else {
			q.Set(pairs[i], pairs[i+1])
		}
	}
	return f.v.URL.EscapedPath() + "?" + q.Encode()
}

// render writes a page.
func (p *Page) render(w http.ResponseWriter, v *visit, s *sheet) {
	f := frame{Title: s.title, Section: s.section, Search: v.query().Get("q"), Notice: s.notice, Username: v.who.User.Username, Role: v.who.Role().String(),
		IsAdmin: v.may(auth.Admin), Form: p.formToken(v.call.token), Live: s.live, Here: v.URL.RequestURI(), Now: v.at(v.now),
		Simulated: w.Header().Get(api.ExecutorHeader) == api.Simulate, Zone: v.zone.String(), Data: s.data, v: v}
	var buf bytes.Buffer
	if err := templates[s.template].ExecuteTemplate(&buf, "layout", f); err != nil {
		p.Logger.ErrorContext(v.Context(), "writing a page", "request_id", p.Sender(v.Request).RequestID, "path", v.URL.Path, "error", err)
		http.Error(w, "The page could not be made. The server's log says more.", http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", policy)
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Referrer-Policy", "same-origin") // so that forms have an Origin
	out := plain(buf.Bytes())
	h.Set("Content-Length", strconv.Itoa(len(out)))
	if s.status == 0 {
		s.status = http.StatusOK
	}
	w.WriteHeader(s.status)
	if v.Method != http.MethodHead {
		_, _ = w.Write(out) // too late to tell anybody
	}
}

// static serves the style sheet and the script.
func (p *Page) static(w http.ResponseWriter, r *http.Request) {
	types := map[string]string{".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}
	name := r.PathValue("name")
	raw, err := embedded.ReadFile("static/" + name)
	if err != nil || types[path.Ext(name)] == "" {
		http.NotFound(w, r)
		return
	}
	if name == "page.css" {
		raw = append(raw, graph.Style()...)
	}
	w.Header().Set("Content-Type", types[path.Ext(name)])
	w.Header().Set("Cache-Control", "max-age=300")
	w.Header().Set("Content-Length", strconv.Itoa(len(raw)))
	if r.Method != http.MethodHead {
		_, _ = w.Write(raw)
	}
}

// plain takes out of a page what people and jobs can have written to deceive who looks:
// escape sequences of terminals go, other control characters, and those that turn the
// direction of writing, are shown.
func plain(page []byte) []byte {
	if !bytes.ContainsFunc(page, isControl) && utf8.Valid(page) {
		return page
	}
	out := make([]byte, 0, len(page))
	for i := 0; i < len(page); {
		if n := escapeSequence(page[i:]); n > 0 {
			i += n
			continue
		}
		r, size := utf8.DecodeRune(page[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			out = append(out, "\ufffd"...)
		case isControl(r):
			out = append(out, shown(r)...)
		default:
			out = append(out, page[i:i+size]...)
		}
		i += size
	}
	return out
}

// escapeSequence is how long the sequence is that raw begins with; 0: it begins with none.
func escapeSequence(raw []byte) int {
	if len(raw) < 2 || raw[0] != 0x1b {
		return 0
	}
	switch raw[1] {
	// The page is written already: no sequence reaches over what can be markup.
	case '[': // CSI: parameters, then a letter
		for i := 2; i < len(raw) && i < 64; i++ {
			if raw[i] >= 0x40 && raw[i] <= 0x7e {
				return i + 1
			}
			if raw[i] < 0x20 || raw[i] > 0x7e || strings.IndexByte(`"'<>&`, raw[i]) >= 0 {
				break
			}
		}
		return 2
	case ']': // OSC: text until BEL or ST
		for i := 2; i < len(raw) && i < 4096 && strings.IndexByte("\n\"'<>", raw[i]) < 0; i++ {
			if raw[i] == 7 {
				return i + 1
			}
			if raw[i] == 0x1b && i+1 < len(raw) && raw[i+1] == '\\' {
				return i + 2
			}
		}
		return 2
	}
	return 0
}

func isControl(r rune) bool {
	switch {
	case r == '\n' || r == '\t':
		return false
	case r < 0x20 || r >= 0x7f && r < 0xa0:
		return true
	case r >= 0x202a && r <= 0x202e, r >= 0x2066 && r <= 0x2069, r == 0x200e, r == 0x200f, r == 0x061c:
		return true
	}
	return false
}

// shown is a control character as a picture of it.
func shown(r rune) string {
	switch {
	case r == '\r':
		return ""
	case r < 0x20:
		return string(0x2400 + r)
	case r == 0x7f:
		return "\u2421"
	}
	return "\u2400"
}

func functions() template.FuncMap {
	return template.FuncMap{
		"state": stateOf, "size": size, "duration": duration, "count": count, "path": pathOf, "pretty": pretty, "short": short,
		"split": strings.Fields, "title": func(s string) string { return strings.ToUpper(s[:1]) + s[1:] },
		"sub": func(a, b float64) float64 { return a - b },
		"add": func(a, b int) int { return a + b }, "json": compact, "lower": strings.ToLower, "join": strings.Join,
		"shapes": graph.Shapes,
		"query": func(pairs ...string) template.URL {
			q := url.Values{}
			for i := 0; i+1 < len(pairs); i += 2 {
				q.Set(pairs[i], pairs[i+1])
			}
			return template.URL(q.Encode())
		},
		"seconds": func(n int) string { return duration(time.Duration(n) * time.Second) },
	}
}

// pathOf joins the parts of a path, each escaped whole.
func pathOf(parts ...any) string {
	out := ""
	for _, part := range parts {
		out += "/" + url.PathEscape(fmt.Sprint(part))
	}
	return out
}
