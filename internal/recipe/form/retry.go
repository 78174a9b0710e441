package form

import (
	"encoding/json"
	"strings"

	"github.com/recipe-galley/terraform-provider-galley/internal/document"
	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
)

// RetryShape describes the object form, which has the members of the JSON form.
func RetryShape() document.Shape {
	return document.ObjectOf(
		document.Member{Name: "tries", Shape: document.Simple(document.Integer), Required: true,
			Doc: "How often a job is tried, with the first try: 1 (never again) to 100."},
		document.Member{Name: "delay", Shape: document.Simple(document.Integer), Default: whole(0),
			Doc: "Seconds of the pause before the second try, at least: up to 86400, a day."},
		document.Member{Name: "backoff", Shape: document.Simple(document.Number), Default: whole(recipe.DefaultBackoff),
			Doc: "Every further pause is so many times as long as the one before, 1 to 10; none is longer than a day."},
		document.Member{Name: "errors", Shape: document.SetOf(document.Simple(document.Text)), Default: []any{},
			Doc: "Names of the errors that are tried again: those of the manifest, and of the service `" +
				strings.Join(recipe.OwnErrors(), "`, `") + "`. Default: all."},
	)
}

// ReadRetry reads the object form. It is complete if nothing is unknown or wrong.
func ReadRetry(v any) (r recipe.Retry, problems recipe.Problems, complete bool) {
	read, wrong := RetryShape().Read(v)
	problems = fromDocument(wrong, recipe.InvalidRetry)
	if len(wrong) > 0 || !document.Known(read) {
		return r, problems, false
	}
	raw, err := json.Marshal(read)
	if err != nil { // its values come out of JSON
		return r, recipe.Problems{{Code: recipe.InvalidRetry, Message: err.Error()}}, false
	}
	r, found := recipe.ParseRetry(raw)
	return r, found, len(found) == 0
}

// wholeRetry is the object form with every default.
func wholeRetry(r recipe.Retry) map[string]any {
	raw, _ := json.Marshal(r) // numbers and texts always encode
	value, _ := recipe.Decode(raw)
	members, _ := value.(map[string]any)
	return members
}

// OfRetry is the object form of r without what is as by default.
func OfRetry(r recipe.Retry) map[string]any {
	minimal, _ := RetryShape().Minimal(wholeRetry(r)).(map[string]any)
	return minimal
}
