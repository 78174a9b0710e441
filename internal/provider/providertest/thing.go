package providertest

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// Thing is a resource as a state of Terraform has it; the zero State: it is not there yet.
type Thing struct {
	Type     string
	State    *tfprotov6.DynamicValue
	Private  []byte
	Identity *tfprotov6.ResourceIdentityData
	Tainted  bool
}

// Planned is a plan for one thing, as Terraform would make it.
type Planned struct {
	Action           string // no-op, create, update, delete, replace
	Warnings, Errors []string

	prior   Thing
	config  *tfprotov6.DynamicValue
	planned *tfprotov6.DynamicValue
	private []byte
}

// MustImport is a thing by its id, read.
func (p Protocol) MustImport(t testing.TB, name, id string) Thing {
	t.Helper()
	imported, err := p.ImportResourceState(t.Context(), &tfprotov6.ImportResourceStateRequest{TypeName: name, ID: id})
	if err != nil {
		t.Fatal(err)
	}
	if problems := Problems(imported.Diagnostics); len(problems) > 0 {
		t.Fatal(problems)
	}
	i := imported.ImportedResources[0]
	read, problems := p.Refresh(t, Thing{Type: name, State: i.State, Private: i.Private, Identity: i.Identity})
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	return read
}

// Refresh reads a thing. One that is gone has no state.
func (p Protocol) Refresh(t testing.TB, thing Thing) (now Thing, problems []string) {
	t.Helper()
	if thing.State == nil {
		return thing, nil
	}
	read, err := p.ReadResource(t.Context(), &tfprotov6.ReadResourceRequest{
		TypeName: thing.Type, CurrentState: thing.State, CurrentIdentity: thing.Identity, Private: thing.Private,
	})
	if err != nil {
		t.Fatal(err)
	}
	if problems := Problems(read.Diagnostics); len(problems) > 0 {
		return thing, problems
	}
	now = Thing{Type: thing.Type, State: read.NewState, Private: read.Private, Identity: read.NewIdentity, Tainted: thing.Tainted}
	if p.value(t, thing.Type, read.NewState).IsNull() {
		now = Thing{Type: thing.Type}
	}
	return now, nil
}

// MustPlan plans thing by a configuration as JSON, whose members that are left out are null; "":
// destroy.
func (p Protocol) MustPlan(t testing.TB, thing Thing, config string) Planned {
	t.Helper()
	plan := Planned{Action: "create", prior: thing}
	none := p.null(t, thing.Type)
	if config == "" {
		plan.Action, plan.config = "delete", none
		plan.step(t, p, thing.State, none)
		return plan
	}
	plan.config = MustEncode(t, p.typeOf(t, thing.Type), config)
	if thing.State != nil && !thing.Tainted {
		plan.Action = "update"
		if replace := plan.step(t, p, thing.State, p.proposed(t, thing, plan.config)); replace {
			plan.Action = "replace"
		} else if p.value(t, thing.Type, plan.planned).Equal(p.value(t, thing.Type, thing.State)) {
			plan.Action = "no-op"
		}
		if plan.Action != "replace" || len(plan.Errors) > 0 {
			return plan
		}
	} else if thing.Tainted {
		plan.Action = "replace"
	}
	plan.step(t, p, none, p.proposed(t, Thing{Type: thing.Type}, plan.config))
	return plan
}

// step is one call of the provider; it tells whether it wants a replace.
func (plan *Planned) step(t testing.TB, p Protocol, prior, proposed *tfprotov6.DynamicValue) (replace bool) {
	t.Helper()
	req := &tfprotov6.PlanResourceChangeRequest{
		TypeName: plan.prior.Type, PriorState: prior, ProposedNewState: proposed, Config: plan.config,
	}
	if !p.value(t, plan.prior.Type, prior).IsNull() {
		req.PriorPrivate, req.PriorIdentity = plan.prior.Private, plan.prior.Identity
	}
	answer, err := p.PlanResourceChange(t.Context(), req)
	if err != nil {
		t.Fatal(err)
	}
	plan.planned, plan.private = answer.PlannedState, answer.PlannedPrivate
	plan.Errors = append(plan.Errors, Problems(answer.Diagnostics)...)
	plan.Warnings = append(plan.Warnings, Warnings(answer.Diagnostics)...)
	return len(answer.RequiresReplace) > 0
}

// Apply carries a plan out, as Terraform does: another process of the provider than that of the
// plan plans once more before each change, which has to be the same, or applies nothing.
func (p Protocol) Apply(t testing.TB, plan Planned) (thing Thing, problems, warnings []string) {
	t.Helper()
	if len(plan.Errors) > 0 {
		t.Fatalf("the plan has errors: %q", plan.Errors)
	}
	none, thing := p.null(t, plan.prior.Type), plan.prior
	if plan.Action == "no-op" {
		return thing, nil, nil
	}
	if plan.Action == "delete" || plan.Action == "replace" {
		if thing, problems, warnings = p.change(t, plan, thing, none, none, plan.private); len(problems) > 0 || plan.Action == "delete" {
			return thing, problems, warnings
		}
		thing = Thing{Type: plan.prior.Type}
	}
	prior := none
	if plan.Action == "update" {
		prior = thing.State
	}
	again := Planned{prior: thing, config: plan.config}
	again.step(t, p, prior, p.proposed(t, thing, plan.config))
	if len(again.Errors) > 0 {
		return thing, again.Errors, warnings
	}
	if diff := inconsistent(p.value(t, thing.Type, plan.planned), p.value(t, thing.Type, again.planned)); diff != "" {
		return thing, []string{"Provider produced inconsistent final plan: " + diff}, warnings
	}
	thing, problems, more := p.change(t, plan, thing, again.planned, plan.config, again.private)
	return thing, problems, append(warnings, more...)
}

// ApplyWith applies the plan of an update to another configuration than that of the plan, as if
// some of it had not been known: what differs is unknown in the plan.
func (p Protocol) ApplyWith(t testing.TB, plan Planned, config string) (thing Thing, problems []string) {
	t.Helper()
	given := MustEncode(t, p.typeOf(t, plan.prior.Type), config)
	members, planned := map[string]tftypes.Value{}, map[string]tftypes.Value{}
	if p.value(t, plan.prior.Type, given).As(&members) != nil || p.value(t, plan.prior.Type, plan.planned).As(&planned) != nil {
		t.Fatal("the configuration or the plan is no object")
	}
	for name, v := range members {
		if !v.IsNull() {
			planned[name] = v
		}
	}
	typ := p.typeOf(t, plan.prior.Type)
	state, err := tfprotov6.NewDynamicValue(typ, tftypes.NewValue(typ, planned))
	if err != nil {
		t.Fatal(err)
	}
	thing, problems, _ = p.change(t, plan, plan.prior, &state, given, plan.private)
	return thing, problems
}

func (p Protocol) change(
	t testing.TB, plan Planned, thing Thing, planned, config *tfprotov6.DynamicValue, private []byte,
) (now Thing, problems, warnings []string) {
	t.Helper()
	prior := thing.State
	if prior == nil {
		prior = p.null(t, thing.Type)
	}
	answer, err := p.ApplyResourceChange(t.Context(), &tfprotov6.ApplyResourceChangeRequest{
		TypeName: thing.Type, PriorState: prior, PlannedState: planned, Config: config, PlannedPrivate: private, PlannedIdentity: thing.Identity,
	})
	if err != nil {
		t.Fatal(err)
	}
	problems, warnings = Problems(answer.Diagnostics), Warnings(answer.Diagnostics)
	now = Thing{Type: thing.Type, State: answer.NewState, Private: answer.Private, Identity: answer.NewIdentity}
	if p.value(t, thing.Type, answer.NewState).IsNull() {
		return Thing{Type: thing.Type}, problems, warnings
	}
	now.Tainted = len(problems) > 0 && plan.Action != "update" && !p.value(t, thing.Type, planned).IsNull()
	if diff := inconsistent(p.value(t, thing.Type, planned), p.value(t, thing.Type, now.State)); len(problems) == 0 && diff != "" {
		problems = append(problems, "Provider produced inconsistent result after apply: "+diff)
	}
	return now, problems, warnings
}

// inconsistent names what was known in before and is not so in after, which Terraform refuses.
func inconsistent(before, after tftypes.Value) string {
	switch {
	case !before.IsFullyKnown() && !before.IsKnown():
		return ""
	case before.IsNull() != after.IsNull():
		return fmt.Sprintf("was %s, is %s", before, after)
	}
	members, now := map[string]tftypes.Value{}, map[string]tftypes.Value{}
	if before.As(&members) == nil && after.As(&now) == nil {
		for name, v := range members {
			if diff := inconsistent(v, now[name]); diff != "" {
				return name + ": " + diff
			}
		}
		return ""
	}
	if before.IsFullyKnown() && !before.Equal(after) {
		return fmt.Sprintf("was %s, is %s", before, after)
	}
	return ""
}

// proposed is what Terraform proposes: what is configured, and otherwise what the state has.
func (p Protocol) proposed(t testing.TB, thing Thing, config *tfprotov6.DynamicValue) *tfprotov6.DynamicValue {
	t.Helper()
	schema := p.Schemas.ResourceSchemas[thing.Type]
	members, before := map[string]tftypes.Value{}, map[string]tftypes.Value{}
	if err := p.value(t, thing.Type, config).As(&members); err != nil {
		t.Fatal(err)
	}
	if thing.State != nil {
		if err := p.value(t, thing.Type, thing.State).As(&before); err != nil {
			t.Fatal(err)
		}
	}
	for _, a := range schema.Block.Attributes {
		if had, ok := before[a.Name]; ok && a.Computed && members[a.Name].IsNull() {
			members[a.Name] = had
		}
		if a.WriteOnly {
			members[a.Name] = tftypes.NewValue(a.ValueType(), nil)
		}
	}
	typ := schema.ValueType()
	d, err := tfprotov6.NewDynamicValue(typ, tftypes.NewValue(typ, members))
	if err != nil {
		t.Fatal(err)
	}
	return &d
}

func (p Protocol) typeOf(t testing.TB, name string) tftypes.Type {
	t.Helper()
	schema, ok := p.Schemas.ResourceSchemas[name]
	if !ok {
		t.Fatalf("there is no resource %s", name)
	}
	return schema.ValueType()
}

func (p Protocol) value(t testing.TB, name string, d *tfprotov6.DynamicValue) tftypes.Value {
	t.Helper()
	typ := p.typeOf(t, name)
	if d == nil {
		return tftypes.NewValue(typ, nil)
	}
	v, err := d.Unmarshal(typ)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func (p Protocol) null(t testing.TB, name string) *tfprotov6.DynamicValue {
	t.Helper()
	typ := p.typeOf(t, name)
	d, err := tfprotov6.NewDynamicValue(typ, tftypes.NewValue(typ, nil))
	if err != nil {
		t.Fatal(err)
	}
	return &d
}

// Attribute is one attribute of a thing as JSON would have it.
func (p Protocol) Attribute(t *testing.T, thing Thing, names ...string) any {
	t.Helper()
	return Member(t, MustDecode(t, p.Resource(t, thing.Type), thing.State), names...)
}

// Warnings are Problems for warnings.
func Warnings(diagnostics []*tfprotov6.Diagnostic) []string {
	var out []string
	for _, d := range diagnostics {
		if d.Severity == tfprotov6.DiagnosticSeverityWarning {
			out = append(out, d.Summary+": "+strings.Join(strings.Fields(d.Detail), " "))
		}
	}
	return slices.Clip(out)
}
