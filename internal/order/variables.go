package order

import (
	_ "embed"
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
)

//go:embed schema.json
var schemaJSON []byte

var loadSchema = sync.OnceValue(func() *recipe.Schema { return recipe.NewSchema(schemaJSON) })

// Variables are values by name. A value is nil, bool, string, json.Number, []any or
// map[string]any, as in recipe.Data.
type Variables map[string]any

// Limits of variables.
const (
	maxValue  = 1 << 20 // bytes of one value as JSON (contract 3: 1 MB)
	maxValues = 4 << 20 // bytes of all effective values together
)

// The variables that every run has, which nothing else can set (contract 1.5, 3).
const (
	CurrentKitchen    = "CurrentKitchen"
	CurrentOrderID    = "CurrentOrderId"
	CurrentOrderRunID = "CurrentOrderRunId"
	CurrentVariation  = "CurrentVariation"
	RecipeName        = "RecipeName"
)

// System are those variables, with the times of a run that is due at no time (Times). At
// plan, when there is no order yet, any ids do.
func System(kitchen, recipeName, variation, orderID, runID string) Variables {
	vs := Times{}.Variables()
	maps.Copy(vs, Variables{
		CurrentKitchen: kitchen, RecipeName: recipeName, CurrentVariation: variation,
		CurrentOrderID: orderID, CurrentOrderRunID: runID,
	})
	return vs
}

// ParseVariables reads variables.json (contract 3): {"variable-list": {name: value}}, and
// checks its names and sizes. Other members are kept by whoever stores the text and mean
// nothing here.
func ParseVariables(raw []byte) (Variables, recipe.Problems) {
	value, ps := loadSchema().Read(recipe.WithoutBOM(raw), "variables", VariablesFile, InvalidVariables)
	vs := replaced(member[map[string]any](value, "variable-list"))
	return vs, append(ps, under(recipe.Path{"variable-list"}, CheckVariables(vs))...)
}

// replaced are variables as they are written since 2018. Before, each was an object of a text to
// replace, which was the name again, and the value.
func replaced(written map[string]any) Variables {
	const key, value = "string-replace-key", "string-replace-value"
	vs := Variables(maps.Clone(written))
	for name, v := range vs {
		older, isObject := v.(map[string]any)
		_, hasKey := older[key]
		if now, hasValue := older[value]; isObject && hasKey && hasValue && len(older) == 2 {
			vs[name] = now
		}
	}
	return vs
}

// ParseParameters reads the parameters of an order, or the overrides of a kitchen:
// {name: value}. Nothing and null are none.
func ParseParameters(raw []byte) (Variables, recipe.Problems) {
	if text := strings.TrimSpace(string(raw)); text == "" || text == "null" {
		return Variables{}, nil
	}
	value, err := recipe.Decode(raw)
	if err != nil {
		return nil, recipe.Problems{problem(nil, InvalidVariables, "The object of variables %s", err)}
	}
	members, ok := value.(map[string]any)
	if !ok {
		return nil, recipe.Problems{problem(nil, InvalidVariables, `Variables have to be a JSON object of values by name, such as {"DT": "20260301"}`)}
	}
	return members, CheckVariables(members)
}

var variableName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// CheckVariables holds names and sizes against the contract (3, "Precedence"): names
// are [A-Za-z_][A-Za-z0-9_]*, none of the system's, and a value has at most 1 MiB as JSON
// text. Paths are names.
func CheckVariables(vs Variables) recipe.Problems {
	var ps recipe.Problems
	system := System("", "", "", "", "")
	for _, name := range sorted(vs) {
		at := recipe.Path{name}
		if !variableName.MatchString(name) {
			ps = append(ps, problem(recipe.Path{recipe.Shorten(name)}, InvalidName,
				"the name of a variable has letters, digits and '_', and no digit in front"))
		}
		if _, taken := system[name]; taken {
			ps = append(ps, problem(at, InvalidName, "this variable is the system's and cannot be set; choose another name"))
		}
		if n := extent(vs[name]).size; n > maxValue {
			ps = append(ps, problem(at, TooLarge, "the value has %d bytes; at most %d are allowed", n, maxValue))
		}
	}
	return append(ps, CheckAlerts(vs, nil)...)
}

// Effective is what counts of several layers, the strongest last: recipe < variation <
// kitchens, the outermost first < order < System. A value replaces another whole, an
// object too. References within texts are then resolved: {{name}}, or {{name.member}}
// for a member of an object. One that is the whole text takes the value as it is, others
// are written into the text. Unknown names, circles, other expressions between {{ and }},
// and values that become too large are problems, with the path of the text.
func Effective(layers ...Variables) (Variables, recipe.Problems) {
	raw := merge(layers)
	r := resolver{raw: raw, done: make(map[string]resolved, len(raw))}
	out := make(Variables, len(raw))
	total := 0
	for _, name := range sorted(raw) {
		v := r.variable(name)
		out[name] = v.value
		total += v.size
	}
	if total > maxValues && len(r.problems) == 0 {
		r.problems = append(r.problems, problem(nil, TooLarge, "All variables together have %d bytes; at most %d are allowed", total, maxValues))
	}
	slices.SortStableFunc(r.problems, func(a, b recipe.Problem) int { return slices.Compare(a.Path, b.Path) })
	return out, r.problems
}

// CheckReferences tells what is wrong with the references in variables whatever other
// variables there are: expressions that are not understood, and circles. Paths are those of
// the texts.
func CheckReferences(vs Variables) recipe.Problems {
	r := resolver{raw: vs, done: make(map[string]resolved, len(vs)), partial: true}
	for _, name := range sorted(vs) {
		r.variable(name)
	}
	return r.problems
}

// Mask stands for the value of a secret.
const Mask = "**********"

// Shown is Effective for the eyes of people: the values of secrets, and what other
// variables take from them, are replaced by asterisks. Texts that cannot be resolved
// are left as they are.
func Shown(secrets []string, layers ...Variables) Variables {
	out, _ := Effective(append(slices.Clone(layers), merge(layers).Masked(secrets))...)
	return out
}

// Masked are the variables with asterisks in place of the values of secrets.
func (vs Variables) Masked(secrets []string) Variables {
	out := maps.Clone(vs)
	for _, name := range secrets {
		if _, given := out[name]; given {
			out[name] = Mask
		}
	}
	return out
}

func merge(layers []Variables) Variables {
	out := Variables{}
	for _, layer := range layers {
		maps.Copy(out, layer)
	}
	return out
}

// A dimension is how much a value takes as JSON text: bytes, about, and levels.
type dimension struct{ size, depth int }

func (d *dimension) hold(inner dimension) {
	d.size += inner.size + 1
	d.depth = max(d.depth, inner.depth+1)
}

func extent(value any) dimension {
	d := dimension{size: 1}
	switch v := value.(type) {
	case string:
		d.size = len(v) + 2
	case json.Number:
		d.size = len(v)
	case bool, nil:
		d.size = 4
	case []any:
		for _, item := range v {
			d.hold(extent(item))
		}
	case map[string]any:
		for name, item := range v {
			d.hold(extent(item))
			d.size += len(name) + 3
		}
	}
	return d
}
