package value

import (
	"encoding/json"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/recipe-galley/terraform-provider-galley/internal/document"
	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
	"github.com/recipe-galley/terraform-provider-galley/internal/recipe/form"
)

// ConfigurationJSON is the JSON form of what is known and stated in a configuration of the
// shape s, with its settings.
func ConfigurationJSON(s document.Shape, v types.Dynamic, settings JobSettings) json.RawMessage {
	c, _, _ := form.ReadConfiguration(s, Tree(v))
	raw, err := json.Marshal(settings.In(c))
	if err != nil {
		return json.RawMessage("{}") // strings and numbers always encode
	}
	return raw
}

// ValidateConfiguration reports what is wrong with the known parts of the attribute
// configuration.
func ValidateConfiguration(s document.Shape, v types.Dynamic, diags *diag.Diagnostics) {
	_, problems, _ := form.ReadConfiguration(s, Tree(v))
	AddDocumentProblems(diags, path.Root("configuration"), s, "Invalid configuration", problems)
}

// ParseConfiguration reads the server's configuration (or null).
func ParseConfiguration(raw json.RawMessage) (c recipe.Configuration, err error) {
	if len(raw) > 0 {
		err = json.Unmarshal(raw, &c)
	}
	return c, err
}

func emptyTexts() types.Map { return types.MapValueMust(types.StringType, nil) }

// TextMap is never null.
func TextMap(m map[string]string) types.Map {
	values := make(map[string]attr.Value, len(m))
	for name, s := range m {
		values[name] = types.StringValue(s)
	}
	return types.MapValueMust(types.StringType, values)
}
