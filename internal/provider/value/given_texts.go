package value

import (
	"fmt"
	"maps"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// CheckTexts refuses null and empty elements of an argument that is a set of texts. what is
// one of them, such as "the name of a user".
func CheckTexts(at path.Path, set types.Set, what string, diags *diag.Diagnostics) {
	for _, v := range set.Elements() {
		if found := nothingIn(v); found != "" {
			diags.AddAttributeError(at, "Nothing among the elements", fmt.Sprintf("%s: found %s among the elements, expected %s; leave it out.", at, found, what))
		}
	}
}

// CheckTextMap is CheckTexts for a map; what is one of its values.
func CheckTextMap(at path.Path, m types.Map, what string, diags *diag.Diagnostics) {
	for _, key := range slices.Sorted(maps.Keys(m.Elements())) {
		if key == "" {
			diags.AddAttributeError(at, "Nothing among the names", fmt.Sprintf("%s: found an empty name, expected one with letters; leave it out.", at))
		} else if found := nothingIn(m.Elements()[key]); found == null {
			one := at.AtMapKey(key)
			diags.AddAttributeError(one, "Nothing among the elements", fmt.Sprintf("%s: found null, expected %s; leave it out.", one, what))
		}
	}
}

const null = "null"

// nothingIn says what there is instead of a text; "" for a text, and for one that is not known.
func nothingIn(v attr.Value) string {
	text, _ := v.(types.String)
	switch {
	case v.IsUnknown():
		return ""
	case v.IsNull():
		return null
	case text.ValueString() == "":
		return "an empty text"
	}
	return ""
}

// CheckNotEmpty refuses "" for an argument that names something. what is that, such as "the
// name of a workspace".
func CheckNotEmpty(at path.Path, v types.String, what string, diags *diag.Diagnostics) {
	if !v.IsNull() && !v.IsUnknown() && v.ValueString() == "" {
		diags.AddAttributeError(at, "Empty text", fmt.Sprintf("%s: it is empty; expected %s.", at, what))
	}
}
