package recipe

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
)

func TestRetryPause(t *testing.T) {
	t.Parallel()
	const never = -1
	for name, c := range map[string]struct {
		retry string // "": none
		error string
		want  []time.Duration // after the first failure, the second, and so on
	}{
		"none":                     {"", ErrorUnknown, []time.Duration{never}},
		"a single try":             {`{"tries": 1}`, ErrorUnknown, []time.Duration{never}},
		"at once":                  {`{"tries": 3}`, ErrorUnknown, []time.Duration{0, 0, never, never}},
		"pauses that grow":         {`{"tries": 4, "delay": 10}`, ErrorUnknown, []time.Duration{10 * time.Second, 20 * time.Second, 40 * time.Second, never}},
		"pauses that stay":         {`{"tries": 3, "delay": 10, "backoff": 1}`, ErrorUnknown, []time.Duration{10 * time.Second, 10 * time.Second, never}},
		"a fraction":               {`{"tries": 4, "delay": 1, "backoff": 1.5}`, ErrorUnknown, []time.Duration{time.Second, 1500 * time.Millisecond, 2250 * time.Millisecond}},
		"at most a day":            {`{"tries": 100, "delay": 86400, "backoff": 10}`, ErrorUnknown, []time.Duration{24 * time.Hour, 24 * time.Hour}},
		"an error that is named":   {`{"tries": 2, "errors": ["b", "a"]}`, "a", []time.Duration{0, never}},
		"an error that is not":     {`{"tries": 2, "errors": ["b", "a"]}`, "c", []time.Duration{never}},
		"what is not the job's":    {`{"tries": 2}`, ErrorInvalidInput, []time.Duration{never}},
		"its configuration":        {`{"tries": 2}`, ErrorInvalidConfiguration, []time.Duration{never}},
		"an error of a manifest's": {`{"tries": 2}`, "no-network", []time.Duration{0, never}},
	} {
		var r *Retry
		if c.retry != "" {
			parsed, ps := ParseRetry([]byte(c.retry))
			if len(ps) > 0 {
				t.Fatal(ps)
			}
			r = &parsed
		}
		for i, want := range c.want {
			pause, again := r.Pause(i+1, c.error)
			if !again {
				pause = never
			}
			if pause != want {
				t.Errorf("%s: after failure %d: got %s, want %s", name, i+1, pause, want)
			}
		}
	}
	many, _ := ParseRetry([]byte(`{"tries": 100, "delay": 86400, "backoff": 10}`))
	if pause, again := many.Pause(99, ErrorUnknown); !again || pause != 24*time.Hour {
		t.Errorf("the last pause of the longest: got %s, %t", pause, again)
	}
}

func TestRetryForms(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ give, want, problem string }{
		"defaults":            {`{"tries": 2}`, `{"tries":2,"delay":0,"backoff":2,"errors":[]}`, ""},
		"everything":          {`{"tries": 100, "delay": 86400, "backoff": 1.5, "errors": ["b", "a", "b"]}`, `{"tries":100,"delay":86400,"backoff":1.5,"errors":["a","b"]}`, ""},
		"no tries":            {`{"delay": 3}`, "", "retry: 'tries' is missing; it is required"},
		"none":                {`{"tries": 0}`, "", "tries: found the number 0, expected at least 1"},
		"too many":            {`{"tries": 101}`, "", "tries: found the number 101, expected at most 100"},
		"a fraction of a try": {`{"tries": 2.5}`, "", "tries: found the number 2.5, expected an integer"},
		"an exponent":         {`{"tries": 1e1}`, "", "tries: found 1e1, expected an integer without fraction or exponent"},
		"before":              {`{"tries": 2, "delay": -1}`, "", "delay: found the number -1, expected at least 0"},
		"after the day":       {`{"tries": 2, "delay": 86401}`, "", "delay: found the number 86401, expected at most 86400"},
		"shrinking":           {`{"tries": 2, "backoff": 0.5}`, "", "backoff: found the number 0.5, expected at least 1"},
		"exploding":           {`{"tries": 2, "backoff": 1e400}`, "", "backoff: found the number 1e400, expected at most 10"},
		"a misspelt name":     {`{"tries": 2, "delays": 3}`, "", "retry: 'delays' is not known here; did you mean 'delay'?; expected only 'backoff', 'delay', 'errors' and 'tries'"},
		"errors of no list":   {`{"tries": 2, "errors": "a"}`, "", "errors: found the string \"a\", expected an array"},
	} {
		r, ps := ParseRetry([]byte(c.give))
		if text := messages(ps); text != c.problem {
			t.Errorf("%s: problems %q, want %q", name, text, c.problem)
		}
		if c.want == "" {
			continue
		}
		raw, err := json.Marshal(r)
		if err != nil || string(raw) != c.want {
			t.Errorf("%s: written %s, %v, want %s", name, raw, err, c.want)
		}
	}
}

func TestRetryNamesErrorsThatThereAre(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"no-network": "", ErrorTimeout: "", ErrorOutOfMemory: "",
		"no-netwrk":       "errors: 'no-netwrk' is no error of the manifest and none of the service; did you mean 'no-network'?; expected 'no-network', 'timeout', ",
		ErrorNodeLost:     "errors: 'node-lost' is no failure of the job's own, so it is not up to retry",
		ErrorInvalidInput: "errors: 'invalid-input' is no failure of the job's own, so it is not up to retry",
	} {
		got := messages(Retry{Tries: 2, Errors: []string{name}}.CheckErrors([]string{"no-network"}))
		if want == "" && got != "" || len(got) < len(want) || got[:len(want)] != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
}

func messages(problems Problems) string {
	var lines []string
	for _, p := range problems {
		lines = append(lines, p.Message)
	}
	return strings.Join(lines, "\n")
}

func TestTimeoutOfANode(t *testing.T) {
	t.Parallel()
	for node, want := range map[int]int{0: 60, 30: 30, 90: 60} {
		if got := (Node{Timeout: node}).TimeoutOf(60); got != want {
			t.Errorf("%d of 60: got %d, want %d", node, got, want)
		}
	}
}
