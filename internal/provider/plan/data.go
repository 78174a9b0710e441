package plan

import (
	"github.com/recipe-galley/terraform-provider-galley/internal/client"
)

// Data is what the provider hands to its resources and data sources.
type Data struct {
	Client  *client.Client // nil: part of the provider's configuration is unknown
	Unknown []string       // the attributes that are unknown
	Ledger  *Ledger        // what the plan under way makes
	Refresh *Refresh       // nil: there is no client
	Online  *Online        // nil: there is no client, or plan_validation is off
	Trouble *Trouble       // nil: there is no client
	Origins *Origins       // nil: there is no client
}

// The values of plan_validation.
const (
	ValidationError = "error"
	ValidationWarn  = "warn"
	ValidationOff   = "off"
)
