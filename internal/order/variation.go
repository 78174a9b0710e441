package order

import (
	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
	"github.com/recipe-galley/terraform-provider-galley/internal/schedule"
)

// The files of a kitchen's recipe that mean something to orders.
const (
	VariablesFile   = "variables.json"
	VariationsFile  = "variations.json"
	DescriptionFile = "description.json"
)

// Description is description.json. RecipeType, "recipe-type" in the file, is ours: the
// recipe type that the kitchen's recipe stands for.
type Description struct {
	RecipeType         string // name; "": the recipe cannot be ordered yet
	RecipeTypeRevision int    // "recipe-type-revision"; 0: the latest one at the time of a run
	Description        string
}

// ParseDescription reads description.json; other members mean nothing here.
func ParseDescription(raw []byte) (Description, recipe.Problems) {
	panic("unwritten")
}

// Variations is variations.json (contract 3).
type Variations struct {
	List      map[string]Variation
	Overrides map[string]Variables       // "override-setting-list"
	Schedules map[string]ScheduleSetting // "schedule-setting-list", or the older "mesos-setting-list"
}

// Variation is one way to run a recipe. InputFiles, InputJSON, Configuration and
// MaxDuration are ours: "input-files", "input-json", "configuration", "max-duration".
type Variation struct {
	Description     string
	OverrideSetting []string // names in Overrides, the strongest last ("override-setting": a name or a list)
	ScheduleSetting string   // name in Schedules; "": at once
	InputFiles      map[string][]int64
	InputJSON       map[string]any
	Configuration   *recipe.Configuration // nil: none
	MaxDuration     string                // of ISO 8601; a run that takes longer alerts; "": no limit
}

// ScheduleSetting is when a variation runs if its order does not say. The members are
// those of the contract ("schedule", "scheduleTimeZone") and ours ("start", "expires",
// "max-runs").
type ScheduleSetting struct {
	Schedule string // "now" or "": at once; cron; R[n]/start/period
	schedule.Options
}

// ParseVariations reads variations.json. References to settings that are not there,
// schedules that cannot be read and durations that are none are problems, at their paths.
func ParseVariations(raw []byte) (Variations, recipe.Problems) {
	panic("unwritten")
}

// Variables are the values that a variation sets, those of its last override setting
// the strongest.
func (vs Variations) Variables(variation string) Variables {
	panic("unwritten")
}

// Schedule is when a variation runs on its own.
func (vs Variations) Schedule(variation string) ScheduleSetting {
	panic("unwritten")
}
