package arrival

import (
	"encoding/json"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/int64planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringdefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/recipe-galley/terraform-provider-galley/internal/document"
	"github.com/recipe-galley/terraform-provider-galley/internal/ingest"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/kit"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/value"
	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
)

// arguments are what strikes and scans have in common.
type arguments struct {
	ID               types.Int64   `tfsdk:"id"`
	Name             types.String  `tfsdk:"name"`
	Title            types.String  `tfsdk:"title"`
	Description      types.String  `tfsdk:"description"`
	Workspace        types.String  `tfsdk:"workspace"`
	FilesToIngest    types.Dynamic `tfsdk:"files_to_ingest"`
	Recipe           types.Dynamic `tfsdk:"recipe"`
	AccessKeyWO      types.String  `tfsdk:"access_key_id_wo"`
	SecretKeyWO      types.String  `tfsdk:"secret_access_key_wo"`
	CredentialsWOVer types.Int64   `tfsdk:"credentials_wo_version"`
	Created          types.String  `tfsdk:"created"`
}

// attributesOf are the schemas of arguments and of the source, the monitor or scanner.
func attributesOf(kind ingest.Kind) map[string]schema.Attribute {
	thing := string(kind)
	keep := []planmodifier.String{stringplanmodifier.UseStateForUnknown()}
	return map[string]schema.Attribute{
		"id": schema.Int64Attribute{Computed: true, PlanModifiers: []planmodifier.Int64{int64planmodifier.UseStateForUnknown()},
			MarkdownDescription: "Id of the " + thing + "."},
		"name": schema.StringAttribute{Computed: true, PlanModifiers: keep,
			MarkdownDescription: "Name that the backend makes of the first title, in lower case and with dashes; it appends digits if it is taken. It never changes."},
		"title": schema.StringAttribute{Required: true, MarkdownDescription: fmt.Sprintf("Title for people; at most %d characters.", recipe.MaxTitle)},
		"description": schema.StringAttribute{Optional: true, Computed: true, Default: stringdefault.StaticString(""),
			MarkdownDescription: fmt.Sprintf("Description; at most %d characters. The API cannot empty one that is there.", recipe.MaxDescription)},
		"workspace": schema.StringAttribute{Required: true, MarkdownDescription: "Name of the workspace that files come from, such as " +
			"`galley_workspace.inbox.name`."},
		kind.Source():     partAttribute(kind, kind.Source(), true, sourceDoc(kind)),
		ingest.FilesPart:  partAttribute(kind, ingest.FilesPart, true, fmt.Sprintf("Rules, of which the first one counts that is for a file; at most %d.", ingest.MaxRules)),
		ingest.RecipePart: partAttribute(kind, ingest.RecipePart, false, "The recipe that is run over each file."),
		"access_key_id_wo": schema.StringAttribute{Optional: true, WriteOnly: true, Sensitive: true,
			MarkdownDescription: "Access key of an `s3` " + kind.Source() + ". It is in no plan and in no state. Needs Terraform 1.11 or OpenTofu 1.11, and `credentials_wo_version`."},
		"secret_access_key_wo": schema.StringAttribute{Optional: true, WriteOnly: true, Sensitive: true,
			MarkdownDescription: "Secret of the access key, in the same way."},
		"credentials_wo_version": schema.Int64Attribute{Optional: true, CustomType: value.WholeNumber{}, Validators: []validator.Int64{int64validator.AtLeast(0)},
			MarkdownDescription: "Any number, to be changed with the credentials, as Terraform cannot see that they have changed."},
		"created": schema.StringAttribute{Computed: true, PlanModifiers: keep, MarkdownDescription: "When it was created, RFC 3339."},
	}
}

func sourceDoc(kind ingest.Kind) string {
	if kind == ingest.Scan {
		return "How files are found."
	}
	return "How files are noticed."
}

// partAttribute is the schema of a part of the configuration.
func partAttribute(kind ingest.Kind, part string, required bool, doc string) schema.Attribute {
	shape := ingest.Shape(kind, part)
	return value.Document{Shape: shape, DynamicAttribute: schema.DynamicAttribute{
		Required: required, Optional: !required, MarkdownDescription: doc,
		Validators: []validator.Dynamic{value.DocumentValidator{Shape: shape, Summary: "Invalid " + part + " of a " + string(kind), Check: func(v any) []document.Problem {
			return ingest.CheckPart(kind, part, v)
		}}},
	}}
}

// sameParts compares the parts of a configuration by what they mean.
func sameParts(kind ingest.Kind) map[string]kit.SameFunc {
	out := map[string]kit.SameFunc{}
	for _, part := range []string{kind.Source(), ingest.FilesPart, ingest.RecipePart} {
		out[part] = func(a, b attr.Value) bool { return ingest.SamePart(kind, part, value.Tree(a), value.Tree(b)) }
	}
	return out
}

// encode is the configuration as the API wants it; credentials are those that only a configuration has.
func (a arguments) encode(kind ingest.Kind, source types.Dynamic, recursive types.Bool, credentials arguments) json.RawMessage {
	out := map[string]any{"workspace": a.Workspace.ValueString()}
	for part, v := range map[string]types.Dynamic{kind.Source(): source, ingest.FilesPart: a.FilesToIngest, ingest.RecipePart: a.Recipe} {
		if value.IsNull(v) {
			continue
		}
		read, _ := ingest.Shape(kind, part).Read(value.Tree(v)) // problems were reported while planning
		out[part] = ingest.Known(part, read)
	}
	if kind == ingest.Scan {
		out["recursive"] = recursive.ValueBool()
	}
	if s, isObject := out[kind.Source()].(map[string]any); isObject && (!credentials.AccessKeyWO.IsNull() || !credentials.SecretKeyWO.IsNull()) {
		s["credentials"] = map[string]any{"access_key_id": credentials.AccessKeyWO.ValueString(), "secret_access_key": credentials.SecretKeyWO.ValueString()}
	}
	raw, err := json.Marshal(out)
	if err != nil {
		return nil // texts, lists and objects always can be written
	}
	return raw
}
