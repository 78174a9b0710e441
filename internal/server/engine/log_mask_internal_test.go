package engine

import (
	"bytes"
	"encoding/base64"
	"net/url"
	"strings"
	"testing"
)

func TestMaskedLog(t *testing.T) {
	t.Parallel()
	const secret = "p/ss w+rd?é"
	text := base64.StdEncoding.EncodeToString
	for name, printed := range map[string]string{
		"as it is": secret, "twice": secret + secret, "query": url.QueryEscape(secret), "path": url.PathEscape(secret),
		"lower": strings.ToLower(url.QueryEscape(secret)), "base64": text([]byte(secret)), "base64url": base64.RawURLEncoding.EncodeToString([]byte(secret)),
		"basic": text([]byte("ann:" + secret)), "basic2": text([]byte("annie:" + secret + "x")), "basic3": text([]byte("anton:" + secret)),
	} {
		for _, size := range []int{1, 3, 1000} {
			var out bytes.Buffer
			l := newMaskedLog(&out, []string{secret, "x", ""})
			for rest := []byte("before " + printed + " after p/ss"); len(rest) > 0; {
				n := min(size, len(rest))
				if _, err := l.Write(rest[:n]); err != nil {
					t.Fatal(err)
				}
				rest = rest[n:]
			}
			if err := l.flush(); err != nil {
				t.Fatal(err)
			}
			got := out.String()
			if !strings.HasPrefix(got, "before ") || !strings.HasSuffix(got, " after p/ss") || !strings.Contains(got, masked) {
				t.Errorf("%s in writes of %d: %q", name, size, got)
			}
			between := strings.TrimSuffix(strings.TrimPrefix(got, "before "), " after p/ss")
			if strings.Contains(between, "ss w") || strings.Contains(between, printed) || name != "basic" && name != "basic2" && name != "basic3" && strings.Trim(between, "*") != "" {
				t.Errorf("%s in writes of %d leaves %q", name, size, between)
			}
		}
	}
	var out bytes.Buffer
	l := newMaskedLog(&out, []string{"-----BEGIN\nabcdefgh\n-----END"})
	if _, err := l.Write([]byte("abcdefgh\n")); err != nil || out.String() != "*****\n" {
		t.Errorf("a line of a secret: %q, %v", out.String(), err)
	}
}
