package page

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/recipe-galley/terraform-provider-galley/internal/server/auth"
)

// A session is a login, as those of the API are: a row of the table of tokens, which
// administrators see and can revoke. The browser keeps its token in a cookie that scripts
// cannot read.
const (
	sessionCookie = "galley_session"
	formCookie    = "galley_form" // of who is not signed in yet
	zoneCookie    = "galley_zone" // an IANA name; written by the script
	maxForm       = 1 << 20       // bytes
	maxSignIn     = 16 << 10      // bytes of a form that strangers can send too
	formTime      = time.Minute   // to send a form
)

// cookie is one of ours. Behind https its name says that nobody else can have set it.
func (p *Page) cookie(r *http.Request, name, value string, life time.Duration) *http.Cookie {
	c := &http.Cookie{Name: name, Value: value, Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode, MaxAge: int(life.Seconds())}
	if p.isSecure(r) {
		c.Name, c.Secure = "__Host-"+name, true
	}
	if value == "" {
		c.MaxAge = -1
	}
	return c
}

// isSecure tells whether the browser is at an https address: as the request says, or because
// it has come to the public URL, and what is in between does not tell.
func (p *Page) isSecure(r *http.Request) bool {
	sender := p.Sender(r)
	if sender.Scheme == "https" {
		return true
	}
	u, err := url.Parse(p.PublicURL)
	return err == nil && u.Scheme == "https" && u.Host != "" &&
		strings.EqualFold(strings.TrimSuffix(u.Host, ":443"), strings.TrimSuffix(sender.Host, ":443"))
}

func (p *Page) cookieValue(r *http.Request, name string) string {
	if p.isSecure(r) {
		name = "__Host-" + name
	}
	c, err := r.Cookie(name)
	if err != nil {
		return ""
	}
	return c.Value
}

// enter finds out who looks. Whoever is not signed in is asked to, and it is false.
func (p *Page) enter(w http.ResponseWriter, r *http.Request) (*visit, bool) {
	token := p.cookieValue(r, sessionCookie)
	if token == "" {
		p.toSignIn(w, r)
		return nil, false
	}
	who, err := p.identify(r.Context(), r, token)
	if e, isRefusal := errors.AsType[*auth.Error](err); isRefusal && e.Code == auth.Unauthenticated {
		p.toSignIn(w, r)
		return nil, false
	}
	v := &visit{Request: r, page: p, call: caller{p.API, token}, who: who, zone: zoneOf(r), now: p.Now()}
	if err != nil {
		p.render(w, v, p.trouble(v, err))
		return nil, false
	}
	p.NameUser(r, who.User.Username)
	return v, true
}

func (p *Page) identify(ctx context.Context, r *http.Request, token string) (auth.Identity, error) {
	asked := &http.Request{Header: http.Header{"Authorization": {"Bearer " + token}}}
	return p.Auth.Identify(ctx, p.Sender(r).Origin, asked)
}

// zoneOf is the time zone of who looks, as the browser has told.
func zoneOf(r *http.Request) *time.Location {
	c, err := r.Cookie(zoneCookie)
	if err != nil {
		return time.UTC
	}
	name, err := url.QueryUnescape(c.Value)
	if err != nil || name == "" || name == "Local" {
		return time.UTC
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		return time.UTC
	}
	return zone
}

// toSignIn asks who it is, and remembers where they were going.
func (p *Page) toSignIn(w http.ResponseWriter, r *http.Request) {
	target := Prefix + "sign-in"
	if to := r.URL.RequestURI(); r.Method == http.MethodGet && to != "/" {
		target += "?" + url.Values{"to": {to}}.Encode()
	}
	http.Redirect(w, r, target, http.StatusSeeOther)
}

// goodTarget is where a sign-in may lead: a page of ours.
func goodTarget(to string) string {
	u, err := url.Parse(to)
	if err != nil || u.IsAbs() || u.Host != "" || !strings.HasPrefix(to, Prefix) || strings.Contains(to, `\`) || strings.Contains(u.Path, "//") {
		return "/"
	}
	return to
}

// formToken is what a form of a session has to bring along.
func (p *Page) formToken(session string) string { return p.Auth.Keyed("form of the page", session) }

// checkForm reads a form of at most that many bytes and holds its token against the session's.
func (p *Page) checkForm(w http.ResponseWriter, r *http.Request, session string, most int64) error {
	control := http.NewResponseController(w)
	_ = control.SetReadDeadline(time.Now().Add(formTime)) // not every connection can
	if err := p.CheckOrigin(r); err != nil {
		return refused(http.StatusForbidden, "%s", err)
	}
	r.Body = http.MaxBytesReader(w, r.Body, most)
	if err := r.ParseForm(); err != nil {
		return refused(http.StatusBadRequest, "The form could not be read.")
	}
	if !same(r.PostForm.Get("form"), p.formToken(session)) {
		return refused(http.StatusForbidden, "The form is not from this session: open the page again and press the button there.")
	}
	// Only now: of a form that is refused the server may still have to read the rest.
	_ = control.SetReadDeadline(time.Time{})
	return nil
}

// signInView is what the page to sign in shows.
type signInView struct {
	To, Username, Problem string
	Issuers               []string // that people can sign in with
}

func (p *Page) signInForm(w http.ResponseWriter, r *http.Request) {
	p.showSignIn(w, r, http.StatusOK, signInView{To: goodTarget(r.URL.Query().Get("to"))})
}

// showSignIn writes the form with a token of its own, which a cookie has as well.
func (p *Page) showSignIn(w http.ResponseWriter, r *http.Request, status int, view signInView) {
	random := p.cookieValue(r, formCookie)
	if len(random) < 20 {
		random = rand.Text()
		http.SetCookie(w, p.cookie(r, formCookie, random, 24*time.Hour))
	}
	view.Issuers = p.Auth.PeopleIssuers()
	v := &visit{Request: r, page: p, call: caller{token: random}, zone: zoneOf(r), now: p.Now()}
	p.render(w, v, &sheet{template: "signin", title: "Sign in", data: view, status: status})
}

func (p *Page) signIn(w http.ResponseWriter, r *http.Request) {
	random := p.cookieValue(r, formCookie)
	err := p.checkForm(w, r, random, maxSignIn)
	view := signInView{To: goodTarget(r.PostForm.Get("to")), Username: r.PostForm.Get("username")}
	if random == "" || err != nil {
		view.Problem = "The form is too old, or the browser keeps no cookies. Try again."
		p.showSignIn(w, r, http.StatusForbidden, view)
		return
	}
	token, err := p.Auth.Login(r.Context(), p.Sender(r).Origin, view.Username, r.PostForm.Get("password"))
	if err != nil {
		status := http.StatusForbidden
		view.Problem, status = p.whyNoLogin(r, err)
		p.showSignIn(w, r, status, view)
		return
	}
	p.begin(w, r, token, auth.LoginLife, view.To)
}

// whyNoLogin is what a refused login tells.
func (p *Page) whyNoLogin(r *http.Request, err error) (text string, status int) {
	if errors.Is(err, auth.ErrBadCredentials) {
		return "Nobody has this name and password.", http.StatusForbidden
	}
	if e, isRefusal := errors.AsType[*auth.Error](err); isRefusal {
		switch e.Code {
		case auth.TooMany:
			return e.Message, http.StatusTooManyRequests
		case auth.Unavailable:
			return e.Message, http.StatusServiceUnavailable
		}
		return e.Message, http.StatusForbidden
	}
	p.Logger.ErrorContext(r.Context(), "sign-in failed", "request_id", p.Sender(r).RequestID, "error", err)
	return "The server could not do this. Its log says more under the request " + p.Sender(r).RequestID + ".", http.StatusInternalServerError
}

// begin starts a session.
func (p *Page) begin(w http.ResponseWriter, r *http.Request, token string, life time.Duration, to string) {
	http.SetCookie(w, p.cookie(r, sessionCookie, token, life))
	http.SetCookie(w, p.cookie(r, formCookie, "", 0))
	http.Redirect(w, r, to, http.StatusSeeOther)
}

// signOut ends a session, on the server too.
func (p *Page) signOut(w http.ResponseWriter, r *http.Request) {
	token := p.cookieValue(r, sessionCookie)
	if err := p.checkForm(w, r, token, maxSignIn); err != nil {
		v := &visit{Request: r, page: p, zone: zoneOf(r), now: p.Now()}
		p.render(w, v, p.trouble(v, err))
		return
	}
	if err := p.Auth.Revoke(r.Context(), token); err != nil {
		p.Logger.DebugContext(r.Context(), "signing out", "request_id", p.Sender(r).RequestID, "error", err)
	}
	http.SetCookie(w, p.cookie(r, sessionCookie, "", 0))
	http.Redirect(w, r, Prefix+"sign-in", http.StatusSeeOther)
}

// same compares two texts of which one is a secret.
func same(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }
