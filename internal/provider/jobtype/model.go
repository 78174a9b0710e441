package jobtype

import (
	"context"
	"encoding/json"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/client"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/plan"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/value"
	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
	"github.com/recipe-galley/terraform-provider-galley/internal/recipe/form"
	"github.com/recipe-galley/terraform-provider-galley/internal/seed"
)

// jobTypeModel is galley_job_type.
type jobTypeModel struct {
	jobTypeFacts
	value.JobSettings
	jobTypeForm
	Ref             types.Object  `tfsdk:"ref"`
	Manifest        types.String  `tfsdk:"manifest"`
	Configuration   types.Dynamic `tfsdk:"configuration"`
	Retry           types.Dynamic `tfsdk:"retry"`
	InputInterface  types.String  `tfsdk:"input_interface"`
	OutputInterface types.String  `tfsdk:"output_interface"`
	OnExisting      types.String  `tfsdk:"on_existing"`
}

// jobTypeFacts are what every form of a job type has: a resource, a data source, a
// result of a list.
type jobTypeFacts struct {
	ID           types.Int64  `tfsdk:"id"`
	Name         types.String `tfsdk:"name"`
	Version      types.String `tfsdk:"version"`
	DockerImage  types.String `tfsdk:"docker_image"`
	IsActive     types.Bool   `tfsdk:"is_active"`
	IsPaused     types.Bool   `tfsdk:"is_paused"`
	MaxScheduled types.Int64  `tfsdk:"max_scheduled"`
	RevisionNum  types.Int64  `tfsdk:"revision_num"`
	Created      types.String `tfsdk:"created"`
	LastModified types.String `tfsdk:"last_modified"`
}

func factsOfJobType(j api.JobType) jobTypeFacts {
	facts := jobTypeFacts{
		ID:           types.Int64Value(j.ID),
		Name:         types.StringValue(j.Name),
		Version:      types.StringValue(j.Version),
		DockerImage:  types.StringValue(j.DockerImage),
		IsActive:     types.BoolValue(j.IsActive),
		IsPaused:     types.BoolValue(j.IsPaused),
		MaxScheduled: types.Int64Null(),
		RevisionNum:  types.Int64Value(int64(j.RevisionNum)),
		Created:      types.StringValue(j.Created.String()),
		LastModified: types.StringValue(j.LastModified.String()),
	}
	if j.MaxScheduled != nil {
		facts.MaxScheduled = types.Int64Value(int64(*j.MaxScheduled))
	}
	return facts
}

// mayBeActive is false for one that is known not to be.
func (f jobTypeFacts) mayBeActive() bool {
	return f.IsActive.IsUnknown() || f.IsActive.IsNull() || f.IsActive.ValueBool()
}

func (f jobTypeFacts) key() string { return f.Name.ValueString() + "/" + f.Version.ValueString() }

// listJobTypeFacts is what one list tells of job types, for a refresh.
func listJobTypeFacts(ctx context.Context, c *client.Client) (map[string]jobTypeFacts, error) {
	all, err := c.JobTypes(ctx, client.JobTypeQuery{Limit: plan.MaxListed})
	known := make(map[string]jobTypeFacts, len(all))
	for _, j := range all {
		facts := factsOfJobType(j)
		known[facts.key()] = facts
	}
	return known, err
}

// isConfirmed tells whether the server has what the state m has. It is false if that is
// not known.
func (m jobTypeModel) isConfirmed(ctx context.Context, r *plan.Refresh) bool {
	if m.Ref.IsNull() { // a state of an earlier version, or an import
		return false
	}
	return plan.Confirms(ctx, r, "job types", m.key(), m.jobTypeFacts, listJobTypeFacts)
}

// toCreate is m as a request. The secrets are those of the configuration, as a plan has
// none.
func (m jobTypeModel) toCreate(secrets value.JobSettings) api.JobTypeCreate {
	m.SettingsWO = secrets.SettingsWO
	return api.JobTypeCreate{
		DockerImage:   m.DockerImage.ValueString(),
		Manifest:      json.RawMessage(m.Manifest.ValueString()),
		Configuration: value.ConfigurationJSON(form.JobTypeConfigurationShape(), m.Configuration, m.JobSettings),
		MaxScheduled:  m.maxScheduled(),
		Retry:         retryJSON(m.Retry),
		IsActive:      m.IsActive.ValueBoolPointer(),
		IsPaused:      m.IsPaused.ValueBoolPointer(),
		Spare:         true,
	}
}

// toEdit states every member but the manifest, which is only sent when it means
// something new: the server makes a revision of each one it gets.
func (m jobTypeModel) toEdit(prior jobTypeModel, secrets value.JobSettings) api.JobTypeEdit {
	create := m.toCreate(secrets)
	e := api.JobTypeEdit{
		DockerImage:  &create.DockerImage,
		MaxScheduled: create.MaxScheduled,
		IsActive:     create.IsActive,
		IsPaused:     create.IsPaused,
	}
	// A configuration replaces the one that there is, with the secret settings that others have
	// given, which the state does not know.
	if !value.Same(form.JobTypeConfigurationShape(), m.Configuration, prior.Configuration) ||
		len(m.ChangedSettings(prior.JobSettings)) > 0 || !m.SettingsWOVersion.Equal(prior.SettingsWOVersion) {
		e.Configuration = create.Configuration
	}
	if !sameManifest(m.Manifest, prior.Manifest) {
		e.Manifest = create.Manifest
	}
	if !value.Same(form.RetryShape(), m.Retry, prior.Retry) {
		e.Retry = create.Retry
		if e.Retry == nil {
			e.Retry = json.RawMessage(neverAgain)
		}
	}
	return e
}

// neverAgain takes a retry away. One that never was is not sent: other backends do not know it.
const neverAgain = `{"tries": 1}`

// retryJSON is a retry as the server takes it; nil for none.
func retryJSON(v types.Dynamic) json.RawMessage {
	if value.IsNull(v) {
		return nil
	}
	r, _, complete := form.ReadRetry(value.Tree(v))
	if !complete {
		return nil // CheckDocuments has said so
	}
	raw, err := json.Marshal(r)
	if err != nil {
		return nil // numbers and texts always encode
	}
	return raw
}

// retryFromAPI is what the server has, as prior spells it. A single try is none there.
func retryFromAPI(raw json.RawMessage, prior types.Dynamic) (types.Dynamic, error) {
	if len(raw) == 0 {
		if r, _, complete := form.ReadRetry(value.Tree(prior)); complete && r.Tries == 1 {
			return prior, nil
		}
		return value.NullLike(prior), nil
	}
	var r recipe.Retry
	if err := json.Unmarshal(raw, &r); err != nil {
		return prior, err
	}
	return value.Keep(form.RetryShape(), form.OfRetry(r), prior), nil
}

// maxScheduled is never nil: 0 tells the server to lift the limit.
func (m jobTypeModel) maxScheduled() *int {
	return new(int(m.MaxScheduled.ValueInt64()))
}

// fromAPI returns m with what the server has. The manifest keeps its text while it
// means the same, and the secret settings stay.
func (m jobTypeModel) fromAPI(j api.JobTypeDetail) (jobTypeModel, error) {
	m.jobTypeFacts = factsOfJobType(j.JobType)
	m.Ref = m.ref()
	if m.OnExisting.IsNull() {
		m.OnExisting = types.StringValue(plan.OnExistingOwn)
	}
	if got := types.StringValue(string(j.Manifest)); !sameManifest(m.Manifest, got) {
		m.Manifest = got
	}
	var secrets []string
	if manifest, problems := seed.Parse(j.Manifest); manifest != nil && problems.Err() == nil {
		m = m.withManifest(manifest)
		secrets = manifest.Configurable().SecretSettings
	} else {
		m.InputInterface, m.OutputInterface = types.StringNull(), types.StringNull()
	}
	keep := func(setting string) bool { return slices.Contains(secrets, setting) }
	c, err := value.ParseConfiguration(j.Configuration)
	if err != nil {
		return m, err
	}
	if m.Retry, err = retryFromAPI(j.Retry, m.Retry); err != nil {
		return m, err
	}
	shape := form.JobTypeConfigurationShape()
	m.Configuration = value.Keep(shape, form.OfConfiguration(c, shape), m.Configuration)
	m.JobSettings = m.FromAPI(c.Settings, keep)
	return m, nil
}

// enterPlan tells the ledger which revisions there are when m, the plan, is applied to
// state, which is zero for a create.
func (m jobTypeModel) enterPlan(l *plan.Ledger, manifest *seed.Manifest, state jobTypeModel) {
	before := int(state.RevisionNum.ValueInt64())
	if prior, _ := seed.Parse([]byte(state.Manifest.ValueString())); prior != nil && before > 0 {
		l.SetJobType(prior, before)
		if sameManifest(m.Manifest, state.Manifest) {
			return
		}
	}
	l.SetJobType(manifest, before+1)
}

// withManifest returns m with what a manifest determines: name, version and the
// interfaces.
func (m jobTypeModel) withManifest(manifest *seed.Manifest) jobTypeModel {
	m.Name = types.StringValue(manifest.Job.Name)
	m.Version = types.StringValue(manifest.Job.JobVersion)
	i := manifest.Interface()
	m.InputInterface = interfaceText(i.Input)
	m.OutputInterface = interfaceText(i.Output)
	return m
}

func interfaceText(i recipe.Interface) types.String {
	raw, err := json.Marshal(i)
	if err != nil {
		return types.StringNull() // strings and flags always encode
	}
	return types.StringValue(string(raw))
}

// sameManifest compares two manifests by what they mean: white space, the order of
// members and of what has a name, and defaults, left out or spelled out, do not count.
func sameManifest(a, b attr.Value) bool {
	x, okX := a.(types.String)
	y, okY := b.(types.String)
	if !okX || !okY || x.IsNull() || x.IsUnknown() || y.IsNull() || y.IsUnknown() {
		return a.Equal(b)
	}
	if x.Equal(y) {
		return true
	}
	p, _ := seed.Parse([]byte(x.ValueString()))
	q, _ := seed.Parse([]byte(y.ValueString()))
	if p == nil || q == nil {
		return form.SameJSON([]byte(x.ValueString()), []byte(y.ValueString()))
	}
	return seed.Same(p, q)
}
