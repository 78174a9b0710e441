package audit

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestChangesTellNoSecrets(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		`{"role": "viewer", "is_active": false, "n": 3, "null": null}`:         `{"is_active":false,"n":3,"null":null,"role":"viewer"}`,
		`{"password": "hunter2", "Token": "hunter2"}`:                          `{"Token":"(not shown)","password":"(not shown)"}`,
		`{"configuration": {"settings": {"KEY": "hunter2"}, "a": 1}}`:          `{"configuration":{"members":["a","settings"]}}`,
		`{"parameters": {"KEY": "hunter2"}}`:                                   `{"parameters":{"members":["KEY"]}}`,
		`{"job_ids": [1, 2], "nodes": [{"secret": "hunter2"}]}`:                `{"job_ids":[1,2],"nodes":[{"members":["secret"]}]}`,
		`{"base_url": "https://me:hunter2@example.com/a?key=hunter2#x"}`:       `{"base_url":"https://example.com/a?…"}`,
		`{"base_url": "https://me:hunter2@exam ple.com:port/"}`:                `{"base_url":"(not shown)"}`,
		`{"file": "KEY=hunter2", "filepath": "a.json", "contents": "hunter2"}`: `{"contents":"(not shown)","file":"(not shown)","filepath":"a.json"}`,
	} {
		var members map[string]any
		d := json.NewDecoder(strings.NewReader(in))
		d.UseNumber()
		if err := d.Decode(&members); err != nil {
			t.Fatal(err)
		}
		got, err := encode(Changes(members))
		if err != nil || string(got) != want || strings.Contains(string(got), "hunter2") {
			t.Errorf("%s: got %s, %v, want %s", in, got, err, want)
		}
	}
	long := Changes(map[string]any{"title": strings.Repeat("é", 1000), strings.Repeat("x", 1000): make([]any, 1000)})
	if raw, err := encode(long); err != nil || len(raw) > 1000 {
		t.Errorf("long texts and lists take %d bytes, %v, want them to be cut", len(raw), err)
	}
}
