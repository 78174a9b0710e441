package provider

import "github.com/recipe-galley/terraform-provider-galley/internal/client"

// providerData is what the provider hands to its resources and data sources.
type providerData struct {
	client  *client.Client // nil: part of the provider's configuration is unknown
	unknown []string       // the attributes that are unknown
	ledger  *ledger        // what the plan under way makes
	refresh *refresh       // nil: there is no client
	online  *online        // nil: there is no client, or plan_validation is off
}
