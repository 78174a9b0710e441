package dkapi

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/refusal"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
)

// A Refusal is an answer that is not a success.
type Refusal struct {
	Status   int
	Text     string
	Problems recipe.Problems
}

// Error gives status and text.
func (r *Refusal) Error() string { return strconv.Itoa(r.Status) + " " + r.Text }

func refusef(status int, format string, args ...any) *Refusal {
	return &Refusal{Status: status, Text: fmt.Sprintf(format, args...)}
}

// notExist says that something is not there, in the words that clients look for
// (contract 1.5, order/details).
func notExist(format string, args ...any) *Refusal {
	return refusef(http.StatusNotFound, "%s does not exist.", fmt.Sprintf(format, args...))
}

// status is how the v2 dialect spells the codes of refusals; 0: as a fault of ours.
func status(code refusal.Code) int {
	switch code {
	case refusal.Invalid, refusal.Inactive, refusal.InvalidInput:
		return http.StatusBadRequest
	case refusal.Forbidden:
		return http.StatusForbidden
	case refusal.NotFound:
		return http.StatusNotFound
	case refusal.Conflict:
		return http.StatusConflict
	case refusal.TooLarge:
		return http.StatusRequestEntityTooLarge
	case refusal.Precondition:
		return http.StatusPreconditionFailed
	case refusal.Mismatch:
		return http.StatusUnprocessableEntity
	default:
		return 0
	}
}

// spelled turns what the use cases and the store refuse into a Refusal and leaves other
// errors alone: package server knows what to say of faults and of busy databases.
func spelled(err error) error {
	if e, isRefused := errors.AsType[*refusal.Error](err); isRefused && status(e.Code) != 0 {
		text := e.Message
		if e.Code == refusal.NotFound {
			text = missing(text)
		}
		return &Refusal{Status: status(e.Code), Text: text, Problems: e.Problems.Errors()}
	}
	if errors.Is(err, store.ErrNotFound) {
		return &Refusal{Status: http.StatusNotFound, Text: missing(err.Error())}
	}
	return err
}

// missing makes sure that a text says the words of notExist.
func missing(text string) string {
	const words = "does not exist."
	if strings.Contains(text, words) {
		return text
	}
	text = strings.TrimSuffix(text, ".")
	for _, end := range []string{": not found", " not found", " does not exist"} {
		text = strings.TrimSuffix(text, end)
	}
	return text + " " + words
}

// refusedOrder is how an order is refused whose kitchen, recipe, variation or parameters
// are not good: 417 (contract 1.2).
func refusedOrder(err error) error {
	r, isRefusal := errors.AsType[*Refusal](spelled(err))
	if !isRefusal || r.Status != http.StatusBadRequest && r.Status != http.StatusNotFound {
		return err
	}
	return &Refusal{Status: http.StatusExpectationFailed, Text: r.Text, Problems: r.Problems}
}

// ErrorBody is the JSON of a refusal: what all clients of v2 can read (contract 1.2).
func ErrorBody(text string, findings []api.Finding) api.MessageBody {
	text, findings = plain(text), slices.Clone(findings)
	for i, f := range findings {
		findings[i].Description, findings[i].Path = plain(f.Description), plain(f.Path)
	}
	out := api.MessageBody{ErrorBody: api.ErrorBody{Detail: text, Problems: findings},
		Message: api.Message{Error: text, Status: "failed"}}
	for _, f := range findings {
		out.Message.Issues = append(out.Message.Issues, api.Issue{Severity: "error", File: f.Path, Description: f.Description})
	}
	return out
}

// plain is a text that clients of 2016 can read within JSON: they take every backslash out of
// an answer before they parse it, and quotes next to braces.
func plain(text string) string {
	text = strings.NewReplacer(`"`, "'", `\`, "/", "\n", " ", "\r", " ", "\t", " ").Replace(text)
	if strings.HasPrefix(text, "{") {
		text = " " + text
	}
	if strings.HasSuffix(text, "}") {
		text += " "
	}
	return text
}

// Nothing is what a path that is not served is answered with.
func Nothing(path string) string {
	if strings.HasPrefix(path, "/v2/vault/") || strings.HasPrefix(path, "/v2/secret") {
		return fmt.Sprintf("There is nothing at %s: vaults are not served. Secret settings are those of job types, "+
			"in their manifests and configurations.", path)
	}
	return fmt.Sprintf("There is nothing at %s. The services of v2 are in /openapi.yaml.", path)
}
