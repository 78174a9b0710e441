package server

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"os"
	"time"
	"unicode/utf8"

	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
	"golang.org/x/sync/semaphore"
	"golang.org/x/time/rate"
)

// Bounds of a request's body.
const (
	maxBody       = 10 << 20 // bytes of a JSON or form body
	maxLogin      = 16 << 10 // bytes of a login's body, which anybody may send
	maxDepth      = 100      // arrays and objects inside each other
	maxMemory     = 1 << 20  // bytes of the files of a form that are not put on the disk
	maxFormFields = 10_000   // fields of a form
	maxBodyValues = 200_000  // values in a body, which take much more memory than their text
)

// bodyKind says what an endpoint takes.
type bodyKind int

const (
	anyBody   bodyKind = iota // JSON, form or multipart, each a set of parameters (contract 0.1)
	jsonBody                  // JSON only
	rawBody                   // the handler reads it itself
	looseBody                 // JSON whatever its label (contract datakitchen-v2, 1)
	loginBody                 // a form whatever its label, unless it is JSON (contract datakitchen-v2, 1.1)
)

// readLogin reads the body of a login: only the name and the password, if they are text.
func readLogin(w http.ResponseWriter, r *http.Request, kind bodyKind) (map[string]any, error) {
	r.Body = http.MaxBytesReader(w, r.Body, maxLogin)
	body, err := readBody(r, kind)
	if err != nil {
		return nil, err
	}
	out := map[string]any{}
	for _, name := range []string{"username", "password"} {
		if text, isText := body[name].(string); isText {
			out[name] = text
		}
	}
	return out, nil
}

// readBody reads a request's body into parameters. No body is an empty set.
func readBody(r *http.Request, kind bodyKind) (map[string]any, error) {
	if kind == looseBody || kind == loginBody {
		return readLoosely(r, kind)
	}
	mediaType := "application/json" // some clients don't say
	if given := r.Header.Get("Content-Type"); given != "" {
		t, _, err := mime.ParseMediaType(given)
		if err != nil && !errors.Is(err, mime.ErrInvalidMediaParameter) {
			return nil, errUnsupportedMedia(given)
		}
		mediaType = t
	}
	switch {
	case mediaType == "application/json":
		return readJSON(r)
	case kind == jsonBody && r.ContentLength == 0:
		return nil, nil
	case kind == jsonBody:
		return nil, errUnsupportedMedia(r.Header.Get("Content-Type"))
	case mediaType == "application/x-www-form-urlencoded":
		return readForm(r)
	case mediaType == "multipart/form-data":
		return readMultipart(r)
	case r.ContentLength == 0:
		return nil, nil
	}
	return nil, errUnsupportedMedia(r.Header.Get("Content-Type"))
}

// readLoosely believes the body rather than its label: what begins as a JSON object is
// one. The rest is a form if it is labelled so or belongs to a login, and has to be JSON otherwise.
func readLoosely(r *http.Request, kind bodyKind) (map[string]any, error) {
	mediaType, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if mediaType == "multipart/form-data" {
		return readMultipart(r)
	}
	raw, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, bodyError(err)
	}
	raw = recipe.WithoutBOM(raw)
	switch text := bytes.TrimSpace(raw); {
	case string(text) == "null":
		return nil, nil
	case bytes.HasPrefix(text, []byte("{")):
	case kind == loginBody, mediaType == "application/x-www-form-urlencoded":
		return parseForm(raw)
	}
	return jsonParams(raw)
}

func errUnsupportedMedia(given string) *problem {
	return problemf(http.StatusUnsupportedMediaType, "Unsupported media type %q in request.", given)
}

// bodyError is why a body could not be read.
func bodyError(err error) error {
	if tooLarge, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return problemf(http.StatusRequestEntityTooLarge, "The body is larger than %d bytes, which is the most that is read.",
			tooLarge.Limit)
	}
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return problemf(http.StatusRequestTimeout, "The body did not arrive in time.")
	}
	return badRequest("The body could not be read: %s", err)
}

func readJSON(r *http.Request) (map[string]any, error) {
	raw, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, bodyError(err)
	}
	return jsonParams(raw)
}

func jsonParams(raw []byte) (map[string]any, error) {
	raw = recipe.WithoutBOM(raw)
	if len(bytes.TrimSpace(raw)) == 0 {
		return nil, nil
	}
	value, err := decodeJSON(raw)
	if err != nil {
		return nil, badRequest("JSON parse error - %s", err)
	}
	members, isObject := value.(map[string]any)
	if !isObject {
		return nil, badRequest("The body must be a JSON object, found %s", kindOf(value))
	}
	return members, nil
}

// decodeJSON reads exactly one JSON value, numbers as json.Number.
func decodeJSON(raw []byte) (any, error) {
	if !utf8.Valid(raw) {
		return nil, errors.New("the text is not UTF-8")
	}
	if depth := jsonDepth(raw); depth > maxDepth {
		return nil, fmt.Errorf("arrays and objects are %d levels inside each other, at most %d are allowed", depth, maxDepth)
	}
	if n := countValues(raw); n > maxBodyValues {
		return nil, fmt.Errorf("it has about %d values, at most %d are read", n, maxBodyValues)
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var value any
	if err := d.Decode(&value); err != nil {
		if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
			return nil, fmt.Errorf("%s: %w", position(raw, syntax.Offset), err)
		}
		if errors.Is(err, io.ErrUnexpectedEOF) {
			return nil, fmt.Errorf("%s: it ends too early, a bracket or a quote is not closed", position(raw, int64(len(raw))))
		}
		return nil, err
	}
	end := d.InputOffset()
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%s: something follows after the end", position(raw, end+1))
	}
	if err := recipe.CheckDuplicates(raw, value); err != nil {
		return nil, fmt.Errorf("the body %w", err)
	}
	return value, recipe.CheckText(value)
}

// position says where the last of offset bytes of raw is.
func position(raw []byte, offset int64) string {
	before := raw[:min(max(offset-1, 0), int64(len(raw)))]
	line := 1 + bytes.Count(before, []byte("\n"))
	return fmt.Sprintf("line %d column %d", line, len(before)-bytes.LastIndexByte(before, '\n'))
}

// jsonDepth is how deep the brackets of raw go, without decoding it.
func jsonDepth(raw []byte) int {
	depth, open, inString := 0, 0, false
	for i := 0; i < len(raw); i++ {
		switch c := raw[i]; {
		case inString && c == '\\':
			i++
		case c == '"':
			inString = !inString
		case inString:
		case c == '[' || c == '{':
			open++
			depth = max(depth, open)
		case c == ']' || c == '}':
			open--
		}
	}
	return depth
}

// countValues is about how many values raw has, without decoding it: each begins the text,
// an array or an object, or follows a comma or a colon.
func countValues(raw []byte) int {
	n, inString := 1, false
	for i := 0; i < len(raw); i++ {
		switch c := raw[i]; {
		case inString && c == '\\':
			i++
		case c == '"':
			inString = !inString
		case inString:
		case c == ',' || c == ':' || c == '[' || c == '{':
			n++
		}
	}
	return n
}

func kindOf(value any) string {
	switch value.(type) {
	case nil:
		return "null"
	case []any:
		return "an array"
	case string:
		return "a string"
	case bool:
		return "a boolean"
	case json.Number:
		return "a number"
	}
	return "an object"
}

func readForm(r *http.Request) (map[string]any, error) {
	raw, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, bodyError(err)
	}
	return parseForm(raw)
}

func parseForm(raw []byte) (map[string]any, error) {
	if n := 1 + bytes.Count(raw, []byte("&")); n > maxFormFields {
		return nil, badRequest("The form has %d fields, at most %d are read", n, maxFormFields)
	}
	values, err := url.ParseQuery(string(raw))
	if err != nil {
		return nil, badRequest("The form could not be read: %s", err)
	}
	return formParams(values)
}

func readMultipart(r *http.Request) (map[string]any, error) {
	if err := r.ParseMultipartForm(maxMemory); err != nil {
		return nil, bodyError(err)
	}
	defer func() { _ = r.MultipartForm.RemoveAll() }()
	return formParams(r.MultipartForm.Value)
}

// formParams are the fields of a form; a repeated one is a list.
func formParams(values url.Values) (map[string]any, error) {
	if err := checkValues(values); err != nil {
		return nil, err
	}
	out := make(map[string]any, len(values))
	for name, list := range values {
		if len(list) == 1 {
			out[name] = list[0]
			continue
		}
		items := make([]any, len(list))
		for i, v := range list {
			items[i] = v
		}
		out[name] = items
	}
	return out, nil
}

// Bounds of all bodies together.
const (
	smallBody       = 64 << 10 // bytes; such bodies do not wait for each other
	bodiesAtOnce    = 16 << 20 // bytes of larger bodies that are worked at a time
	bodyPatience    = 20 * time.Second
	loginsPerSecond = 20
	loginBurst      = 100
)

// bodyLimits bounds the memory that bodies take together: the values of one take many times
// the memory of its text, so large ones wait for each other, by their size.
type bodyLimits struct {
	large  *semaphore.Weighted
	logins *rate.Limiter // before anything of a login is read
}

func newBodyLimits() *bodyLimits {
	return &bodyLimits{large: semaphore.NewWeighted(bodiesAtOnce), logins: rate.NewLimiter(loginsPerSecond, loginBurst)}
}

// admit waits for its turn to read the body of r. Done has to be called when nothing of
// the body is needed any more.
func (l *bodyLimits) admit(r *request, login bool) (done func(), err error) {
	if login {
		if !l.logins.Allow() {
			p := problemf(http.StatusTooManyRequests, "Too many logins at once. Try again in a moment.")
			p.retryAfter = time.Second
			return nil, p
		}
		return func() {}, nil
	}
	size := r.ContentLength
	if size >= 0 && size <= smallBody {
		return func() {}, nil
	}
	if size < 0 || size > maxBody {
		size = maxBody // it says nothing, or is going to be refused
	}
	ctx, cancel := context.WithTimeout(r.Context(), bodyPatience)
	defer cancel()
	if err := l.large.Acquire(ctx, size); err != nil {
		p := problemf(http.StatusServiceUnavailable, "The server reads other large bodies. Try again in a moment.")
		p.retryAfter = time.Second
		return nil, p
	}
	return func() { l.large.Release(size) }, nil
}
