package page

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/recipe-galley/terraform-provider-galley/internal/server/auth/trust"
)

// People who log in at an issuer of the trust file are away from here in between. What their
// login was begun with waits in a cookie, signed, for as long as that may take.
const (
	awayCookie = "galley_away"
	awayLife   = 10 * time.Minute
)

// away is what a browser keeps while a person is at the issuer.
type away struct {
	Issuer    string          `json:"issuer"`
	To        string          `json:"to"`
	Expires   int64           `json:"expires"` // seconds since 1970
	Challenge trust.Challenge `json:"challenge"`
}

// callback is where issuers send people back to.
func (p *Page) callback(r *http.Request) string {
	if p.PublicURL != "" {
		return strings.TrimSuffix(p.PublicURL, "/") + Prefix + "signed-in"
	}
	sender := p.Sender(r)
	return sender.Scheme + "://" + sender.Host + Prefix + "signed-in"
}

// signInAt sends a person to an issuer.
func (p *Page) signInAt(w http.ResponseWriter, r *http.Request) {
	random := p.cookieValue(r, formCookie)
	err := p.checkForm(w, r, random, maxSignIn)
	view := signInView{To: goodTarget(r.PostForm.Get("to"))}
	if random == "" || err != nil {
		view.Problem = "The form is too old, or the browser keeps no cookies. Try again."
		p.showSignIn(w, r, http.StatusForbidden, view)
		return
	}
	issuer := r.PostForm.Get("issuer")
	at, challenge, err := p.Auth.BeginPerson(r.Context(), issuer, p.callback(r))
	if err != nil {
		status := 0
		view.Problem, status = p.whyNoLogin(r, err)
		p.showSignIn(w, r, status, view)
		return
	}
	kept, err := p.seal(away{issuer, view.To, p.Now().Add(awayLife).Unix(), challenge})
	if err != nil {
		view.Problem, _ = p.whyNoLogin(r, err)
		p.showSignIn(w, r, http.StatusInternalServerError, view)
		return
	}
	http.SetCookie(w, p.cookie(r, awayCookie, kept, awayLife))
	// Forms may lead here only (form-action), so the way on is a page that a person follows by
	// itself or by its link.
	v := &visit{Request: r, page: p, call: caller{token: random}, zone: zoneOf(r), now: p.Now()}
	w.Header().Set("Refresh", "0; url="+at)
	p.render(w, v, &sheet{template: "away", title: "On to " + issuer, data: struct{ Issuer, At string }{issuer, at}})
}

// signedIn takes a person who comes back.
func (p *Page) signedIn(w http.ResponseWriter, r *http.Request) {
	kept, err := p.unseal(p.cookieValue(r, awayCookie))
	query := r.URL.Query()
	if err != nil {
		p.showSignIn(w, r, http.StatusForbidden, signInView{To: "/", Problem: "This login was not begun in this browser, or too long ago. Begin it again."})
		return
	}
	// Whoever made the browser come here without the state knows nothing of this login, and
	// does not end it either.
	if kept.Challenge.State == "" || !same(query.Get("state"), kept.Challenge.State) {
		p.showSignIn(w, r, http.StatusForbidden, signInView{To: kept.To, Problem: "The login did not work: the answer is not to the question of this browser."})
		return
	}
	http.SetCookie(w, p.cookie(r, awayCookie, "", 0))
	if query.Has("iss") && query.Get("iss") != p.Auth.PeopleIssuerURL(kept.Issuer) { // RFC 9207
		p.showSignIn(w, r, http.StatusForbidden, signInView{To: kept.To, Problem: "The login did not work: the answer is of another issuer than " + kept.Issuer + "."})
		return
	}
	if query.Get("error") != "" || query.Get("code") == "" {
		p.showSignIn(w, r, http.StatusForbidden, signInView{To: kept.To, Problem: kept.Issuer + " has not logged you in: " +
			short(query.Get("error")+" "+query.Get("error_description"), 200)})
		return
	}
	login, err := p.Auth.EndPerson(r.Context(), p.Sender(r).Origin, kept.Issuer, p.callback(r), query.Get("code"), query.Get("state"), kept.Challenge)
	if err != nil {
		text, status := p.whyNoLogin(r, err)
		p.showSignIn(w, r, status, signInView{To: kept.To, Problem: text})
		return
	}
	p.begin(w, r, login.Token, login.Expires.Sub(p.Now()), kept.To)
}

// seal signs what the browser keeps.
func (p *Page) seal(a away) (string, error) {
	raw, err := json.Marshal(a)
	if err != nil {
		return "", err
	}
	text := base64.RawURLEncoding.EncodeToString(raw)
	return text + "." + p.Auth.Keyed("login of a person", text), nil
}

var errNotOurs = errors.New("not ours, or too old")

func (p *Page) unseal(value string) (away, error) {
	var a away
	text, mac, _ := strings.Cut(value, ".")
	if !same(mac, p.Auth.Keyed("login of a person", text)) {
		return a, errNotOurs
	}
	raw, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		return a, errNotOurs
	}
	if err := json.Unmarshal(raw, &a); err != nil || p.Now().Unix() > a.Expires {
		return a, errNotOurs
	}
	a.To = goodTarget(a.To)
	return a, nil
}
