package recipetype

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/client"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/plan"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/value"
	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
	"github.com/recipe-galley/terraform-provider-galley/internal/recipe/form"
)

// noJSONForm is the value of definition_json after an import. It counts as not
// given. Because it is not null, Terraform allows a plan that keeps it although
// the configuration has a document of the same meaning, so that the plan after an
// import is empty whichever form the configuration has.
const noJSONForm = ""

// recipeTypeModel is the resource galley_recipe_type.
type recipeTypeModel struct {
	recipeTypeFacts
	Definition     types.Dynamic `tfsdk:"definition"`
	DefinitionJSON types.String  `tfsdk:"definition_json"`
	AutoUpdate     types.Bool    `tfsdk:"auto_update"`
	OnExisting     types.String  `tfsdk:"on_existing"`
	Ref            types.Object  `tfsdk:"ref"`
}

// refType is the type of ref.
func refType() map[string]attr.Type {
	return map[string]attr.Type{"name": types.StringType, "revision": types.Int64Type}
}

// ref is how the nodes of other recipe types refer to m.
func (m recipeTypeModel) ref() types.Object {
	return types.ObjectValueMust(refType(), map[string]attr.Value{"name": m.Name, "revision": m.RevisionNum})
}

// recipeTypeFacts are what every form of a recipe type has: a resource, a data source,
// a result of a list.
type recipeTypeFacts struct {
	ID           types.Int64  `tfsdk:"id"`
	Name         types.String `tfsdk:"name"`
	Title        types.String `tfsdk:"title"`
	Description  types.String `tfsdk:"description"`
	IsActive     types.Bool   `tfsdk:"is_active"`
	RevisionNum  types.Int64  `tfsdk:"revision_num"`
	Created      types.String `tfsdk:"created"`
	LastModified types.String `tfsdk:"last_modified"`
}

func factsOfRecipeType(t api.RecipeType) recipeTypeFacts {
	return recipeTypeFacts{
		ID:           types.Int64Value(t.ID),
		Name:         types.StringValue(t.Name),
		Title:        types.StringValue(t.Title),
		Description:  types.StringValue(value.Deref(t.Description)),
		IsActive:     types.BoolValue(t.IsActive),
		RevisionNum:  types.Int64Value(int64(t.RevisionNum)),
		Created:      types.StringValue(t.Created.String()),
		LastModified: types.StringValue(t.LastModified.String()),
	}
}

// listRecipeTypeFacts is what one list tells of recipe types, for a refresh.
func listRecipeTypeFacts(ctx context.Context, c *client.Client) (map[string]recipeTypeFacts, error) {
	all, err := c.RecipeTypes(ctx, client.RecipeTypeQuery{Limit: plan.MaxListed})
	known := make(map[string]recipeTypeFacts, len(all))
	for _, t := range all {
		known[t.Name] = factsOfRecipeType(t.RecipeType)
	}
	return known, err
}

// isConfirmed tells whether the server has what the state m has. It is false if that is
// not known.
func (m recipeTypeModel) isConfirmed(ctx context.Context, r *plan.Refresh) bool {
	if m.Ref.IsNull() { // a state of an earlier version, or an import
		return false
	}
	return plan.Confirms(ctx, r, "recipe types", m.Name.ValueString(), m.recipeTypeFacts, listRecipeTypeFacts)
}

// hasJSON tells whether the definition is given as JSON; also if it is unknown.
func (m recipeTypeModel) hasJSON() bool {
	return m.DefinitionJSON.IsUnknown() || m.DefinitionJSON.ValueString() != noJSONForm
}

// parse returns the definition in whichever form it is given; nil and no problems
// if it is unknown or not given.
func (m recipeTypeModel) parse() (*recipe.Definition, recipe.Problems) {
	switch {
	case m.hasJSON():
		if m.DefinitionJSON.IsUnknown() {
			return nil, nil
		}
		return recipe.Parse([]byte(m.DefinitionJSON.ValueString()))
	case value.IsNull(m.Definition):
		return nil, nil
	}
	draft := form.ReadDraft(value.Tree(m.Definition))
	if !draft.Known() && len(draft.Check().Errors()) == 0 {
		return nil, nil
	}
	return draft.Definition()
}

// parseLike is parse for comparing with what the server has. A document of version 1.0
// names no revisions; it means those that the server has chosen for it.
func (m recipeTypeModel) parseLike(served *recipe.Definition) *recipe.Definition {
	d, _ := m.parse()
	if d == nil || served == nil || !m.hasJSON() || !recipe.IsLegacy([]byte(m.DefinitionJSON.ValueString())) {
		return d
	}
	d.Resolve(func(name, version string) int {
		revision := recipe.LatestRevision
		for _, ref := range served.JobRefs() {
			if ref.Name == name && ref.Version == version {
				revision = ref.Revision
			}
		}
		return revision
	})
	return d
}

// wire is the definition as the server takes it.
func (m recipeTypeModel) wire(diags *diag.Diagnostics) json.RawMessage {
	d, problems := m.parse()
	if err := problems.Err(); err != nil || d == nil {
		diags.AddError(value.InvalidDefinition, fmt.Sprintf("The definition of recipe type %q cannot be sent: %v", m.Title.ValueString(), err))
		return nil
	}
	if text := []byte(m.DefinitionJSON.ValueString()); m.hasJSON() && recipe.IsLegacy(text) {
		return text // it names no revisions: the server knows the latest ones
	}
	raw, err := json.Marshal(d)
	if err != nil {
		diags.AddError(value.InvalidDefinition, fmt.Sprintf("The definition of recipe type %q cannot be written: %s", m.Title.ValueString(), err))
	}
	return raw
}

// validate applies every rule that needs no server. m is the configuration.
func (m recipeTypeModel) validate() diag.Diagnostics {
	var diags diag.Diagnostics
	nameOf := recipe.RecipeTypeNameOf
	if !m.Name.IsNull() { // so the title need not give one
		nameOf = func(string) (string, error) { return "", nil }
	}
	value.CheckTitle(&diags, "recipe type", m.Title, m.Description, nameOf)
	if !m.Name.IsNull() && !m.Name.IsUnknown() {
		if err := recipe.CheckRecipeTypeName(m.Name.ValueString()); err != nil {
			diags.AddAttributeError(path.Root("name"), "Invalid recipe type", value.Sentence(err.Error()))
		}
	}
	switch typed, text := !value.IsNull(m.Definition), m.hasJSON(); {
	case typed && text && !value.IsUnknown(m.Definition) && !m.DefinitionJSON.IsUnknown():
		diags.AddAttributeError(path.Root("definition_json"), value.InvalidDefinition,
			"definition and definition_json are both given; keep exactly one of them")
	case !typed && !text:
		diags.AddAttributeError(path.Root("definition"), value.InvalidDefinition,
			"neither definition nor definition_json is given; exactly one of them is needed")
	case text && !m.DefinitionJSON.IsUnknown():
		diags.Append(value.CheckDefinitionJSON(m.DefinitionJSON.ValueString())...)
	case typed && !value.IsUnknown(m.Definition):
		diags.Append(value.CheckDefinition(m.Definition)...)
	}
	return diags
}

// planDefinition settles the two forms of the definition in m, the plan of an
// update: what means the same as before stays as it was. It tells whether the
// definition changes, also if that is not known yet.
func (m *recipeTypeModel) planDefinition(config, prior recipeTypeModel) (changes bool) {
	typed, text := !config.hasJSON() && m.Definition.Equal(prior.Definition),
		config.hasJSON() && config.DefinitionJSON.Equal(prior.DefinitionJSON)
	if !typed && !text { // looking at the meaning is dearer
		before, _ := prior.parse()
		after, _ := config.parse()
		changes = after == nil || !form.SameDefinition(before, after)
	}
	switch {
	case config.hasJSON() && !changes && !prior.DefinitionJSON.IsNull():
		m.Definition, m.DefinitionJSON = prior.Definition, prior.DefinitionJSON
	case config.hasJSON():
		m.Definition, m.DefinitionJSON = types.DynamicNull(), config.DefinitionJSON
	case !changes && !value.IsNull(prior.Definition):
		m.Definition, m.DefinitionJSON = prior.Definition, prior.DefinitionJSON
	default:
		m.DefinitionJSON = types.StringNull()
	}
	return changes
}

// isNamed tells whether m, a plan, has another name than its title gives.
func (m recipeTypeModel) isNamed() bool {
	return m.Name.ValueString() != "" && m.Name.ValueString() != recipe.Slug(m.Title.ValueString())
}

// toCreate is m as a request.
func (m recipeTypeModel) toCreate(diags *diag.Diagnostics) api.RecipeTypeCreate {
	name := ""
	if m.isNamed() {
		name = m.Name.ValueString()
	}
	return api.RecipeTypeCreate{
		Name:        name,
		Title:       m.Title.ValueString(),
		Description: m.Description.ValueString(),
		Definition:  m.wire(diags),
	}
}

// toEdit is what has to change in current to make it m; false if nothing.
func (m recipeTypeModel) toEdit(current api.RecipeTypeDetail, diags *diag.Diagnostics) (api.RecipeTypeEdit, bool) {
	var e api.RecipeTypeEdit
	if title := m.Title.ValueString(); title != current.Title {
		e.Title = &title
	}
	if description := m.Description.ValueString(); description != value.Deref(current.Description) {
		e.Description = &description
	}
	if active := m.IsActive.ValueBool(); active != current.IsActive {
		e.IsActive = &active
	}
	if has, _ := recipe.Parse(current.Definition); !form.SameDefinition(m.parseLike(has), has) {
		e.Definition = m.wire(diags)
		e.AutoUpdate = m.AutoUpdate.ValueBoolPointer()
	}
	return e, e.Title != nil || e.Description != nil || e.IsActive != nil || e.Definition != nil
}

// fromAPI takes what the server has. A definition that means the same as the one
// in m stays as it was written. Without any definition in m, as in an import,
// the typed form is filled in.
func (m *recipeTypeModel) fromAPI(t api.RecipeTypeDetail) diag.Diagnostics {
	var diags diag.Diagnostics
	m.recipeTypeFacts = factsOfRecipeType(t.RecipeType)
	m.Ref = m.ref()
	if m.AutoUpdate.IsNull() {
		m.AutoUpdate = types.BoolValue(true)
	}
	if m.OnExisting.IsNull() {
		m.OnExisting = types.StringValue(plan.OnExistingOwn)
	}

	served, problems := recipe.Parse(t.Definition)
	if err := problems.Err(); err != nil {
		diags.AddError("Cannot read recipe type", fmt.Sprintf(
			"The definition of recipe type %s, revision %d, is not one that this version of the provider knows: %s",
			t.Name, t.RevisionNum, err))
		return diags
	}
	if own := m.parseLike(served); form.SameDefinition(own, served) && own != nil {
		if value.IsUnknown(m.Definition) {
			m.Definition = types.DynamicNull()
		}
		if m.DefinitionJSON.IsUnknown() {
			m.DefinitionJSON = types.StringNull()
		}
		return diags
	}
	object, complete := form.OfDefinition(served)
	switch asJSON := !m.DefinitionJSON.IsUnknown() && m.hasJSON(); {
	case asJSON || !complete:
		text, err := value.DefinitionText(served)
		if err != nil {
			diags.AddError("Cannot read recipe type", fmt.Sprintf("writing the definition of %s: %s", t.Name, err))
			return diags
		}
		m.Definition = types.DynamicNull()
		m.DefinitionJSON = types.StringValue(text)
	default:
		if value.IsNull(m.Definition) || m.DefinitionJSON.IsUnknown() {
			m.DefinitionJSON = types.StringValue(noJSONForm)
		}
		m.Definition = value.Keep(form.DraftShape(), object, m.Definition)
	}
	return diags
}
