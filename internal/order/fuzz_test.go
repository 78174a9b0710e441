package order

import (
	"encoding/json"
	"testing"
)

// FuzzFiles reads texts as each of the files, and does with what is right what a run does.
func FuzzFiles(f *testing.F) {
	f.Add([]byte(realVariations))
	f.Add([]byte(`{"variable-list":{"a":"{{b}} {{c.d}}","b":[1,"{{c}}"],"c":{"d":null}}}`))
	f.Add([]byte(`{"variable-list":{"a":"{{a}}","b":"{{","c":"}}{{x}}"}}`))
	f.Add([]byte(`{"recipe-type":"x","recipe-type-revision":2}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		ParseDescription(raw) //nolint:errcheck // it must not panic
		vs, ps := ParseVariables(raw)
		if len(ps) == 0 {
			effective, ps := Effective(vs, System("k", "r", "v", "o", "n"))
			if _, err := json.Marshal(effective); err != nil {
				t.Fatal(err)
			}
			if extent(map[string]any(effective)).size > 3*maxValues && len(ps) == 0 {
				t.Fatal("too much, and no problem")
			}
			Shown([]string{"a"}, vs)
		}
		variations, ps := ParseVariations(raw)
		if len(ps) > 0 {
			return
		}
		for name, v := range variations.List {
			if _, ps := variations.Schedule(name).Parse(); len(ps) > 0 {
				t.Fatalf("schedule of %q: %v", name, ps.Err())
			}
			if _, ps := Bind(v, variations.Variables(name), Target{}); len(ps) > 0 {
				t.Fatalf("nothing is asked for, yet %v", ps.Err())
			}
		}
	})
}

func FuzzDestination(f *testing.F) {
	f.Add("cook@example.com")
	f.Add("https://example.com/x")
	f.Fuzz(func(t *testing.T, text string) {
		if CheckDestination(text) != nil {
			return
		}
		for _, r := range text {
			if r == '\r' || r == '\n' || r == ' ' {
				t.Fatalf("%q is accepted", text)
			}
		}
	})
}

// FuzzReferences resolves a text with braces: what is found about it does not depend on whether
// it is looked at alone or with all that counts, and nothing is left that seems to be a reference.
func FuzzReferences(f *testing.F) {
	for _, text := range []string{"{{a}}", "x{{b.c}}y", "{{", "}}", "{{ a }}", "{{a}}{{a}}", "{{{a}}}", "{{a.b.c}}", "{{x}}", "{{text}}"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		vs := Variables{"text": text, "a": "1", "b": map[string]any{"c": "2"}}
		effective, ps := Effective(vs)
		if alone := CheckReferences(vs); len(alone) > len(ps) {
			t.Fatalf("%q: alone it has %v, with others %v", text, alone.Err(), ps.Err())
		}
		if len(ps) > 0 {
			return
		}
		if _, err := json.Marshal(effective); err != nil {
			t.Fatal(err)
		}
		if effective["a"] != "1" {
			t.Fatalf("%q changes another variable: %v", text, effective)
		}
	})
}
