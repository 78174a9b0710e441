package page

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/auth"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
)

// Prefix begins the paths of all pages but the home page's.
const Prefix = "/ui/"

// Config is what the page works with.
type Config struct {
	API       http.Handler // all routes of the API
	Auth      *auth.Service
	Store     *store.Store
	Now       func() time.Time
	Logger    *slog.Logger
	Version   string // of the program
	PublicURL string // how others reach this server; empty: as the request says
	// Sender tells what is known of a request, and NameUser who its sender is, for the log.
	Sender   func(*http.Request) Sender
	NameUser func(*http.Request, string)
	// CheckOrigin refuses what a page of another site has made a browser send.
	CheckOrigin func(*http.Request) error
	// Stopped is closed when the server stops: streams end.
	Stopped <-chan struct{}
}

// Sender is where a request comes from, behind all proxies.
type Sender struct {
	auth.Origin
	Scheme, Host string
}

// Page is the web page.
type Page struct {
	Config
	mux     *http.ServeMux
	errors  logErrors
	medians medians
	watch   watch
}

// New makes the page.
func New(cfg Config) *Page {
	p := &Page{Config: cfg, mux: http.NewServeMux()}
	p.watch.page = p
	p.routes()
	return p
}

// Mount makes mux serve the page. What else mux has at "/" stays for those who are no browsers.
func (p *Page) Mount(mux *http.ServeMux, otherwise http.HandlerFunc) {
	mux.Handle(Prefix, p.mux)
	mux.HandleFunc("/{$}", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Add("Vary", "Accept")
		if !IsBrowser(r) {
			otherwise(w, r)
			return
		}
		p.mux.ServeHTTP(w, r)
	})
}

// IsBrowser tells whether who asks for "/" wants to look rather than to read JSON.
func IsBrowser(r *http.Request) bool {
	return (r.Method == http.MethodGet || r.Method == http.MethodHead) && strings.Contains(r.Header.Get("Accept"), "text/html")
}

// A visit is one request of somebody who is signed in.
type visit struct {
	*http.Request
	page *Page
	call caller
	who  auth.Identity
	zone *time.Location // of who looks
	now  time.Time
}

// screen is a handler that gives a page to write, or an error.
type screen func(ctx context.Context, v *visit) (*sheet, error)

// A sheet is a page that is ready to be written.
type sheet struct {
	template string // its name; "": only Location
	title    string
	section  string // of the navigation that it belongs to
	data     any
	location string // go there instead
	live     string // path of the stream that tells of changes; "": it does not change
	status   int    // 0: 200
	notice   string
}

// look serves a screen to those who are signed in.
func (p *Page) look(show screen) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		v, ok := p.enter(w, r)
		if !ok {
			return
		}
		p.write(w, v, show)
	}
}

// act serves a button: a POST with the token of a form.
func (p *Page) act(do screen) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		v, ok := p.enter(w, r)
		if !ok {
			return
		}
		p.write(w, v, func(ctx context.Context, v *visit) (*sheet, error) {
			if err := p.checkForm(w, r, v.call.token, maxForm); err != nil {
				return nil, err
			}
			return do(ctx, v)
		})
	}
}

func (p *Page) write(w http.ResponseWriter, v *visit, show screen) {
	s, err := show(v.Context(), v)
	if v.Context().Err() != nil {
		return // nobody is listening
	}
	if api.IsUnauthorized(err) {
		p.toSignIn(w, v.Request)
		return
	}
	if err != nil {
		s = p.trouble(v, err)
	}
	if s.location != "" {
		http.Redirect(w, v.Request, s.location, http.StatusSeeOther)
		return
	}
	p.render(w, v, s)
}

// refused is a refusal of the page itself.
func refused(status int, format string, args ...any) error {
	return &api.Error{Status: status, Detail: fmt.Sprintf(format, args...)}
}

// troubleView is what the page of an error shows.
type troubleView struct {
	Heading, Detail string
	Findings        []api.Finding
	Path            string
}

// trouble is the page of an error.
func (p *Page) trouble(v *visit, err error) *sheet {
	out := &sheet{template: "trouble", title: "It did not work", status: http.StatusInternalServerError}
	view := troubleView{Heading: "The server could not do this", Path: v.URL.Path,
		Detail: "Its log says more under the request " + p.Sender(v.Request).RequestID + "."}
	if e, isRefusal := errors.AsType[*api.Error](err); isRefusal {
		out.status, view.Detail, view.Findings = e.Status, e.Detail, e.Problems
		switch e.Status {
		case http.StatusNotFound, http.StatusGone:
			view.Heading = "There is nothing here"
			view.Detail = "It does not exist, or not for you."
		case http.StatusForbidden:
			view.Heading = "This is not for your role"
		case http.StatusConflict, http.StatusPreconditionFailed:
			view.Heading = "Something else came first"
		case http.StatusBadRequest, http.StatusUnprocessableEntity:
			view.Heading = "This cannot be done"
		case http.StatusServiceUnavailable, http.StatusTooManyRequests:
			view.Heading = "Not just now"
		}
	} else if errors.Is(err, store.ErrNotFound) {
		out.status, view.Heading, view.Detail = http.StatusNotFound, "There is nothing here", "It does not exist, or not for you."
	}
	if out.status >= http.StatusInternalServerError {
		p.Logger.ErrorContext(v.Context(), "a page failed", "request_id", p.Sender(v.Request).RequestID, "path", v.URL.Path, "error", err)
	}
	out.title, out.data = view.Heading, view
	return out
}

// nothing is the page of an address that there is not.
func (p *Page) nothing(context.Context, *visit) (*sheet, error) {
	return nil, refused(http.StatusNotFound, "Not found.")
}

// may tells whether who looks has at least that role.
func (v *visit) may(role auth.Role) bool { return v.who.Role() >= role }

// need refuses who has less than that role. The API would refuse as well; this says so
// before somebody reads a question that is not for them.
func (v *visit) need(role auth.Role) error {
	if v.may(role) {
		return nil
	}
	return refused(http.StatusForbidden, "It needs the role %s; you are %s.", role, v.who.Role())
}

// id is the number of the path.
func (v *visit) id() (int64, error) {
	n, ok := number(v.PathValue("id"))
	if !ok {
		return 0, refused(http.StatusNotFound, "Not found.")
	}
	return n, nil
}

// query is a copy of the query of the URL.
func (v *visit) query() url.Values { return v.URL.Query() }
