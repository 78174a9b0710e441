package function

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/recipe-galley/terraform-provider-galley/internal/provider/value"
	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
)

// definitionParameter is the argument of functions that look at a recipe definition.
func definitionParameter() function.Parameter {
	return function.DynamicParameter{
		Name: "definition",
		MarkdownDescription: "A recipe definition: JSON text, as of `file(\"recipe.json\")`, or an object in the form of " +
			"`definition` of `galley_recipe_type`, such as `galley_recipe_type.ndvi.definition`.",
	}
}

// argumentError puts all problems with an argument into one error; nil if there are none.
func argumentError(argument int64, problems []string) *function.FuncError {
	switch len(problems) {
	case 0:
		return nil
	case 1:
		return function.NewArgumentFuncError(argument, problems[0])
	default:
		text := fmt.Sprintf("there are %d problems:\n- %s", len(problems), strings.Join(problems, "\n- "))
		return function.NewArgumentFuncError(argument, text)
	}
}

// readDefinitionArgument reads a definition in either form. Problems are those that
// the definition alone shows; then there is no definition.
func readDefinitionArgument(v attr.Value) (*recipe.Definition, []string) {
	v = value.Underlying(v)
	if text, ok := v.(types.String); ok {
		return readDefinitionText(text.ValueString())
	}
	c := objectReader{}
	object, ok := c.object(v, value.DefinitionAttribute().Attributes, path.Root("definition")).(types.Object)
	if len(c.problems) > 0 || !ok {
		return nil, c.problems
	}
	r := value.ReadDefinition(object)
	raw, err := json.Marshal(r.Document)
	if err != nil {
		return nil, []string{"writing the definition: " + err.Error()}
	}
	problems := r.Problems
	d, found := recipe.Parse(raw)
	for _, p := range found.Errors() {
		if r.Reports(p) {
			problems = append(problems, p)
		}
	}
	if len(problems) > 0 {
		return nil, problemTexts(problems, func(p recipe.Problem) string { return r.AttributePath(p.Path).String() })
	}
	return d, nil
}

func readDefinitionText(text string) (*recipe.Definition, []string) {
	d, problems := recipe.Parse([]byte(text))
	if errs := problems.Errors(); len(errs) > 0 {
		return nil, problemTexts(errs, placeInDocument)
	}
	return d, nil
}

func placeInDocument(p recipe.Problem) string {
	if len(p.Path) == 0 {
		return "the document"
	}
	return p.Path.String()
}

// problemTexts writes one line for each problem.
func problemTexts(problems recipe.Problems, place func(recipe.Problem) string) []string {
	out := make([]string, 0, len(problems))
	for _, p := range problems {
		out = append(out, fmt.Sprintf("%s: %s (%s)", place(p), value.WithoutPlace(p), p.Code))
	}
	return out
}

// An objectReader turns a value that was written in HCL into one of the type of a
// schema: attributes can be left out, a map can be an object, and a number text.
type objectReader struct{ problems []string }

func (c *objectReader) problem(at path.Path, format string, args ...any) {
	c.problems = append(c.problems, at.String()+": "+fmt.Sprintf(format, args...))
}

func (c *objectReader) attribute(v attr.Value, a schema.Attribute, at path.Path) attr.Value {
	v = value.Underlying(v)
	if v == nil || v.IsNull() {
		if a.IsRequired() {
			c.problem(at, "it is missing; %s", a.GetMarkdownDescription())
		}
		return nullValue(a.GetType())
	}
	switch a := a.(type) {
	case schema.SingleNestedAttribute:
		return c.object(v, a.Attributes, at)
	case schema.MapNestedAttribute:
		members, ok, _ := value.MembersOf(v)
		if !ok {
			return c.wrong(v, a.GetType(), "a map of objects", at)
		}
		kind := a.NestedObject.Type().(types.ObjectType)
		out := make(map[string]attr.Value, len(members))
		for _, name := range slices.Sorted(maps.Keys(members)) {
			if m := value.Underlying(members[name]); m == nil || m.IsNull() {
				out[name] = types.ObjectNull(kind.AttrTypes) // which the rules for definitions report
			} else {
				out[name] = c.object(m, a.NestedObject.Attributes, at.AtMapKey(name))
			}
		}
		return types.MapValueMust(kind, out)
	case schema.ListNestedAttribute:
		elements, ok := value.SequenceOf(v)
		if !ok {
			return c.wrong(v, a.GetType(), "a list of objects", at)
		}
		kind := a.NestedObject.Type().(types.ObjectType)
		out := make([]attr.Value, 0, len(elements))
		for i, e := range elements {
			if e = value.Underlying(e); e == nil || e.IsNull() {
				out = append(out, types.ObjectNull(kind.AttrTypes))
			} else {
				out = append(out, c.object(e, a.NestedObject.Attributes, at.AtListIndex(i)))
			}
		}
		return types.ListValueMust(kind, out)
	default:
		return c.plain(v, a.GetType(), at)
	}
}

func (c *objectReader) object(v attr.Value, attributes map[string]schema.Attribute, at path.Path) attr.Value {
	kind := value.ObjectType(attributes)
	members, ok, _ := value.MembersOf(v)
	if !ok {
		return c.wrong(v, kind, "an object", at)
	}
	names := slices.Sorted(maps.Keys(attributes))
	for _, name := range slices.Sorted(maps.Keys(members)) {
		switch {
		case attributes[name] != nil:
		case name == "node_type" || name == "version":
			c.problem(at, "'%s' belongs to the JSON form of a definition; pass that as text, with jsonencode", name)
		default:
			c.problem(at, "there is no attribute '%s'; expected %s", name, value.JoinWords(names, "and"))
		}
	}
	out := make(map[string]attr.Value, len(attributes))
	for _, name := range names {
		out[name] = c.attribute(members[name], attributes[name], at.AtName(name))
	}
	return types.ObjectValueMust(kind.AttrTypes, out)
}

// plain converts what has no nested attributes, by the rules of HCL.
func (c *objectReader) plain(v attr.Value, kind attr.Type, at path.Path) attr.Value {
	if v = value.Underlying(v); v == nil || v.IsNull() {
		return nullValue(kind)
	}
	switch kind := kind.(type) {
	case types.MapType:
		members, ok, _ := value.MembersOf(v)
		if !ok {
			return c.wrong(v, kind, "a map", at)
		}
		out := make(map[string]attr.Value, len(members))
		for _, name := range slices.Sorted(maps.Keys(members)) {
			out[name] = c.plain(members[name], kind.ElemType, at.AtMapKey(name))
		}
		return types.MapValueMust(kind.ElemType, out)
	case types.ListType:
		elements, ok := value.SequenceOf(v)
		if !ok {
			return c.wrong(v, kind, "a list", at)
		}
		out := make([]attr.Value, 0, len(elements))
		for i, e := range elements {
			out = append(out, c.plain(e, kind.ElemType, at.AtListIndex(i)))
		}
		return types.ListValueMust(kind.ElemType, out)
	}
	text, isText := scalarText(v)
	expected := "text"
	switch {
	case kind.Equal(types.BoolType):
		if isText && (text == "true" || text == "false") {
			return types.BoolValue(text == "true")
		}
		expected = "true or false"
	case kind.Equal(types.Int64Type):
		if i, err := strconv.ParseInt(text, 10, 64); isText && err == nil {
			return types.Int64Value(i)
		}
		expected = "a whole number"
	case isText:
		return types.StringValue(text)
	}
	return c.wrong(v, kind, expected, at)
}

func (c *objectReader) wrong(v attr.Value, kind attr.Type, expected string, at path.Path) attr.Value {
	found := "a list"
	if _, ok, _ := value.MembersOf(v); ok {
		found = "an object"
	} else if text, ok := scalarText(v); ok {
		found = strconv.Quote(text)
	}
	c.problem(at, "found %s, expected %s", found, expected)
	return nullValue(kind)
}

// nullValue is the null value of a type.
func nullValue(kind attr.Type) attr.Value {
	ctx := context.Background() // the framework asks for one, and does not use it for plain types
	v, err := kind.ValueFromTerraform(ctx, tftypes.NewValue(kind.TerraformType(ctx), nil))
	if err != nil {
		panic(fmt.Errorf("making the null of %s: %w", kind, err)) // every type can be null
	}
	return v
}

func scalarText(v attr.Value) (string, bool) {
	switch v := v.(type) {
	case types.String:
		return v.ValueString(), true
	case types.Bool:
		return strconv.FormatBool(v.ValueBool()), true
	case types.Int64:
		return strconv.FormatInt(v.ValueInt64(), 10), true
	case types.Number:
		return value.NumberText(v.ValueBigFloat()).String(), true
	default:
		return "", false
	}
}
