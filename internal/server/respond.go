package server

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/dkapi"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/usecase"
)

// An answer is what a handler returns instead of writing: status and a body that
// becomes JSON (nil: no body), or a function that writes everything itself.
type answer struct {
	status   int
	body     any
	location string // path of the new thing below /v6/, without host
	etag     string // of the thing
	taken    bool   // it is what an earlier create has made and lost
	replayed bool   // what was asked for had been done by an earlier request with the same key
	write    func(w http.ResponseWriter, r *http.Request) error
}

func ok(body any) *answer { return &answer{status: http.StatusOK, body: body} }

func created(body any, location string) *answer {
	return &answer{status: http.StatusCreated, body: body, location: location}
}

// createdOnce is created for what may have been made by an earlier request with the same key.
func createdOnce(body any, location string, key *usecase.IdempotencyKey) *answer {
	return created(body, location).repeated(key)
}

// tagged gives an answer the entity tag of the version that it shows or has made.
func (a *answer) tagged(lastModified store.Time) *answer {
	a.etag = etagOf(lastModified)
	return a
}

// repeated says of an answer whether an earlier request with its key has done what was asked for.
func (a *answer) repeated(key *usecase.IdempotencyKey) *answer {
	a.replayed, a.taken = replayed(key), key != nil && key.TakenOver
	return a
}

// text is an answer of bare text, without a newline at its end.
func text(status int, s string) *answer {
	return &answer{status: status, write: func(w http.ResponseWriter, _ *http.Request) error {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		w.WriteHeader(status)
		_, err := io.WriteString(w, s)
		return err
	}}
}

// respond writes a. Its error is one of writing: too late to tell the client.
func (s *Server) respond(w http.ResponseWriter, r *http.Request, a *answer) error {
	if a.location != "" {
		w.Header().Set("Location", absoluteURL(r, inVersion(r, a.location)))
	}
	if a.etag != "" {
		w.Header().Set("ETag", a.etag)
	}
	if a.replayed {
		w.Header().Set(replayedHeader, "true")
	}
	if a.taken {
		w.Header().Set(takenOverHeader, "true")
	}
	if a.write != nil {
		return a.write(w, r)
	}
	if a.body == nil {
		w.WriteHeader(a.status)
		return nil
	}
	return writeJSON(w, a.status, a.body)
}

// refuse writes err as the answer and logs what must not be shown.
func (s *Server) refuse(w http.ResponseWriter, r *http.Request, err error) {
	if r.Context().Err() != nil && errors.Is(err, r.Context().Err()) {
		s.log.DebugContext(r.Context(), "client went away", "error", err)
		return // nobody is listening
	}
	p := problemOf(err)
	if p.status >= http.StatusInternalServerError {
		s.log.ErrorContext(r.Context(), "request failed", "request_id", requestID(r.Context()),
			"method", r.Method, "path", r.URL.Path, "error", err)
	}
	h := w.Header()
	if p.retryAfter > 0 {
		h.Set("Retry-After", strconv.Itoa(int(max(p.retryAfter.Seconds(), 1))))
	}
	if p.allow != "" {
		h.Set("Allow", p.allow)
	}
	if p.challenge {
		h.Add("WWW-Authenticate", `Bearer realm="galleyd"`)
		h.Add("WWW-Authenticate", `Basic realm="galleyd", charset="UTF-8"`)
	}
	if err := writeJSON(w, p.status, p.bodyFor(r.URL.Path)); err != nil {
		s.log.DebugContext(r.Context(), "writing an error", "error", err)
	}
}

// bodyFor is the JSON of a problem in the dialect of the path.
func (p *problem) bodyFor(path string) any {
	if p.body != nil {
		return p.body
	}
	if isV2(path) {
		return dkapi.ErrorBody(p.detail, p.findings)
	}
	return api.ErrorBody{Detail: p.detail, Problems: p.findings}
}

func writeJSON(w http.ResponseWriter, status int, body any) error {
	var buf bytes.Buffer
	e := json.NewEncoder(&buf)
	e.SetEscapeHTML(false)
	if err := e.Encode(body); err != nil {
		w.WriteHeader(http.StatusInternalServerError)
		return fmt.Errorf("encoding answer: %w", err)
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", strconv.Itoa(buf.Len()))
	w.WriteHeader(status)
	_, err := w.Write(buf.Bytes())
	return err
}

// inVersion is a path below /v6/ in the version that the request was sent to.
func inVersion(r *http.Request, path string) string {
	rest, isV6 := strings.CutPrefix(path, "/v6/")
	if isV6 && strings.HasPrefix(r.URL.Path, "/v7/") {
		return "/v7/" + rest
	}
	return path
}

// absoluteURL puts before path what the request was sent to (contract 0.1).
func absoluteURL(r *http.Request, path string) string {
	info := infoOf(r.Context())
	return info.Scheme + "://" + info.Host + path
}
