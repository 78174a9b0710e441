package order

import (
	"encoding/json"
	"maps"

	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
	"github.com/recipe-galley/terraform-provider-galley/internal/schedule"
)

// The files of a kitchen's recipe that mean something to orders.
const (
	VariablesFile   = "variables.json"
	VariationsFile  = "variations.json"
	DescriptionFile = "description.json"
)

// CheckFile reads a file of a kitchen's recipe, if it is one of the three that mean
// something, and tells what is wrong with it.
func CheckFile(path string, contents []byte) recipe.Problems {
	var ps recipe.Problems
	switch path {
	case VariablesFile:
		_, ps = ParseVariables(contents)
	case VariationsFile:
		_, ps = ParseVariations(contents)
	case DescriptionFile:
		_, ps = ParseDescription(contents)
	}
	return ps
}

// Description is description.json. RecipeType, "recipe-type" in the file, is ours: the
// recipe type that the kitchen's recipe stands for.
type Description struct {
	RecipeType         string // name; "": the recipe cannot be ordered yet
	RecipeTypeRevision int    // "recipe-type-revision"; 0: the latest one at the time of a run
	Description        string
}

// ParseDescription reads description.json; other members mean nothing here.
func ParseDescription(raw []byte) (Description, recipe.Problems) {
	value, ps := loadSchema().Read(recipe.WithoutBOM(raw), "description", DescriptionFile, InvalidDescription)
	return Description{
		RecipeType:         member[string](value, "recipe-type"),
		RecipeTypeRevision: count(value, "recipe-type-revision", nil, InvalidDescription, &ps),
		Description:        member[string](value, "description"),
	}, ps
}

// Variations is variations.json (contract 3).
type Variations struct {
	List      map[string]Variation
	Overrides map[string]Variables       // "override-setting-list"
	Schedules map[string]ScheduleSetting // "schedule-setting-list", or the older "mesos-setting-list"
	Graphs    map[string]any             // "graph-setting-list": lists of edges and nodes
}

// Variation is one way to run a recipe. InputFiles, InputJSON, Configuration, MaxDuration, Timeout,
// Overlap and CatchUp are ours: "input-files", "input-json", "configuration", "max-duration",
// "timeout", "overlap", "catch-up".
type Variation struct {
	Description     string
	OverrideSetting []string // names in Overrides, the strongest last ("override-setting": a name or a list)
	ScheduleSetting string   // name in Schedules; "": at once
	GraphSetting    string   // name in Graphs; "": the whole recipe
	InputFiles      map[string][]int64
	FileRules       map[string][]FileRule // inputs whose files are chosen when a run starts
	InputJSON       map[string]any
	Configuration   *recipe.Configuration // nil: none
	MaxDuration     string                // of ISO 8601; a run that takes longer alerts; "": no limit
	Timeout         string                // of ISO 8601; a run that takes longer is ended, and has failed; "": no limit
	Overlap         Overlap               // of orders that do not say; "": allow
	CatchUp         CatchUp               // likewise; "": none
}

// ParseVariations reads variations.json. References to settings that are not there,
// schedules that cannot be read and durations that are none are problems, at their paths.
func ParseVariations(raw []byte) (Variations, recipe.Problems) {
	value, ps := loadSchema().Read(recipe.WithoutBOM(raw), "variations", VariationsFile, InvalidVariations)
	vs := Variations{
		List: map[string]Variation{}, Overrides: map[string]Variables{}, Schedules: map[string]ScheduleSetting{},
		Graphs: member[map[string]any](value, "graph-setting-list"),
	}
	if len(ps) > 0 {
		return vs, ps
	}
	overrides := member[map[string]any](value, "override-setting-list")
	for _, name := range sorted(overrides) {
		members, _ := overrides[name].(map[string]any)
		values := replaced(members)
		vs.Overrides[name] = values
		ps = append(ps, under(recipe.Path{"override-setting-list", name}, CheckVariables(values))...)
	}
	list := "schedule-setting-list"
	if older := "mesos-setting-list"; member[map[string]any](value, list) == nil && member[map[string]any](value, older) != nil {
		list = older
	}
	schedules := member[map[string]any](value, list)
	for _, name := range sorted(schedules) {
		at := recipe.Path{list, name}
		s := readSchedule(schedules[name], at, &ps)
		_, problems := s.Parse()
		ps = append(ps, under(at, problems)...)
		vs.Schedules[name] = s
	}
	variations := member[map[string]any](value, "variation-list")
	for _, name := range sorted(variations) {
		at := recipe.Path{"variation-list", name}
		if p := CheckName("variation", name); p != nil {
			ps = append(ps, problem(at, InvalidName, "%s", p.Message))
		}
		vs.List[name] = vs.read(variations[name], at, list, &ps)
	}
	return vs, ps
}

func readSchedule(value any, at recipe.Path, ps *recipe.Problems) ScheduleSetting {
	return ScheduleSetting{
		Schedule: member[string](value, "schedule"),
		Options: schedule.Options{
			Zone: member[string](value, "scheduleTimeZone"), Start: member[string](value, "start"),
			Expires: member[string](value, "expires"), MaxRuns: count(value, "max-runs", at, InvalidVariations, ps),
		},
	}
}

// read reads one variation. List is the member that schedule settings are in.
func (vs Variations) read(value any, at recipe.Path, list string, ps *recipe.Problems) Variation {
	add := func(code recipe.Code, member, format string, args ...any) {
		*ps = append(*ps, problem(at.At(member), code, format, args...))
	}
	v := Variation{
		Description: member[string](value, "description"), ScheduleSetting: member[string](value, "schedule-setting"),
		InputFiles: map[string][]int64{}, InputJSON: map[string]any{}, MaxDuration: member[string](value, "max-duration"),
		Timeout: member[string](value, "timeout"),
	}
	setting := "schedule-setting"
	if older := "mesos-setting"; v.ScheduleSetting == "" {
		setting, v.ScheduleSetting = older, member[string](value, older)
	}
	if _, there := vs.Schedules[v.ScheduleSetting]; v.ScheduleSetting != "" && !there {
		add(UnknownSettingList, setting, "there is no '%s' in %s%s", recipe.Shorten(v.ScheduleSetting), list,
			recipe.DidYouMean(v.ScheduleSetting, sorted(vs.Schedules)))
	}
	v.GraphSetting = member[string](value, "graph-setting")
	if _, there := vs.Graphs[v.GraphSetting]; v.GraphSetting != "" && !there {
		add(UnknownSettingList, "graph-setting", "there is no '%s' in graph-setting-list%s", recipe.Shorten(v.GraphSetting),
			recipe.DidYouMean(v.GraphSetting, sorted(vs.Graphs)))
	}
	for _, name := range append(member[[]any](value, "override-setting"), member[string](value, "override-setting")) {
		name, _ := name.(string)
		if name == "" {
			continue
		}
		v.OverrideSetting = append(v.OverrideSetting, name)
		if _, there := vs.Overrides[name]; !there {
			add(UnknownSettingList, "override-setting", "there is no '%s' in override-setting-list%s", recipe.Shorten(name),
				recipe.DidYouMean(name, sorted(vs.Overrides)))
		}
	}
	maps.Copy(v.InputJSON, member[map[string]any](value, "input-json"))
	files, problems := readInputFiles(member[map[string]any](value, "input-files"))
	*ps = append(*ps, under(at.At("input-files"), problems)...)
	v.InputFiles, v.FileRules = files.IDs, files.Rules
	for _, name := range sorted(member[map[string]any](value, "input-files")) {
		if _, twice := v.InputJSON[name]; twice {
			add(recipe.DuplicateValue, "input-json", "'%s' is given both in input-files and in input-json; keep one", recipe.Shorten(name))
		}
	}
	if configuration := member[map[string]any](value, "configuration"); configuration != nil {
		raw, err := json.Marshal(configuration)
		if err != nil { // it came from JSON
			add(InvalidVariations, "configuration", "%s", err)
		}
		c, problems := recipe.ParseConfiguration(raw)
		v.Configuration = &c
		*ps = append(*ps, under(at.At("configuration"), problems)...)
	}
	var err error
	if v.Overlap, err = ParseOverlap(member[string](value, "overlap")); err != nil {
		add(InvalidVariations, "overlap", "%s", err)
	}
	if v.CatchUp, err = ParseCatchUp(member[string](value, "catch-up")); err != nil {
		add(InvalidVariations, "catch-up", "%s", err)
	}
	for name, text := range map[string]string{"max-duration": v.MaxDuration, "timeout": v.Timeout} {
		if text == "" {
			continue
		}
		if _, err := schedule.ParseDuration(text); err != nil {
			add(InvalidVariations, name, "%s", err)
		}
	}
	return v
}

// count is a member that is a whole number from 0; 0 if there is none.
func count(value any, name string, at recipe.Path, code recipe.Code, ps *recipe.Problems) int {
	n, given := member[any](value, name).(json.Number)
	if !given {
		return 0
	}
	i, exact := recipe.Whole(n)
	if !exact && len(*ps) == 0 {
		*ps = append(*ps, problem(at.At(name), code, "found %s, expected a whole number", n))
	}
	return int(i)
}

// Variables are the values that a variation sets, those of its last override setting
// the strongest.
func (vs Variations) Variables(variation string) Variables {
	var layers []Variables
	for _, name := range vs.List[variation].OverrideSetting {
		layers = append(layers, vs.Overrides[name])
	}
	return merge(layers)
}

// Schedule is when a variation runs on its own.
func (vs Variations) Schedule(variation string) ScheduleSetting {
	return vs.Schedules[vs.List[variation].ScheduleSetting]
}
