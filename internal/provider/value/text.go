package value

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// TextOrNull takes "" as absent.
func TextOrNull(s string) types.String {
	if s == "" {
		return types.StringNull()
	}
	return types.StringValue(s)
}

// StringList is a list of texts; never null.
func StringList(texts []string) types.List {
	values := make([]attr.Value, 0, len(texts))
	for _, s := range texts {
		values = append(values, types.StringValue(s))
	}
	return types.ListValueMust(types.StringType, values)
}

// JoinWords lists words for a message: a, b and c.
func JoinWords(words []string, last string) string {
	switch n := len(words); n {
	case 0:
		return "none of them"
	case 1:
		return words[0]
	default:
		return strings.Join(words[:n-1], ", ") + " " + last + " " + words[n-1]
	}
}

// Few is JoinWords of the first ten words and the number of the others.
func Few(words []string) string {
	const most = 10
	if n := len(words); n > most {
		words = append(slices.Clone(words[:most]), fmt.Sprintf("%d more", n-most))
	}
	return JoinWords(words, "and")
}

// ObjectType is the type of objects with these attributes.
func ObjectType[A interface{ GetType() attr.Type }](attributes map[string]A) types.ObjectType {
	out := types.ObjectType{AttrTypes: make(map[string]attr.Type, len(attributes))}
	for name, a := range attributes {
		out.AttrTypes[name] = a.GetType()
	}
	return out
}

// Int64List is a list of numbers; never null.
func Int64List(numbers []int64) types.List {
	values := make([]attr.Value, 0, len(numbers))
	for _, n := range numbers {
		values = append(values, types.Int64Value(n))
	}
	return types.ListValueMust(types.Int64Type, values)
}

// Counted is a number with what it counts: "No node changes", "1 node changes", "2 nodes change".
func Counted(n int, one, several string) string {
	switch n {
	case 0:
		return "No " + one
	case 1:
		return "1 " + one
	default:
		return fmt.Sprintf("%d %s", n, several)
	}
}

// Deref takes an absent text as "".
func Deref(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// AnyOf tells whether a name of the set is in it.
func AnyOf(set map[string]bool) bool { return slices.Contains(slices.Collect(maps.Values(set)), true) }
