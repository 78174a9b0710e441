package client

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
)

const (
	requestIDHeader = "X-Request-Id"
	maxErrorSize    = 1 << 20 // bytes of an error's body that are read
	maxTextSize     = 500     // bytes of an error's body that is no JSON that are shown
)

// readError is the only place where an answer becomes an error. It does not close
// the body.
func readError(resp *http.Response) error {
	e := &api.Error{
		Status:     resp.StatusCode,
		Method:     resp.Request.Method,
		Path:       resp.Request.URL.Path,
		RequestID:  resp.Header.Get(requestIDHeader),
		RetryAfter: retryAfter(resp.Header, time.Now()),
	}
	if resp.StatusCode/100 == 3 {
		e.Detail = redirectDetail(resp)
		return e
	}
	raw, err := io.ReadAll(io.LimitReader(resp.Body, maxErrorSize))
	if err != nil {
		e.Detail = fmt.Sprintf("The answer could not be read to its end: %s.", err)
		return e
	}
	e.Foreign = !json.Valid(raw)
	e.Detail, e.Problems = parseError(raw)
	return e
}

// redirectDetail says where a redirect that is not followed goes, and why not.
func redirectDetail(resp *http.Response) string {
	location := resp.Header.Get("Location")
	why := "which is not followed"
	if to, err := resp.Request.URL.Parse(location); err == nil && to.Scheme == "http" && resp.Request.URL.Scheme == "https" {
		why = "which is not followed, as credentials would be sent without encryption"
	}
	return fmt.Sprintf("The server redirects to %q, %s. Set the endpoint to the right scheme and host.", location, why)
}

// unreadable is the error of an answer that says that all is well, in other words than those of the API.
func unreadable(resp *http.Response, raw []byte, err error) error {
	e := &api.Error{
		Status: resp.StatusCode, Method: resp.Request.Method, Path: resp.Request.URL.Path,
		RequestID: resp.Header.Get(requestIDHeader), Foreign: true,
	}
	text := strings.TrimSpace(string(raw))
	if e.Detail = webPage(text); e.Detail == "" {
		e.Detail = fmt.Sprintf("The answer cannot be read (%s): %s. Check that the endpoint is that of the backend. It begins with: %s",
			resp.Header.Get("Content-Type"), err, cut(text))
	}
	return e
}

var pageTitle = regexp.MustCompile(`(?is)<title[^>]*>\s*(.*?)\s*</title>`)

// webPage says what a page tells that came instead of an answer; "" if text is none.
func webPage(text string) string {
	if !strings.HasPrefix(text, "<") {
		return ""
	}
	title := ""
	if m := pageTitle.FindStringSubmatch(text); m != nil {
		title = fmt.Sprintf(" (%q)", cut(strings.Join(strings.Fields(m[1]), " ")))
	}
	return "The answer is a web page" + title + ", so it does not come from the backend, but from a proxy, a login page or another " +
		"server. Check the endpoint, and what stands between here and the backend."
}

// parseError understands the forms of contract 0.2: an object with detail, a bare
// JSON string, an object of lists by field, and text; and that of v2.
func parseError(raw []byte) (string, []api.Finding) {
	var body api.ErrorBody
	if err := json.Unmarshal(raw, &body); err == nil && body.Detail != "" {
		return body.Detail, body.Problems
	}
	if detail, ok := messageError(raw); ok {
		return detail, nil
	}
	var text string
	if err := json.Unmarshal(raw, &text); err == nil {
		return text, nil
	}
	var fields map[string]any
	if err := json.Unmarshal(raw, &fields); err == nil {
		return fieldErrors(fields), nil
	}
	text = strings.TrimSpace(string(raw))
	if page := webPage(text); page != "" {
		return page, nil
	}
	return cut(text), nil
}

// messageError reads the form of v2 (contract datakitchen-v2, 1.2): {"message": {"error":
// …}}, where the error is a text or {"message": …, "detail": a text or issues}.
func messageError(raw []byte) (detail string, ok bool) {
	type issue struct {
		File        string `json:"file"`
		Description string `json:"description"`
	}
	var body struct {
		Message *struct {
			Error  json.RawMessage `json:"error"`
			Issues []issue         `json:"issues"`
		} `json:"message"`
	}
	if err := json.Unmarshal(raw, &body); err != nil || body.Message == nil {
		return "", false
	}
	var parts []string
	var long struct {
		Message string          `json:"message"`
		Detail  json.RawMessage `json:"detail"`
	}
	issues := body.Message.Issues
	if text := ""; json.Unmarshal(body.Message.Error, &text) == nil {
		parts = append(parts, text)
	} else if json.Unmarshal(body.Message.Error, &long) == nil {
		parts = append(parts, long.Message)
		var more []issue
		if json.Unmarshal(long.Detail, &text) == nil {
			parts = append(parts, text)
		} else if json.Unmarshal(long.Detail, &more) == nil {
			issues = append(issues, more...)
		}
	}
	for _, i := range issues {
		if i.File != "" {
			i.Description = i.File + ": " + i.Description
		}
		parts = append(parts, i.Description)
	}
	parts = slices.DeleteFunc(parts, func(s string) bool { return strings.TrimSpace(s) == "" })
	return cut(strings.Join(parts, "\n")), len(parts) > 0
}

// fieldErrors joins {"non_field_errors": ["…"], "username": ["…"]}.
func fieldErrors(fields map[string]any) string {
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		values, ok := fields[name].([]any)
		if !ok {
			values = []any{fields[name]}
		}
		for _, v := range values {
			s := fmt.Sprint(v)
			if name != "non_field_errors" {
				s = name + ": " + s
			}
			parts = append(parts, s)
		}
	}
	return cut(strings.Join(parts, " "))
}

func cut(s string) string {
	if len(s) <= maxTextSize {
		return s
	}
	end := maxTextSize
	for !utf8.RuneStart(s[end]) {
		end--
	}
	return s[:end] + "…"
}
