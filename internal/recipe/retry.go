package recipe

import (
	"encoding/json"
	"math"
	"slices"
	"time"
)

// Retry says that a job which has ended with a failure of its own is tried again. What the
// service has to answer for, such as a lost server, is tried again without it.
type Retry struct {
	Tries   int      // with the first one: 1 (never again) to 100
	Delay   int      // seconds before the second try: 0 to a day
	Backoff float64  // every further pause is so many times as long: 1 to 10
	Errors  []string // names of the errors that are tried again, sorted; empty: all
}

// maxPause is the longest pause between two tries.
const maxPause = 24 * time.Hour

const DefaultBackoff = 2

var retryDocument = jsonDocument{noun: "retry", def: "retry", code: InvalidRetry}

// ParseRetry reads the JSON form: {"tries": 3, "delay": 30, "backoff": 2, "errors": ["name"]}, of
// which only tries is required. CheckErrors is for its names.
func ParseRetry(raw []byte) (Retry, Problems) {
	value, ps := retryDocument.read(raw)
	var found findings
	found.include(0, ps)
	r := readRetry(value, nil, &found)
	return *r, found.problems()
}

// readRetry takes what fits out of value, whose structure the schema has checked.
func readRetry(value any, at Path, found *findings) *Retry {
	members, _ := value.(map[string]any)
	whole := func(name string) int {
		i, err := WholeNumber(members[name])
		if err != nil {
			found.add(stageSchema, at.At(name), InvalidRetry, "%s: %s", at.At(name), err)
		}
		return int(i)
	}
	r := &Retry{Tries: whole("tries"), Delay: whole("delay"), Backoff: DefaultBackoff}
	if n, ok := members["backoff"].(json.Number); ok {
		if f, err := n.Float64(); err == nil {
			r.Backoff = f
		}
	}
	names, _ := members["errors"].([]any)
	for _, v := range names {
		if name, ok := v.(string); ok {
			r.Errors = append(r.Errors, name)
		}
	}
	slices.Sort(r.Errors)
	r.Errors = slices.Compact(r.Errors)
	return r
}

// CheckErrors holds the names of errors against those of a job's manifest and of the service.
func (r Retry) CheckErrors(manifest []string) Problems {
	var found findings
	known := slices.Concat(manifest, OwnErrors())
	for _, name := range r.Errors {
		switch {
		case !IsOwnError(name):
			found.add(0, Path{"errors"}, InvalidRetry, "errors: '%s' is no failure of the job's own, so it is not up to retry", name)
		case !slices.Contains(known, name):
			found.add(0, Path{"errors"}, InvalidRetry, "errors: '%s' is no error of the manifest and none of the service%s; expected %s",
				Shorten(name), found.didYouMean(name, known), Quoted(known, "or"))
		}
	}
	return found.problems()
}

// Pause tells whether a job is tried again that has failed so many times, the last time with
// that error, and after how long. Nil never does.
func (r *Retry) Pause(failures int, name string) (time.Duration, bool) {
	if r == nil || failures >= r.Tries || !IsOwnError(name) || len(r.Errors) > 0 && !slices.Contains(r.Errors, name) {
		return 0, false
	}
	seconds := float64(r.Delay) * math.Pow(r.Backoff, float64(failures-1))
	if seconds >= maxPause.Seconds() {
		return maxPause, true
	}
	return time.Duration(seconds * float64(time.Second)), true
}

type retryJSON struct {
	Tries   int      `json:"tries"`
	Delay   int      `json:"delay"`
	Backoff float64  `json:"backoff"`
	Errors  []string `json:"errors"`
}

// MarshalJSON writes the JSON form with every default.
func (r Retry) MarshalJSON() ([]byte, error) {
	return json.Marshal(retryJSON{r.Tries, r.Delay, r.Backoff, append([]string{}, r.Errors...)})
}

// UnmarshalJSON is ParseRetry; its error is an *InvalidError.
func (r *Retry) UnmarshalJSON(raw []byte) error {
	if isNull(raw) {
		return nil
	}
	parsed, ps := ParseRetry(raw)
	*r = parsed
	return ps.Err()
}
