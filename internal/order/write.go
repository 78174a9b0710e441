package order

import "encoding/json"

// MarshalJSON writes description.json.
func (d Description) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		RecipeType  string `json:"recipe-type,omitempty"`
		Revision    int    `json:"recipe-type-revision,omitempty"`
		Description string `json:"description"`
	}{d.RecipeType, d.RecipeTypeRevision, d.Description})
}

// Document is variables.json, which ParseVariables reads.
func (vs Variables) Document() map[string]Variables {
	if vs == nil {
		vs = Variables{}
	}
	return map[string]Variables{"variable-list": vs}
}

type (
	variationsJSON struct {
		List      map[string]variationJSON `json:"variation-list"`
		Overrides map[string]Variables     `json:"override-setting-list,omitempty"`
		Schedules map[string]scheduleJSON  `json:"schedule-setting-list,omitempty"`
		Graphs    map[string]any           `json:"graph-setting-list,omitempty"`
	}
	variationJSON struct {
		Description     string         `json:"description,omitempty"`
		OverrideSetting []string       `json:"override-setting,omitempty"`
		ScheduleSetting string         `json:"schedule-setting,omitempty"`
		GraphSetting    string         `json:"graph-setting,omitempty"`
		InputFiles      map[string]any `json:"input-files,omitempty"`
		InputJSON       map[string]any `json:"input-json,omitempty"`
		Configuration   any            `json:"configuration,omitempty"`
		MaxDuration     string         `json:"max-duration,omitempty"`
		Timeout         string         `json:"timeout,omitempty"`
		Overlap         Overlap        `json:"overlap,omitempty"`
		CatchUp         CatchUp        `json:"catch-up,omitempty"`
	}
	scheduleJSON struct {
		Schedule string `json:"schedule,omitempty"`
		Zone     string `json:"scheduleTimeZone,omitempty"`
		Start    string `json:"start,omitempty"`
		Expires  string `json:"expires,omitempty"`
		MaxRuns  int    `json:"max-runs,omitempty"`
	}
)

// MarshalJSON writes variations.json, without what is empty.
func (vs Variations) MarshalJSON() ([]byte, error) {
	out := variationsJSON{
		List: map[string]variationJSON{}, Overrides: vs.Overrides, Schedules: map[string]scheduleJSON{}, Graphs: vs.Graphs,
	}
	for name, v := range vs.List {
		j := variationJSON{
			Description: v.Description, OverrideSetting: v.OverrideSetting, ScheduleSetting: v.ScheduleSetting, GraphSetting: v.GraphSetting,
			InputFiles: InputFiles{v.InputFiles, v.FileRules}.Lists(true), InputJSON: v.InputJSON, MaxDuration: v.MaxDuration,
			Timeout: v.Timeout, Overlap: v.Overlap, CatchUp: v.CatchUp,
		}
		if v.Configuration != nil {
			j.Configuration = v.Configuration
		}
		out.List[name] = j
	}
	for name, s := range vs.Schedules {
		out.Schedules[name] = scheduleJSON{s.Schedule, s.Zone, s.Start, s.Expires, s.MaxRuns}
	}
	return json.Marshal(out)
}
