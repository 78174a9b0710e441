package engine

import (
	"bytes"
	"cmp"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/url"
	"slices"
	"strings"
	"sync"
)

const (
	masked      = "*****"
	leastSecret = 4 // bytes: what is shorter would take half of every log with it
)

// maskedLog is a log without the values of secret settings. What may be the beginning of
// one waits for what follows, so that no value is seen that was written in parts.
type maskedLog struct {
	w io.Writer

	mu     sync.Mutex
	forms  [][]byte // the longest first
	starts [256]bool
	held   []byte
}

// newMaskedLog masks values, as they are, in base64, and as URLs and JSON have them.
func newMaskedLog(w io.Writer, values []string) *maskedLog {
	l := &maskedLog{w: w}
	for _, value := range values {
		for _, form := range formsOf(value) {
			l.forms = append(l.forms, []byte(form))
			l.starts[form[0]] = true
		}
	}
	slices.SortFunc(l.forms, func(a, b []byte) int { return cmp.Or(cmp.Compare(len(b), len(a)), bytes.Compare(a, b)) })
	return l
}

// formsOf are the ways in which a value may be written. Of a value of several lines each
// line counts, too.
func formsOf(value string) []string {
	var forms []string
	add := func(form string) {
		if len(form) >= leastSecret {
			forms = append(forms, form)
		}
	}
	lines := strings.FieldsFunc(value, func(r rune) bool { return r == '\n' || r == '\r' })
	for _, text := range append(lines, value) {
		if len(text) < leastSecret {
			continue
		}
		add(text)
		for _, escaped := range []string{url.QueryEscape(text), url.PathEscape(text)} {
			add(escaped)
			add(lowerEscapes(escaped))
		}
		if quoted, err := json.Marshal(text); err == nil {
			add(strings.Trim(string(quoted), `"`))
		}
		for _, encoding := range []*base64.Encoding{base64.StdEncoding, base64.URLEncoding} {
			add(encoding.EncodeToString([]byte(text)))
			add(encoding.WithPadding(base64.NoPadding).EncodeToString([]byte(text)))
			for before := range 3 { // bytes in front of it that share its first letters
				encoded := encoding.WithPadding(base64.NoPadding).EncodeToString(append(make([]byte, before), text...))
				if (before+len(text))%3 != 0 {
					encoded = encoded[:len(encoded)-1] // shared with what follows
				}
				add(encoded[(before*4+2)/3:])
			}
		}
	}
	return forms
}

// lowerEscapes writes %2F as %2f.
func lowerEscapes(s string) string {
	b := []byte(s)
	for i := 0; i+2 < len(b); i++ {
		if b[i] == '%' {
			copy(b[i+1:i+3], bytes.ToLower(b[i+1:i+3]))
		}
	}
	return string(b)
}

// Write implements io.Writer.
func (l *maskedLog) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(p), l.write(p, false)
}

// flush writes what has waited for more: nothing more comes.
func (l *maskedLog) flush() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.write(nil, true)
}

func (l *maskedLog) write(p []byte, last bool) error {
	text := append(l.held, p...)
	out := make([]byte, 0, len(text))
	for len(text) > 0 {
		form, wait := l.at(text, last)
		if wait {
			break
		}
		if form == 0 {
			out, text = append(out, text[0]), text[1:]
			continue
		}
		out, text = append(out, masked...), text[form:]
	}
	l.held = bytes.Clone(text)
	if len(out) == 0 {
		return nil
	}
	_, err := l.w.Write(out)
	return err
}

// at is the length of the form that text begins with, 0 for none, and whether that is not
// known before more of text is.
func (l *maskedLog) at(text []byte, last bool) (length int, wait bool) {
	if !l.starts[text[0]] {
		return 0, false
	}
	for _, form := range l.forms {
		if bytes.HasPrefix(text, form) {
			return len(form), false
		}
		if !last && len(text) < len(form) && bytes.HasPrefix(form, text) {
			return 0, true
		}
	}
	return 0, false
}

// secretValues are the values of a job's settings that are secret by its manifest or by
// whoever configured it.
func (e *Engine) secretValues(c claimed, settings map[string]string) ([]string, error) {
	names := slices.Clone(c.rev.Manifest.Configurable().SecretSettings)
	own, err := e.OpenConfiguration(c.job.Configuration)
	if err != nil {
		return nil, err
	}
	if own != nil {
		names = append(names, own.Secret...)
	}
	if c.own != nil {
		names = append(names, c.own.Secret...)
	}
	var values []string
	for _, name := range names {
		values = append(values, settings[name])
	}
	return values, nil
}
