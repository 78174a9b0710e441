package order

import (
	"bytes"
	"encoding/json"

	"github.com/recipe-galley/terraform-provider-galley/internal/document"
	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
	"github.com/recipe-galley/terraform-provider-galley/internal/recipe/form"
)

// VariationsShape describes the variations of a kitchen's recipe in their object form. In
// variations.json the overrides and the schedule of a variation are settings of its own
// name.
func VariationsShape() document.Shape {
	text := document.Simple(document.Text)
	return document.MapOf(document.ObjectOf(
		document.Member{Name: "description", Shape: text, Default: "", Doc: "Description."},
		document.Member{Name: "input_files", Shape: InputFilesShape(), Default: map[string]any{}, Doc: InputFilesDoc},
		document.Member{Name: "input_json", Shape: document.MapOf(document.Simple(document.JSON)), Default: map[string]any{},
			Doc: "Values of the JSON inputs of the recipe type, by name, each as JSON text: `jsonencode(0.5)`. A " +
				"variable of the same name wins over it. Compared by meaning."},
		document.Member{Name: "configuration", Shape: form.VariationConfigurationShape(), Default: map[string]any{},
			Doc: "Put over the configurations of the job types of the recipe type's own nodes. " +
				"A variable named like a setting of a job type wins over `settings`."},
		document.Member{Name: "overrides_json", Shape: document.Simple(document.JSON), Default: "{}",
			Doc: "Variables that this variation sets, as JSON text of an object: `jsonencode({ bands = [1, 2] })`. They win " +
				"over `variables`; those of the kitchens and of the order win over them. Compared by meaning."},
		document.Member{Name: "schedule", Shape: ScheduleShape(), Default: map[string]any{"now": true},
			Doc: "When orders of this variation run that do not say so themselves. Left out: once, at once. " +
				"A change does not touch orders that exist. Exactly one of `cron`, `interval` and `now` is given."},
		document.Member{Name: "nodes", Shape: document.SetOf(text), Doc: NodesDoc},
		document.Member{Name: "max_duration", Shape: text,
			Doc: "A run that takes longer than this is told to the `over_duration` alerts: a duration of ISO 8601, such " +
				"as `PT2H`. It goes on all the same."},
		document.Member{Name: "timeout", Shape: text,
			Doc: "A run that takes longer than this is ended: its jobs are canceled, it has failed with the error `timeout`, and the `error` alerts are told. A " +
				"duration such as `PT4H` or `4h`. Default: no limit."},
		document.Member{Name: "overlap", Shape: text,
			Doc: "What becomes of a run that is due while another of its order is under way, for orders that do not say so themselves: `allow`, `skip`, `hold` or " +
				"`cancel`, as `overlap` of `galley_order`. Default `allow`."},
		document.Member{Name: "catch_up", Shape: text,
			Doc: "Which runs are made up that were due while no server could start them, likewise: `none`, `last` or `all`. Default `none`."},
	))
}

// NodesDoc is what the argument nodes of variations and orders does.
const NodesDoc = "Names of nodes of the recipe type: only they run, and the nodes that they need (all that they depend on). Left out: all run."

// VariationDraft is what is known of a variation in its object form.
type VariationDraft struct {
	Variation
	Overrides Variables
	Schedule  ScheduleSetting
	Nodes     []string        // as of GraphSetting, each alone
	Partly    map[string]bool // members that are not wholly known; what is known of them is there
}

// VariationsDraft is what is known of variations in their object form.
type VariationsDraft struct {
	Of    map[string]VariationDraft
	Names bool // there are no others
	Known bool // and all is known and right
}

// ReadVariations reads the object form; nil is none. Problems are at places in it.
func ReadVariations(v any) (VariationsDraft, recipe.Problems) {
	d := VariationsDraft{Of: map[string]VariationDraft{}}
	if v == nil {
		v = map[string]any{}
	}
	read, wrong := VariationsShape().Read(v)
	var problems recipe.Problems
	for _, p := range wrong {
		problems = append(problems, problem(p.Path, InvalidVariations, "%s", p.Message))
	}
	elements, isMap := read.(map[string]any)
	d.Names = isMap
	for _, name := range sorted(elements) {
		one, found := readVariation(elements[name])
		d.Of[name] = one
		problems = append(problems, found.Below(name)...)
	}
	for _, name := range sorted(d.Of) {
		for _, p := range CheckReferences(d.Of[name].Overrides) {
			problems = append(problems, p.MovedTo(recipe.Path{name, "overrides_json"}))
		}
	}
	problems = append(problems, d.check()...)
	d.Known = isMap && document.Known(read) && len(problems) == 0
	return d, problems
}

// check holds the variations against the rules for variations.json.
func (d VariationsDraft) check() recipe.Problems {
	vs := d.Variations()
	vs.Schedules = nil // they were looked at, and so were the configurations
	for name, v := range vs.List {
		v.ScheduleSetting, v.Configuration, v.FileRules = "", nil, nil
		for input, ids := range v.InputFiles {
			if len(ids) == 0 { // it was reported, or is not known
				v.InputFiles[input] = []int64{0}
			}
		}
		vs.List[name] = v
	}
	raw, err := json.Marshal(vs)
	if err != nil { // its values come out of JSON
		return recipe.Problems{problem(nil, InvalidVariations, "%s", err)}
	}
	_, found := ParseVariations(raw)
	var problems recipe.Problems
	for _, p := range found {
		problems = append(problems, p.MovedTo(placeOfVariation(p.Path)))
	}
	return problems
}

// placeOfVariation is where in the object form is what variations.json, as Variations makes
// it, has at p.
func placeOfVariation(p recipe.Path) recipe.Path {
	if len(p) < 2 {
		return nil
	}
	at := recipe.Path{p[1]}
	if p[0] == "override-setting-list" {
		return at.At("overrides_json")
	}
	names := map[string]string{
		"input-files": "input_files", "input-json": "input_json", "max-duration": "max_duration", "description": "description",
		"overlap": "overlap", "timeout": "timeout", "catch-up": "catch_up", "graph-setting": "nodes",
	}
	if len(p) < 3 || names[p[2]] == "" {
		return at
	}
	return at.At(names[p[2]]).At(p[3:min(len(p), 4)]...)
}

func readVariation(read any) (VariationDraft, recipe.Problems) {
	d := VariationDraft{
		Variation: Variation{InputFiles: map[string][]int64{}, InputJSON: map[string]any{}},
		Overrides: Variables{}, Partly: map[string]bool{},
	}
	var problems recipe.Problems
	add := func(at recipe.Path, code recipe.Code, format string, args ...any) {
		problems = append(problems, problem(at, code, format, args...))
	}
	members, isObject := read.(map[string]any)
	for name, m := range members {
		d.Partly[name] = !document.Known(m)
	}
	if !isObject {
		for _, name := range VariationsShape().Element.Names() {
			d.Partly[name] = true
		}
		return d, nil
	}
	d.Description, d.MaxDuration = member[string](read, "description"), member[string](read, "max_duration")
	d.Timeout = member[string](read, "timeout")
	for _, name := range member[[]any](read, "nodes") {
		if name, known := name.(string); known {
			d.Nodes = append(d.Nodes, name)
		}
	}
	if nodes, given := members["nodes"].([]any); given && len(nodes) == 0 {
		add(recipe.Path{"nodes"}, InvalidVariations, "the list is empty, and nothing would run; leave it out, so that all nodes do")
	}
	d.Overlap, d.CatchUp = Overlap(member[string](read, "overlap")), CatchUp(member[string](read, "catch_up"))
	files, wrong := readInputFiles(member[map[string]any](read, "input_files"))
	problems = append(problems, wrong.Below("input_files")...)
	d.InputFiles, d.FileRules = files.IDs, files.Rules
	values := member[map[string]any](read, "input_json")
	for _, name := range sorted(values) {
		text, known := values[name].(string)
		if !known {
			continue
		}
		value, err := recipe.Decode([]byte(text))
		if err != nil {
			add(recipe.Path{"input_json", name}, InvalidVariations, "the text %s", err)
			d.Partly["input_json"] = true
			continue
		}
		d.InputJSON[name] = value
	}
	if text, known := members["overrides_json"].(string); known {
		value, err := recipe.Decode([]byte(text))
		object, isObject := value.(map[string]any)
		switch {
		case err != nil:
			add(recipe.Path{"overrides_json"}, InvalidVariations, "the text %s", err)
		case !isObject:
			add(recipe.Path{"overrides_json"}, InvalidVariations, "the text is %s; expected an object of values by name, such as "+
				"{ \"bands\": [1, 2] }", recipe.KindOf(value))
		default:
			d.Overrides = object
		}
		d.Partly["overrides_json"] = err != nil || !isObject
	}
	c, found, _ := form.ReadConfiguration(form.VariationConfigurationShape(), members["configuration"])
	problems = append(problems, found.Below("configuration")...)
	if raw, err := json.Marshal(c); err == nil && string(raw) != "{}" {
		d.Configuration = &c
	}
	s, found, _ := ReadSchedule(members["schedule"])
	problems = append(problems, found.Below("schedule")...)
	if !s.AtOnce() {
		d.Schedule = s
	}
	return d, problems
}

// Variations is what d knows, as variations.json has it.
func (d VariationsDraft) Variations() Variations {
	vs := Variations{
		List: map[string]Variation{}, Overrides: map[string]Variables{}, Schedules: map[string]ScheduleSetting{}, Graphs: map[string]any{},
	}
	for name, one := range d.Of {
		if len(one.Nodes) > 0 {
			vs.Graphs[name], one.GraphSetting = GraphOf(one.Nodes), name
		}
		if len(one.Overrides) > 0 {
			vs.Overrides[name], one.OverrideSetting = one.Overrides, []string{name}
		}
		if one.Schedule != (ScheduleSetting{}) {
			vs.Schedules[name], one.ScheduleSetting = one.Schedule, name
		}
		vs.List[name] = one.Variation
	}
	return vs
}

// Object is the object form of vs, without what is as by default.
func (vs Variations) Object() map[string]any {
	out := make(map[string]any, len(vs.List))
	for name, v := range vs.List {
		values := make(map[string]any, len(v.InputJSON))
		for input, value := range v.InputJSON {
			values[input] = jsonText(value)
		}
		one := map[string]any{
			"description": v.Description, "input_files": InputFiles{v.InputFiles, v.FileRules}.Lists(false), "input_json": values,
			"overrides_json": jsonText(map[string]any(vs.Variables(name))),
		}
		if v.Configuration != nil {
			one["configuration"] = form.OfConfiguration(*v.Configuration, form.VariationConfigurationShape())
		}
		if s := vs.Schedule(name); !s.AtOnce() {
			one["schedule"] = s.Object()
		}
		if nodes := vs.NodesOf(name); len(nodes) > 0 {
			one["nodes"] = texts(nodes)
		}
		if v.MaxDuration != "" {
			one["max_duration"] = v.MaxDuration
		}
		for member, text := range map[string]string{"timeout": v.Timeout, "overlap": string(v.Overlap), "catch_up": string(v.CatchUp)} {
			if text != "" {
				one[member] = text
			}
		}
		out[name] = one
	}
	read, _ := VariationsShape().Read(out)
	minimal, _ := VariationsShape().Minimal(read).(map[string]any)
	return minimal
}

func texts(names []string) []any {
	out := make([]any, 0, len(names))
	for _, name := range names {
		out = append(out, name)
	}
	return out
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
