package provider

import (
	"encoding/json"
	"maps"
	"os"
	"slices"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/recipe-galley/terraform-provider-galley/internal/provider/providertest"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/value"
)

// typedState is a state that Terraform has written with the provider when its documents were
// objects of a type, in version 0 of the schemas.
const typedState = "testdata/typed-documents.json"

type writtenState struct {
	Resources []struct {
		Mode, Type, Name string
		Instances        []struct {
			SchemaVersion int64           `json:"schema_version"`
			Attributes    json.RawMessage `json:"attributes"`
		}
	}
}

type object = map[string]any

func number(text string) json.Number { return json.Number(text) }

// documentsOfTypedState are the documents of that state as its configuration has them now.
func documentsOfTypedState() map[string]object {
	texts := func(pairs ...string) any {
		out := object{}
		for i := 0; i < len(pairs); i += 2 {
			out[pairs[i]] = pairs[i+1]
		}
		return out
	}
	return map[string]object{
		"galley_workspace.scenes": {"broker": object{"host": texts("path", "scenes")}},
		"galley_job_type.calibrate": {"configuration": object{
			"priority":          number("50"),
			"mounts":            object{"luts": texts("type", "host", "host_path", "/srv/luts")},
			"output_workspaces": object{"default": "scenes", "outputs": texts("calibrated", "scenes")},
		}},
		"galley_recipe_type.index": {"definition": object{
			"input": object{
				"files": object{
					"scene": object{"media_types": []any{"image/tiff"}},
					"mask":  object{"required": false, "multiple": true},
				},
				"json": object{"threshold": object{"type": "number", "required": false}},
			},
			"nodes": object{
				"calibrate": object{
					"job":   object{"name": "calibrate", "version": "1.0.0", "revision": number("1")},
					"input": object{"image": texts("recipe_input", "scene"), "threshold": texts("recipe_input", "threshold")},
				},
				"clear": object{
					"condition": object{
						"interface": object{"json": object{"cloud": texts("type", "number")}},
						"data_filter": object{"filters": []any{
							object{"name": "cloud", "type": "number", "condition": "<", "values": []any{number("40")}},
						}},
					},
					"dependencies": object{"calibrate": true},
					"input":        object{"cloud": texts("node", "calibrate", "output", "cloud_cover")},
				},
				"tidy": object{
					"recipe":       object{"name": "tidy", "revision": number("1")},
					"dependencies": object{"clear": true},
				},
			},
		}},
		"galley_recipe.index": {
			"input":         object{"files": object{"scene": []any{number("1")}}, "json": object{"threshold": number("0.5")}},
			"configuration": object{"priority": number("10")},
			"timeouts":      texts("create", "10m"),
		},
		"galley_kitchen.production": {"alerts": object{"error": []any{"ops@example.com", "https://hooks.example.com/e"}}},
		"galley_kitchen_recipe.index": {"variations": object{
			"once": object{"input_files": object{"scene": []any{number("1")}}},
			"nightly": object{
				"description":    "Every working day",
				"input_files":    object{"scene": []any{number("1")}},
				"input_json":     texts("threshold", "0.6"),
				"configuration":  object{"priority": number("20"), "settings": texts("MODE", "fast")},
				"overrides_json": `{"region":"south"}`,
				"schedule":       object{"cron": "30 4 * * MON-FRI", "time_zone": "Europe/Paris", "max_runs": number("100")},
				"max_duration":   "PT2H",
			},
		}},
		"galley_order.nightly": {
			"schedule": texts("interval", "R//P1D", "start", "2126-03-01T20:00:00Z"),
			"timeouts": texts("create", "10m"),
		},
	}
}

// TestStatesWithTypedDocumentsAreUpgraded reads a state of version 0, and plans nothing for
// the configuration that made it, as it is written now.
func TestStatesWithTypedDocumentsAreUpgraded(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile(typedState)
	if err != nil {
		t.Fatal(err)
	}
	var written writtenState
	if err := json.Unmarshal(raw, &written); err != nil {
		t.Fatal(err)
	}
	p := providertest.NewProtocolOffline(t)
	rest := documentsOfTypedState()
	seen := map[string]bool{}
	for _, r := range written.Resources {
		address := r.Type + "." + r.Name
		seen[r.Type] = true
		upgraded, err := p.UpgradeResourceState(t.Context(), &tfprotov6.UpgradeResourceStateRequest{
			TypeName: r.Type, Version: r.Instances[0].SchemaVersion, RawState: &tfprotov6.RawState{JSON: r.Instances[0].Attributes},
		})
		if err != nil {
			t.Fatal(err)
		}
		providertest.MustSucceed(t, upgraded.Diagnostics)
		s := p.Schemas.ResourceSchemas[r.Type]
		prior := attributesOf(t, s, upgraded.UpgradedState)
		config := configurationOf(t, s, prior, rest[address])
		delete(rest, address)
		planned, err := p.PlanResourceChange(t.Context(), &tfprotov6.PlanResourceChangeRequest{
			TypeName: r.Type, PriorState: upgraded.UpgradedState,
			Config: encoded(t, s, config), ProposedNewState: encoded(t, s, proposed(s, prior, config)),
		})
		if err != nil {
			t.Fatal(err)
		}
		providertest.MustSucceed(t, planned.Diagnostics)
		for name, v := range attributesOf(t, s, planned.PlannedState) {
			if !v.Equal(prior[name]) {
				t.Errorf("%s: %s is planned to become %s, and was %s", address, name, v, prior[name])
			}
		}
	}
	if len(rest) > 0 {
		t.Errorf("the state does not have %v", slices.Sorted(maps.Keys(rest)))
	}
	for name, s := range p.Schemas.ResourceSchemas {
		if s.Version > 0 && !seen[name] {
			t.Errorf("the state has no %s", name)
		}
	}
}

func attributesOf(t *testing.T, s *tfprotov6.Schema, v *tfprotov6.DynamicValue) map[string]tftypes.Value {
	t.Helper()
	whole, err := v.Unmarshal(s.ValueType())
	if err != nil {
		t.Fatal(err)
	}
	var out map[string]tftypes.Value
	if err := whole.As(&out); err != nil {
		t.Fatal(err)
	}
	return out
}

// configurationOf is the configuration that made a state: its documents as they are given,
// other arguments as they are in the state, with every default spelled out.
func configurationOf(t *testing.T, s *tfprotov6.Schema, state map[string]tftypes.Value, documents object) map[string]tftypes.Value {
	t.Helper()
	config := map[string]tftypes.Value{}
	for _, a := range s.Block.Attributes {
		config[a.Name] = tftypes.NewValue(a.Type, nil)
		if a.NestedType != nil {
			config[a.Name] = tftypes.NewValue(a.NestedType.ValueType(), nil)
		}
		if a.Required || a.Optional {
			config[a.Name] = state[a.Name]
		}
	}
	for name, v := range documents {
		given, err := value.DynamicOf(v).ToTerraformValue(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		config[name] = given
	}
	return config
}

// proposed is what Terraform proposes: the configuration, and what is computed as it was.
func proposed(s *tfprotov6.Schema, prior, config map[string]tftypes.Value) map[string]tftypes.Value {
	out := maps.Clone(config)
	for _, a := range s.Block.Attributes {
		if a.Computed && config[a.Name].IsNull() {
			out[a.Name] = prior[a.Name]
		}
	}
	return out
}

func encoded(t *testing.T, s *tfprotov6.Schema, attributes map[string]tftypes.Value) *tfprotov6.DynamicValue {
	t.Helper()
	d, err := tfprotov6.NewDynamicValue(s.ValueType(), tftypes.NewValue(s.ValueType(), attributes))
	if err != nil {
		t.Fatal(err)
	}
	return &d
}

// TestARecipeOfVersion1IsUpgraded has a state whose counters were attributes of their own.
func TestARecipeOfVersion1IsUpgraded(t *testing.T) {
	t.Parallel()
	p := providertest.NewProtocolOffline(t)
	upgraded, err := p.UpgradeResourceState(t.Context(), &tfprotov6.UpgradeResourceStateRequest{
		TypeName: "galley_recipe", Version: 1, RawState: &tfprotov6.RawState{JSON: []byte(`{"id": 4, "recipe_id": 7, "recipe_type": "index", "status": "COMPLETED",
			"input": {"type": ["object", {"json": ["object", {"threshold": "number"}]}], "value": {"json": {"threshold": 0.5}}}, "jobs_total": 3, "jobs_completed": 3,
			"source_sensor": "MSI", "wait_for_completion": true, "timeouts": null, "created": "2026-11-01T00:00:00Z"}`)},
	})
	if err != nil {
		t.Fatal(err)
	}
	providertest.MustSucceed(t, upgraded.Diagnostics)
	got := attributesOf(t, p.Schemas.ResourceSchemas["galley_recipe"], upgraded.UpgradedState)
	for name, want := range map[string]tftypes.Value{
		"id": tftypes.NewValue(tftypes.Number, 4), "status": tftypes.NewValue(tftypes.String, "COMPLETED"), "created": tftypes.NewValue(tftypes.String, "2026-11-01T00:00:00Z"),
	} {
		if !got[name].Equal(want) {
			t.Errorf("%s is %s, want %s", name, got[name], want)
		}
	}
	if !got["counts"].IsNull() || !got["source"].IsNull() || got["input"].IsNull() {
		t.Errorf("counts, source and input are %s, %s and %s", got["counts"], got["source"], got["input"])
	}
}
