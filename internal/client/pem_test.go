package client

import (
	"bytes"
	"encoding/base64"
	"encoding/pem"
	"strings"
	"testing"
)

func TestPEMSurvivesAnEnvironmentVariable(t *testing.T) {
	t.Parallel()
	block := pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: bytes.Repeat([]byte("key"), 40)})
	two := string(block) + string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: bytes.Repeat([]byte("certificate"), 40)}))
	for name, text := range map[string]string{
		"as it is":                  two,
		"with blanks":               strings.ReplaceAll(two, "\n", " "),
		"with CR LF":                strings.ReplaceAll(two, "\n", "\r\n"),
		"with backslashes":          strings.ReplaceAll(two, "\n", `\n`),
		"in base64":                 base64.StdEncoding.EncodeToString([]byte(two)),
		"in base64, in short lines": strings.Join(strings.SplitAfter(base64.StdEncoding.EncodeToString([]byte(two)), "A"), "\n"),
		"in one line of base64 of one with blanks": base64.StdEncoding.EncodeToString([]byte(strings.ReplaceAll(two, "\n", " "))),
	} {
		rest, n := pemText(text), 0
		for {
			var b *pem.Block
			if b, rest = pem.Decode(rest); b == nil {
				break
			}
			n++
			if want := map[string]string{"EC PRIVATE KEY": "key", "CERTIFICATE": "certificate"}[b.Type]; string(b.Bytes) != strings.Repeat(want, 40) {
				t.Errorf("%s: a %s of %q", name, b.Type, b.Bytes)
			}
		}
		if n != 2 {
			t.Errorf("%s: %d blocks, want 2:\n%s", name, n, pemText(text))
		}
	}
	if got := pemText("x"); string(got) != "x" {
		t.Errorf("what is no PEM becomes %q", got)
	}
}
