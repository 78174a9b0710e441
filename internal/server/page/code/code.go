// Package code writes objects as the Terraform configuration that would make them, and the
// block that imports them. It is pure, and imports no other package of this module.
package code

import (
	"cmp"
	"encoding/json"
	"fmt"
	"regexp"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/hashicorp/hcl/v2/hclwrite"
	"github.com/zclconf/go-cty/cty"
	ctyjson "github.com/zclconf/go-cty/cty/json"
)

// An Attribute is one line of a resource.
type Attribute struct {
	Name string
	// Value is what encoding/json can write; nil leaves the attribute out.
	Value any
	// Encoded puts the value into jsonencode.
	Encoded bool
	// Of is the type of resource whose id, and name, the value is: a folder that has the resource refers to it.
	Of string
}

// A Resource is an object as configuration.
type Resource struct {
	Type       string // "galley_recipe_type"
	Name       string // of the object; its name in the configuration is made of it
	ID         string // that import takes; empty: no import block
	Attributes []Attribute
	// Notes are said above it: what it lacks, and why.
	Notes []string
	// Ignored are attributes that stay as they are, since nobody is shown what they are.
	Ignored []string
	// Needs are resources that have to be there before it, as far as a folder has them.
	Needs []Key
}

// A Key names an object: two of a folder never have the same.
type Key struct{ Type, ID string }

// Key is that of r.
func (r Resource) Key() Key { return Key{r.Type, r.ID} }

// String is the import block and the resource, as terraform fmt has them.
func (r Resource) String() (string, error) { return r.in(nil) }

// in is String in a folder that has resources under these identifiers.
func (r Resource) in(folder map[Key]string) (string, error) {
	f := hclwrite.NewEmptyFile()
	name := cmp.Or(folder[r.Key()], Identifier(r.Name))
	for _, note := range r.Notes {
		f.Body().AppendUnstructuredTokens(hclwrite.Tokens{{Type: hclsyntax.TokenComment, Bytes: []byte("# " + notInNotes.ReplaceAllString(note, " ") + "\n")}})
	}
	if r.ID != "" {
		block := f.Body().AppendNewBlock("import", nil).Body()
		block.SetAttributeTraversal("to", traversal(r.Type, name))
		block.SetAttributeValue("id", cty.StringVal(r.ID))
		f.Body().AppendNewline()
	}
	body := f.Body().AppendNewBlock("resource", []string{r.Type, name}).Body()
	for _, a := range r.Attributes {
		if a.Value == nil {
			continue
		}
		if text, isText := a.Value.(string); isText && a.Of != "" && folder[Key{a.Of, text}] != "" {
			body.SetAttributeTraversal(a.Name, traversal(a.Of, folder[Key{a.Of, text}], "name"))
			continue
		}
		value, err := valueOf(a.Value)
		if err != nil {
			return "", fmt.Errorf("writing %s as configuration: %w", a.Name, err)
		}
		if a.Encoded {
			body.SetAttributeRaw(a.Name, hclwrite.TokensForFunctionCall("jsonencode", hclwrite.TokensForValue(value)))
			continue
		}
		body.SetAttributeValue(a.Name, value)
	}
	var needs []hclwrite.Tokens
	for _, key := range r.Needs {
		if label := folder[key]; label != "" {
			needs = append(needs, hclwrite.TokensForTraversal(traversal(key.Type, label)))
		}
	}
	if len(needs) > 0 {
		body.SetAttributeRaw("depends_on", hclwrite.TokensForTuple(needs))
	}
	var ignored []hclwrite.Tokens
	for _, attribute := range r.Ignored {
		ignored = append(ignored, hclwrite.TokensForIdentifier(attribute))
	}
	if len(ignored) > 0 {
		body.AppendNewBlock("lifecycle", nil).Body().SetAttributeRaw("ignore_changes", hclwrite.TokensForTuple(ignored))
	}
	return string(hclwrite.Format(f.Bytes())), nil
}

func traversal(root string, names ...string) hcl.Traversal {
	out := hcl.Traversal{hcl.TraverseRoot{Name: root}}
	for _, name := range names {
		out = append(out, hcl.TraverseAttr{Name: name})
	}
	return out
}

// valueOf is a value of JSON as one of HCL.
func valueOf(v any) (cty.Value, error) {
	raw, err := json.Marshal(v)
	if err != nil {
		return cty.NilVal, err
	}
	t, err := ctyjson.ImpliedType(raw)
	if err != nil {
		return cty.NilVal, err
	}
	return ctyjson.Unmarshal(raw, t)
}

// notInNotes is what would end a comment.
var notInNotes = regexp.MustCompile(`[\r\n\p{Zl}\p{Zp}\p{Cc}]+`)

var notInIdentifiers = regexp.MustCompile(`[^A-Za-z0-9_-]+`)

// Identifier is a name that configuration can give a resource, made of any text.
func Identifier(text string) string {
	out := notInIdentifiers.ReplaceAllString(text, "_")
	if !hclsyntax.ValidIdentifier(out) {
		out = "x_" + out
	}
	return out
}
