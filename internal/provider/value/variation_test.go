package value

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/recipe-galley/terraform-provider-galley/internal/order"
)

const variationsText = `{
  "variation-list": {
    "nightly": {
      "description": "d", "override-setting": ["base", "nightly"], "schedule-setting": "s", "input-files": {"scene": [1, 2]},
      "input-json": {"bands": {"red": 4}}, "configuration": {"priority": 7, "settings": {"A": "1"}}, "max-duration": "PT2H"
    },
    "later": {"schedule-setting": "later"},
    "once": {}
  },
  "override-setting-list": {"base": {"a": 1, "b": 1}, "nightly": {"b": [2, "<>"]}},
  "schedule-setting-list": {
    "s": {"schedule": "30 4 * * *", "scheduleTimeZone": "Europe/Paris", "start": "2026-03-01T00:00:00", "expires": "2030-01-01T00:00:00Z", "max-runs": 9},
    "later": {"schedule": "now", "start": "2030-01-01T00:00:00Z"}
  }
}`

func TestVariationsGoToTheAttributeAndBack(t *testing.T) {
	t.Parallel()
	vs, problems := order.ParseVariations([]byte(variationsText))
	if err := problems.Err(); err != nil {
		t.Fatal(err)
	}
	attribute := VariationsMap(vs)
	nightly, _ := attribute.Elements()["nightly"].(types.Object)
	texts := map[string]string{}
	for _, name := range []string{"overrides_json", "max_duration", "description"} {
		text, _ := nightly.Attributes()[name].(types.String)
		texts[name] = text.ValueString()
	}
	want := map[string]string{"overrides_json": `{"a":1,"b":[2,"<>"]}`, "max_duration": "PT2H", "description": "d"}
	if diff := cmp.Diff(want, texts); diff != "" {
		t.Errorf("attributes (-want +got):\n%s", diff)
	}
	back, complete := ReadVariations(attribute)
	if !complete {
		t.Error("something is unknown")
	}
	if again := VariationsMap(back); !again.Equal(attribute) {
		t.Errorf("the attribute comes back as\n%s\nwas\n%s", again, attribute)
	}
	for name := range vs.List {
		if diff := cmp.Diff(vs.Schedule(name), back.Schedule(name)); diff != "" && vs.Schedule(name).Schedule != "now" {
			t.Errorf("schedule of %s (-want +got):\n%s", name, diff)
		}
		if !sameDocument(vs.Variables(name), back.Variables(name)) {
			t.Errorf("variables of %s = %v, want %v", name, back.Variables(name), vs.Variables(name))
		}
	}
}

func TestKeepSpellingTakesOverWhatMeansTheSame(t *testing.T) {
	t.Parallel()
	vs, _ := order.ParseVariations([]byte(variationsText))
	server := VariationsMap(vs)
	with := func(of types.Map, variation, attribute string, v attr.Value) types.Map {
		elements := map[string]attr.Value{}
		for name, element := range of.Elements() {
			object, _ := element.(types.Object)
			members := object.Attributes()
			if name == variation {
				members[attribute] = v
			}
			elements[name] = types.ObjectValueMust(variationType().AttrTypes, members)
		}
		return types.MapValueMust(variationType(), elements)
	}
	spelled := with(server, "nightly", "overrides_json", types.StringValue(`{ "b": [2.0, "<>"], "a": 1e0 }`))
	changed := with(server, "once", "description", types.StringValue("new"))
	if got := KeepSpelling(server, spelled); !got.Equal(spelled) {
		t.Errorf("value = %s, want that of before, which means the same", got)
	}
	if got, want := KeepSpelling(changed, spelled), with(spelled, "once", "description", types.StringValue("new")); !got.Equal(want) {
		t.Errorf("value = %s, want only the change: %s", got, want)
	}
	if got := KeepSpelling(changed, types.MapNull(variationType())); !got.Equal(changed) {
		t.Errorf("value = %s, want %s where there was none", got, changed)
	}
	unknown := with(server, "nightly", "overrides_json", types.StringUnknown())
	if got := KeepSpelling(unknown, spelled); !got.Equal(unknown) {
		t.Errorf("value = %s, want the unknown one to stay", got)
	}
	if _, complete := ReadVariations(unknown); complete {
		t.Error("variations with an unknown text are complete")
	}
}
