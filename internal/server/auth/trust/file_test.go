package trust

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// People choose an issuer by its label, so no two have the same.
func TestLabelsOfIssuers(t *testing.T) {
	t.Parallel()
	const issuer = `{"issuer": "https://id.example/%s", "audience": "galley", "session": "1h", "rules": [{"claims": {"sub": "x"}, "user": "x"}]%s}`
	for what, c := range map[string]struct {
		first, second string
		want          string
	}{
		"one host":              {`, "client_id": "a"`, `, "client_id": "b"`, `give each a "name"`},
		"one host, named":       {`, "client_id": "a"`, `, "client_id": "b", "name": "B"`, ""},
		"one host, for people":  {`, "client_id": "a"`, "", ""},
		"one host, for nobody":  {"", "", ""},
		"a name that is a host": {`, "client_id": "a"`, `, "client_id": "b", "name": "id.example"`, `give each a "name"`},
	} {
		path := filepath.Join(t.TempDir(), "trust.json")
		if err := os.WriteFile(path, []byte("["+fmt.Sprintf(issuer, "a", c.first)+","+fmt.Sprintf(issuer, "b", c.second)+"]"), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := Load(path, time.Now, func(string) error { return nil })
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: got %v, want %q", what, err, c.want)
		}
	}
}
