// Package code writes objects as the Terraform configuration that would make them, and the
// block that imports them. It is pure, and imports no other package of this module.
package code

import (
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
}

// A Resource is an object as configuration.
type Resource struct {
	Type       string // "galley_recipe_type"
	Name       string // of the object; its name in the configuration is made of it
	ID         string // that import takes; empty: no import block
	Attributes []Attribute
}

// String is the import block and the resource, as terraform fmt has them.
func (r Resource) String() (string, error) {
	f := hclwrite.NewEmptyFile()
	name := Identifier(r.Name)
	if r.ID != "" {
		block := f.Body().AppendNewBlock("import", nil).Body()
		block.SetAttributeTraversal("to", hcl.Traversal{hcl.TraverseRoot{Name: r.Type}, hcl.TraverseAttr{Name: name}})
		block.SetAttributeValue("id", cty.StringVal(r.ID))
		f.Body().AppendNewline()
	}
	body := f.Body().AppendNewBlock("resource", []string{r.Type, name}).Body()
	for _, a := range r.Attributes {
		if a.Value == nil {
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
	return string(hclwrite.Format(f.Bytes())), nil
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

var notInIdentifiers = regexp.MustCompile(`[^A-Za-z0-9_-]+`)

// Identifier is a name that configuration can give a resource, made of any text.
func Identifier(text string) string {
	out := notInIdentifiers.ReplaceAllString(text, "_")
	if !hclsyntax.ValidIdentifier(out) {
		out = "x_" + out
	}
	return out
}
