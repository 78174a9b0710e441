package value

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
)

// InvalidDefinition is the summary of what is wrong with a definition.
const InvalidDefinition = "Invalid recipe definition"

// CheckDefinition applies every rule that needs nothing but the definition.
// Parts of it may be unknown; then the rules that need them are left out.
func CheckDefinition(definition types.Object) diag.Diagnostics {
	r := ReadDefinition(definition)
	problems := r.Problems
	raw, err := json.Marshal(r.Document)
	if err != nil {
		return diag.Diagnostics{diag.NewAttributeErrorDiagnostic(path.Root("definition"), InvalidDefinition, err.Error())}
	}
	for _, p := range rulesOfDefinition(raw) {
		if r.Reports(p) {
			problems = append(problems, p)
		}
	}
	var diags diag.Diagnostics
	for _, p := range problems {
		at, detail := r.Locate(p)
		AddProblem(&diags, p, at, InvalidDefinition, detail)
	}
	return diags
}

// CheckDefinitionJSON is CheckDefinition for the JSON form.
func CheckDefinitionJSON(text string) diag.Diagnostics {
	var diags diag.Diagnostics
	for _, p := range rulesOfDefinition([]byte(text)) {
		at, detail := (*DefinitionReader)(nil).Locate(p)
		AddProblem(&diags, p, at, InvalidDefinition, detail)
	}
	return diags
}

// Locate says where in the configuration a problem is, and what it is. A nil reader
// is that of the JSON form.
func (r *DefinitionReader) Locate(p recipe.Problem) (at path.Path, detail string) {
	if r != nil {
		at = r.AttributePath(p.Path)
		return at, fmt.Sprintf("%s: %s (%s)", at, WithoutPlace(p), p.Code)
	}
	place := "the document"
	if len(p.Path) > 0 {
		place = p.Path.String()
	}
	return path.Root("definition_json"), fmt.Sprintf("definition_json, %s: %s (%s)", place, WithoutPlace(p), p.Code)
}

func rulesOfDefinition(raw []byte) recipe.Problems {
	d, problems := recipe.Parse(raw)
	if d != nil {
		problems = append(problems, recipe.Validate(d, recipe.Catalog{})...)
	}
	return problems
}

// AddProblem reports a problem at an attribute: an error, or a warning with a summary of its own.
func AddProblem(diags *diag.Diagnostics, p recipe.Problem, at path.Path, summary, detail string) {
	if p.Warning {
		diags.AddAttributeWarning(at, "Doubtful recipe definition", detail)
		return
	}
	diags.AddAttributeError(at, summary, detail)
}

// WithoutPlace cuts off the place in the document that a message begins with,
// because it is not where the author of a configuration looks.
func WithoutPlace(p recipe.Problem) string {
	place, rest, found := strings.Cut(p.Message, ": ")
	if at := p.Path.String(); found && (place == at || strings.HasPrefix(at, place+".")) {
		return rest
	}
	return p.Message
}

// AttributePath is the place in the configuration of a place in the document.
func (r *DefinitionReader) AttributePath(p recipe.Path) path.Path {
	at := path.Root("definition")
	switch {
	case len(p) == 0:
		return at
	case p[0] == "input":
		return r.interfacePath(at.AtName("input"), p[:1], p[1:])
	case p[0] != "nodes":
		return at
	}
	at = at.AtName("nodes")
	if len(p) < 2 {
		return at
	}
	at = at.AtMapKey(p[1])
	if len(p) < 3 {
		return at
	}
	rest := p[3:]
	switch p[2] {
	case "dependencies":
		return keyPath(at.AtName("dependencies"), rest)
	case "input":
		at = keyPath(at.AtName("input"), rest)
		if len(rest) > 1 {
			switch rest[1] {
			case "input":
				at = at.AtName("recipe_input")
			case "node", "output":
				at = at.AtName(rest[1])
			}
		}
		return at
	default:
		return r.nodeTypePath(at, p, rest)
	}
}

func (r *DefinitionReader) nodeTypePath(at path.Path, p, rest recipe.Path) path.Path {
	kind := r.kinds[p[1]]
	if kind == "" {
		return at
	}
	at = at.AtName(kind)
	if len(rest) == 0 {
		return at
	}
	switch member := rest[0]; member {
	case "interface":
		return r.interfacePath(at.AtName("interface"), p[:4], rest[1:])
	case "data_filter":
		at = at.AtName("data_filter")
		for _, step := range rest[1:] {
			if i, err := strconv.Atoi(step); err == nil {
				at = at.AtListIndex(i)
			} else {
				at = at.AtName(step)
			}
		}
		return at
	default:
		for _, prefix := range []string{"job_type_", "recipe_type_"} {
			if name, ok := strings.CutPrefix(member, prefix); ok {
				return at.AtName(name)
			}
		}
		return at
	}
}

// interfacePath continues at, the place of the interface that the document has at doc.
func (r *DefinitionReader) interfacePath(at path.Path, doc, rest recipe.Path) path.Path {
	if len(rest) == 0 || rest[0] != "files" && rest[0] != "json" {
		return at
	}
	names := r.names[doc.At(rest[0]).String()]
	at = at.AtName(rest[0])
	if len(rest) < 2 {
		return at
	}
	i, err := strconv.Atoi(rest[1])
	switch {
	case err == nil && i >= 0 && i < len(names) && !slices.Contains(names, rest[1]):
		at = at.AtMapKey(names[i])
	default:
		at = at.AtMapKey(rest[1])
	}
	if len(rest) > 2 && rest[2] != "name" { // the name is the key
		at = at.AtName(rest[2])
	}
	if len(rest) > 3 {
		if i, err := strconv.Atoi(rest[3]); err == nil {
			at = at.AtListIndex(i)
		}
	}
	return at
}

func keyPath(at path.Path, rest recipe.Path) path.Path {
	if len(rest) == 0 {
		return at
	}
	return at.AtMapKey(rest[0])
}
