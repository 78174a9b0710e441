package order

import "github.com/recipe-galley/terraform-provider-galley/internal/recipe"

// Event is something of a run that people want to hear of.
type Event string

// The events of a kitchen's "settings.alerts" (contract 1.3).
const (
	RunStart        Event = "orderrunStart"
	RunWarning      Event = "orderrunWarning"
	RunOverDuration Event = "orderrunOverDuration"
	RunSuccess      Event = "orderrunSuccess"
	RunError        Event = "orderrunError"
)

// Events are all events, in the order of a run.
func Events() []Event { return []Event{RunStart, RunWarning, RunOverDuration, RunSuccess, RunError} }

// CheckDestination tells why a text is neither an e-mail address nor an https URL; nil if it is one.
func CheckDestination(text string) *recipe.Problem {
	panic("unwritten")
}

// Destinations are those of the variables "email" and "alert_destinations" (a text, texts
// separated by commas, or a list): where an order's alerts go beside the kitchen's
// (contract 4, "Alert Destination"). Duplicates are left out.
func Destinations(effective Variables) []string {
	panic("unwritten")
}
