package value

import (
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
)

// AddProblems reports all problems of a document, each on the attribute that holds
// it, with the place within the document in the message.
func AddProblems(diags *diag.Diagnostics, p path.Path, summary string, problems recipe.Problems) {
	for _, problem := range problems {
		detail := problem.Message
		if at := problem.Path.String(); at != "" && !strings.HasPrefix(detail, at) {
			detail = at + ": " + detail
		}
		detail = Sentence(detail) + " [" + string(problem.Code) + "]"
		if problem.Warning {
			diags.AddAttributeWarning(p, summary, detail)
		} else {
			diags.AddAttributeError(p, summary, detail)
		}
	}
}

// Sentence makes a message that was written as part of another one stand alone. Its
// first word stays as it is where it is a name (timeout: …, nodes.a: …).
func Sentence(s string) string {
	s = strings.TrimSpace(s)
	if s == "" {
		return s
	}
	word, _, _ := strings.Cut(s, " ")
	isWord := strings.Trim(word, "abcdefghijklmnopqrstuvwxyz") == ""
	if isWord {
		s = strings.ToUpper(s[:1]) + s[1:]
	}
	if strings.ContainsAny(s[len(s)-1:], ".!?") {
		return s
	}
	return s + "."
}
