package value

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/mapdefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringdefault"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/recipe-galley/terraform-provider-galley/internal/order"
	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
)

// AnyOf tells whether a name of the set is in it.
func AnyOf(set map[string]bool) bool { return slices.Contains(slices.Collect(maps.Values(set)), true) }

// The variations of a kitchen's recipe (contract datakitchen-v2, 3) as one attribute. In
// variations.json the overrides and the schedule of a variation are settings of its own
// name.

// VariationsAttribute is the schema. It has no validators: ValidateVariations checks the
// whole of it.
func VariationsAttribute() schema.MapNestedAttribute {
	return schema.MapNestedAttribute{
		Optional: true, Computed: true, Default: mapdefault.StaticValue(types.MapValueMust(variationType(), nil)),
		MarkdownDescription: "The ways to run the recipe, by name. An order names one of them.",
		NestedObject:        schema.NestedAttributeObject{Attributes: variationAttributes()},
	}
}

func variationAttributes() map[string]schema.Attribute {
	ids := types.ListType{ElemType: types.Int64Type}
	return map[string]schema.Attribute{
		"description": schema.StringAttribute{
			Optional: true, Computed: true, Default: stringdefault.StaticString(""), MarkdownDescription: "Description.",
		},
		"input_files": schema.MapAttribute{
			Optional: true, Computed: true, ElementType: ids, Default: mapdefault.StaticValue(types.MapValueMust(ids, nil)),
			MarkdownDescription: "Ids of files by input of the recipe type; each list has at least one id.",
		},
		"input_json": schema.MapAttribute{
			Optional: true, Computed: true, ElementType: types.StringType, Default: mapdefault.StaticValue(emptyTexts()),
			MarkdownDescription: "Values of the JSON inputs of the recipe type, by name, each as JSON text: `jsonencode(0.5)`. A " +
				"variable of the same name wins over it. Compared by meaning.",
		},
		"configuration": ConfigurationAttribute("Put over the configurations of the job types of the recipe type's own nodes. "+
			"A variable named like a setting of a job type wins over `settings`.", false),
		"overrides_json": schema.StringAttribute{
			Optional: true, Computed: true, Default: stringdefault.StaticString("{}"),
			MarkdownDescription: "Variables that this variation sets, as JSON text of an object: `jsonencode({ bands = [1, 2] })`. They win " +
				"over `variables`; those of the kitchens and of the order win over them. Compared by meaning. Default: `{}`.",
		},
		"schedule": ScheduleAttribute("When orders of this variation run that do not say so themselves. Left out: once, at once. " +
			"A change does not touch orders that exist."),
		"max_duration": schema.StringAttribute{
			Optional: true,
			MarkdownDescription: "A run that takes longer than this is told to the `over_duration` alerts: a duration of ISO 8601, such " +
				"as `PT2H`. It goes on all the same.",
		},
	}
}

func variationType() types.ObjectType { return ObjectType(variationAttributes()) }

// Variation is what one element of the attribute says.
type Variation struct {
	order.Variation
	Overrides order.Variables
	schedule  order.ScheduleSetting
	Partly    map[string]bool  // attributes that are not wholly known; what is known of them is there
	invalid   map[string]error // JSON texts that are none, by attribute or input_json["name"]
}

// ReadVariation takes what is known of v.
func ReadVariation(v types.Object) Variation {
	out := Variation{
		Variation: order.Variation{InputFiles: map[string][]int64{}, InputJSON: map[string]any{}},
		Overrides: order.Variables{}, Partly: map[string]bool{}, invalid: map[string]error{},
	}
	a := v.Attributes()
	for name, member := range a {
		_, known := JsonOf(member)
		out.Partly[name] = !known
	}
	text := func(name string) string {
		t, _ := a[name].(types.String)
		return t.ValueString()
	}
	out.Description, out.MaxDuration = text("description"), text("max_duration")
	files, _ := a["input_files"].(types.Map)
	for name, list := range files.Elements() {
		ids := []int64{}
		if list, ok := list.(types.List); ok {
			for _, id := range list.Elements() {
				n, _ := id.(types.Int64)
				ids = append(ids, n.ValueInt64()) // 0 if unknown
			}
			if list.IsUnknown() {
				ids = append(ids, 0)
			}
		}
		out.InputFiles[name] = ids
	}
	values, _ := a["input_json"].(types.Map)
	for name, v := range values.Elements() {
		t, _ := v.(types.String)
		if t.IsNull() || t.IsUnknown() {
			continue
		}
		value, err := recipe.Decode([]byte(t.ValueString()))
		if err != nil {
			out.invalid[path.Root("input_json").AtMapKey(name).String()] = err
			continue
		}
		out.InputJSON[name] = value
	}
	if t := text("overrides_json"); t != "" {
		value, err := recipe.Decode([]byte(t))
		members, isObject := value.(map[string]any)
		switch {
		case err != nil:
			out.invalid["overrides_json"] = err
		case !isObject:
			out.invalid["overrides_json"] = fmt.Errorf("is %s; expected an object of values by name, such as { \"bands\": [1, 2] }", KindOf(value))
		default:
			out.Overrides = members
		}
	}
	if c, ok := a["configuration"].(types.Object); ok {
		configuration, _, _ := ParseConfiguration(c)
		if raw, err := json.Marshal(configuration); err == nil && string(raw) != "{}" {
			out.Configuration = &configuration
		}
	}
	s, _ := a["schedule"].(types.Object)
	out.schedule, _ = ScheduleSetting(s)
	return out
}

// known tells whether nothing of it is unknown or invalid.
func (v Variation) known() bool {
	return len(v.invalid) == 0 && !AnyOf(v.Partly)
}

// ReadVariations takes what is known of the attribute; complete is false if that is not all.
func ReadVariations(v types.Map) (vs order.Variations, complete bool) {
	vs = order.Variations{
		List: map[string]order.Variation{}, Overrides: map[string]order.Variables{}, Schedules: map[string]order.ScheduleSetting{},
	}
	complete = !v.IsUnknown()
	for name, element := range v.Elements() {
		object, _ := element.(types.Object)
		one := ReadVariation(object)
		complete = complete && !object.IsUnknown() && one.known()
		if len(one.Overrides) > 0 {
			vs.Overrides[name], one.OverrideSetting = one.Overrides, []string{name}
		}
		if one.schedule != (order.ScheduleSetting{}) {
			vs.Schedules[name], one.ScheduleSetting = one.schedule, name
		}
		vs.List[name] = one.Variation
	}
	return vs, complete
}

// VariationsMap is the attribute's value for variations.json.
func VariationsMap(vs order.Variations) types.Map {
	elements := make(map[string]attr.Value, len(vs.List))
	for name := range vs.List {
		elements[name] = variationObject(vs, name)
	}
	return types.MapValueMust(variationType(), elements)
}

func variationObject(vs order.Variations, name string) types.Object {
	v := vs.List[name]
	files := make(map[string]attr.Value, len(v.InputFiles))
	for input, ids := range v.InputFiles {
		files[input] = Int64List(ids)
	}
	texts := make(map[string]string, len(v.InputJSON))
	for input, value := range v.InputJSON {
		texts[input] = jsonText(value)
	}
	var configuration recipe.Configuration
	if v.Configuration != nil {
		configuration = *v.Configuration
	}
	return types.ObjectValueMust(variationType().AttrTypes, map[string]attr.Value{
		"description":    types.StringValue(v.Description),
		"input_files":    types.MapValueMust(types.ListType{ElemType: types.Int64Type}, files),
		"input_json":     TextMap(texts),
		"configuration":  configurationObject(configuration, false),
		"overrides_json": types.StringValue(jsonText(map[string]any(vs.Variables(name)))),
		"schedule":       scheduleObject(vs.Schedule(name)),
		"max_duration":   TextOrNull(v.MaxDuration),
	})
}

// jsonText is JSON as jsonencode writes it, without its escapes for HTML.
func jsonText(value any) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(value); err != nil {
		return "null" // no value that comes from JSON is of a type that cannot be written
	}
	return string(bytes.TrimSpace(b.Bytes()))
}

// SameVariations tells whether two values of the attribute, both known, mean the same.
func SameVariations(a, b types.Map) bool {
	x, knownX := ReadVariations(a)
	y, knownY := ReadVariations(b)
	return knownX && knownY && sameDocument(x, y)
}

// sameDocument compares by the JSON form.
func sameDocument(a, b any) bool {
	x, errX := json.Marshal(a)
	y, errY := json.Marshal(b)
	return errX == nil && errY == nil && recipe.SameJSON(x, y)
}

// KeepSpelling is v with every variation, or else every attribute of one, that means the
// same in prior taken from there. Attributes that one of them leaves out stay as they
// are: Terraform takes no others.
func KeepSpelling(v, prior types.Map) types.Map {
	if v.IsNull() || v.IsUnknown() || prior.IsNull() {
		return v
	}
	if SameVariations(v, prior) {
		return prior
	}
	elements := maps.Clone(v.Elements())
	for name, element := range elements {
		now, _ := element.(types.Object)
		before, existed := prior.Elements()[name].(types.Object)
		if !existed || now.IsUnknown() || now.IsNull() {
			continue
		}
		members := maps.Clone(now.Attributes())
		for member, value := range members {
			old := before.Attributes()[member]
			if value.IsNull() || value.IsUnknown() || old.IsNull() {
				continue
			}
			one := func(value attr.Value) types.Map { // a variation that has only this attribute
				only := maps.Clone(variationObject(order.Variations{}, "").Attributes())
				only[member] = value
				return types.MapValueMust(variationType(), map[string]attr.Value{
					"": types.ObjectValueMust(variationType().AttrTypes, only),
				})
			}
			if SameVariations(one(value), one(old)) {
				members[member] = old
			}
		}
		elements[name] = types.ObjectValueMust(variationType().AttrTypes, members)
	}
	return types.MapValueMust(variationType(), elements)
}

// ValidateVariations reports what is wrong with the known parts of v.
func ValidateVariations(v types.Map, diags *diag.Diagnostics) {
	const summary = "Invalid variation"
	root := path.Root("variations")
	bad := func(at path.Path, problem string) {
		diags.AddAttributeError(at, summary, at.String()+": "+problem)
	}
	vs, _ := ReadVariations(v)
	vs.Schedules = nil // ValidateSchedule knows their attributes
	for _, name := range slices.Sorted(maps.Keys(v.Elements())) {
		at := root.AtMapKey(name)
		object, _ := v.Elements()[name].(types.Object)
		one := ReadVariation(object)
		for _, member := range slices.Sorted(maps.Keys(one.invalid)) {
			here := at.AtName("overrides_json")
			if member != "overrides_json" {
				here = at.AtName("input_json")
			}
			bad(here, fmt.Sprintf("%s: the text %s (%s)", member, one.invalid[member], order.InvalidVariations))
		}
		for _, input := range slices.Sorted(maps.Keys(one.InputFiles)) {
			if len(one.InputFiles[input]) == 0 {
				bad(at.AtName("input_files").AtMapKey(input), fmt.Sprintf("found an empty list, expected at least one id; leave the input "+
					"out if there are no files (%s)", recipe.InvalidData))
			}
		}
		schedule, _ := object.Attributes()["schedule"].(types.Object)
		ValidateSchedule(schedule, at.AtName("schedule"), diags)
		if configuration, ok := object.Attributes()["configuration"].(types.Object); ok {
			ValidateConfiguration(configuration, at.AtName("configuration"), diags)
		}
		if d := vs.List[name]; true {
			d.ScheduleSetting, d.Configuration = "", nil // they were looked at
			vs.List[name] = d
		}
	}
	raw, err := json.Marshal(vs)
	if err != nil {
		bad(root, err.Error())
		return
	}
	_, problems := order.ParseVariations(raw)
	for _, p := range problems {
		at, problem := variationPath(p), p.Text()
		bad(at, fmt.Sprintf("%s (%s)", problem, p.Code))
	}
}

// variationPath is the attribute for a place in variations.json as ReadVariations makes it.
func variationPath(p recipe.Problem) path.Path {
	at := path.Root("variations")
	if len(p.Path) < 2 {
		return at
	}
	at = at.AtMapKey(p.Path[1])
	if p.Path[0] == "override-setting-list" {
		return at.AtName("overrides_json")
	}
	if len(p.Path) < 3 {
		return at
	}
	switch member := p.Path[2]; member {
	case "input-files", "input-json":
		at = at.AtName(map[string]string{"input-files": "input_files", "input-json": "input_json"}[member])
		if len(p.Path) > 3 {
			at = at.AtMapKey(p.Path[3])
		}
	case "max-duration":
		at = at.AtName("max_duration")
	case "description":
		at = at.AtName("description")
	}
	return at
}
