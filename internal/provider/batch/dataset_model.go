package batch

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/batch"
	"github.com/recipe-galley/terraform-provider-galley/internal/document"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/value"
	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
	"github.com/recipe-galley/terraform-provider-galley/internal/recipe/form"
)

const invalidDataset = "Invalid data set"

// datasetModel is galley_dataset.
type datasetModel struct {
	ID               types.Int64   `tfsdk:"id"`
	Title            types.String  `tfsdk:"title"`
	Description      types.String  `tfsdk:"description"`
	Parameters       types.Dynamic `tfsdk:"parameters"`
	GlobalParameters types.Dynamic `tfsdk:"global_parameters"`
	GlobalData       types.Dynamic `tfsdk:"global_data"`
	Members          types.Dynamic `tfsdk:"members"`
	MemberIDs        types.List    `tfsdk:"member_ids"`
	Created          types.String  `tfsdk:"created"`
}

// membersShape is the members: each gives the input of one recipe.
func membersShape() document.Shape { return document.ListOf(form.DataShape()) }

// definition is what is known of the definition; problems are reported at their attributes.
func (m datasetModel) definition(diags *diag.Diagnostics) (d batch.Dataset, complete bool) {
	complete = true
	read := func(name string, v types.Dynamic) recipe.Interface {
		i, problems, known := form.ReadInterface(value.Tree(v))
		value.AddDocumentProblems(diags, path.Root(name), form.InterfaceShape(), invalidDataset, problems)
		complete = complete && known
		return i
	}
	d.Parameters, d.GlobalParameters = read("parameters", m.Parameters), read("global_parameters", m.GlobalParameters)
	global, problems := form.ReadData(value.Tree(m.GlobalData))
	value.AddDocumentProblems(diags, path.Root("global_data"), form.DataShape(), invalidDataset, problems)
	d.GlobalData = global.Data
	return d, complete && global.Known()
}

// validate applies every rule that needs no server.
func (m datasetModel) validate(diags *diag.Diagnostics) {
	if !value.IsNull(m.Members) {
		_, wrong := membersShape().Read(value.Tree(m.Members))
		value.AddShapeProblems(diags, path.Root("members"), membersShape(), invalidDataset, wrong)
	}
	d, complete := m.definition(diags)
	if diags.HasError() || !complete {
		return
	}
	raw, err := json.Marshal(d)
	if err != nil {
		diags.AddError(invalidDataset, err.Error())
		return
	}
	_, problems := batch.ParseDataset(raw)
	for _, p := range problems.Errors() {
		at := path.Root("parameters")
		if len(p.Path) > 0 {
			at = path.Root(p.Path[0])
		}
		diags.AddAttributeError(at, invalidDataset, value.Sentence(p.Message))
	}
	for i, member := range m.drafts() {
		if !member.Known() {
			continue
		}
		_, problems := d.Parameters.CheckData(member.Data)
		for _, p := range problems.Errors() {
			diags.AddAttributeError(path.Root("members").AtListIndex(i), "Invalid member of a data set", value.Sentence(p.Message))
		}
	}
}

// drafts are the members, as far as they are known.
func (m datasetModel) drafts() []form.DataDraft {
	list, _ := value.Tree(m.Members).([]any)
	out := make([]form.DataDraft, len(list))
	for i, v := range list {
		out[i], _ = form.ReadData(v)
	}
	return out
}

// wire is the members as they are sent.
func (m datasetModel) wire() ([]json.RawMessage, error) {
	var out []json.RawMessage
	for _, draft := range m.drafts() {
		raw, err := json.Marshal(draft.Data)
		if err != nil {
			return nil, err
		}
		out = append(out, raw)
	}
	return out, nil
}

func (m datasetModel) toCreate(diags *diag.Diagnostics) api.DatasetCreate {
	d, _ := m.definition(diags)
	definition, err := json.Marshal(d)
	if err != nil {
		diags.AddError(invalidDataset, err.Error())
	}
	members, err := m.wire()
	if err != nil {
		diags.AddAttributeError(path.Root("members"), invalidDataset, err.Error())
	}
	return api.DatasetCreate{Title: m.Title.ValueStringPointer(), Description: m.Description.ValueStringPointer(), Definition: definition, Data: members}
}

// stored is how the backend keeps the members: with defaults, and without what there are no parameters for.
func (m datasetModel) stored(d batch.Dataset) []string {
	drafts := m.drafts()
	out := make([]string, len(drafts))
	for i, draft := range drafts {
		data, _ := d.Parameters.CheckData(draft.Data)
		if raw, err := json.Marshal(data); err == nil {
			out[i] = string(raw)
		}
	}
	return out
}

// fromAPI takes what the server has. Members that others have added beyond those of m are left to them, unless m has none yet, as
// in an import.
func (m datasetModel) fromAPI(d api.DatasetDetail, members []api.DatasetMember) (datasetModel, error) {
	var definition batch.Dataset
	if err := json.Unmarshal(d.Definition, &definition); err != nil {
		return m, fmt.Errorf("reading data set %d: %w", d.ID, err)
	}
	isImport := m.Created.IsNull()
	m.ID, m.Created = types.Int64Value(d.ID), types.StringValue(d.Created.String())
	m.Title, m.Description = value.TextOrNull(value.Deref(d.Title)), value.TextOrNull(value.Deref(d.Description))
	m.Parameters = keepInterface(m.Parameters, definition.Parameters)
	m.GlobalParameters = keepInterface(m.GlobalParameters, definition.GlobalParameters)
	if given, _ := form.ReadData(value.Tree(m.GlobalData)); value.IsNull(m.GlobalData) || !sameJSON(given.Data, definition.GlobalData) {
		m.GlobalData = value.DynamicOf(form.OfData(definition.GlobalData))
	}
	want := m.stored(definition)
	own := min(len(want), len(members))
	if isImport {
		own = len(members)
	}
	ids := make([]int64, len(members))
	same := own == len(want)
	list := make([]any, 0, own)
	for i, member := range members {
		ids[i] = member.ID
		if i >= own {
			continue
		}
		var data recipe.Data
		if err := json.Unmarshal(member.Data, &data); err != nil {
			return m, fmt.Errorf("reading member %d: %w", member.ID, err)
		}
		same = same && sameJSON(json.RawMessage(want[i]), data)
		list = append(list, form.OfData(data))
	}
	if !same || value.IsNull(m.Members) {
		m.Members = value.DynamicOf(list)
	}
	m.MemberIDs = value.Int64List(ids)
	return m, nil
}

// keepInterface is the prior form of an interface if it means the same.
func keepInterface(prior types.Dynamic, now recipe.Interface) types.Dynamic {
	given, _, _ := form.ReadInterface(value.Tree(prior))
	if sameJSON(given, now) && !value.IsNull(prior) {
		return prior
	}
	return value.DynamicOf(form.InterfaceShape().Minimal(form.OfInterface(now)))
}

// sameJSON compares what is written, member by member.
func sameJSON(a, b any) bool {
	first, err := json.Marshal(a)
	second, err2 := json.Marshal(b)
	return err == nil && err2 == nil && bytes.Equal(first, second)
}
