package orders

import (
	"encoding/json"

	"github.com/recipe-galley/terraform-provider-galley/internal/order"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/usecase"
)

// KitchenSpec describes a new kitchen below Parent, a name; "" makes a root.
type KitchenSpec struct {
	Name        string
	Parent      string
	Description string
	By          Actor
	Key         *usecase.IdempotencyKey
}

// KitchenEdit replaces members of a kitchen; nil leaves a member as it is.
type KitchenEdit struct {
	Description *string
	Overrides   json.RawMessage // object
	// SecretOverrides are variables whose values nobody is shown (ours): an object. Asterisks
	// leave a value as it is.
	SecretOverrides json.RawMessage
	Staff           json.RawMessage // array of user names
	Roles           json.RawMessage // object: user -> Admin, Developer, Guest
	Alerts          json.RawMessage // object: order.Event -> null or array of destinations
	Extra           json.RawMessage // object of all other members of the record
	By              Actor
	IfMatch         usecase.IfMatch
}

// OrderEdit replaces what an order was made with; nil, or nothing, leaves it as it is.
type OrderEdit struct {
	Parameters       json.RawMessage        // object: all that are no secrets
	SecretParameters json.RawMessage        // object: all secret ones
	Schedule         *order.ScheduleSetting // whole; without a text it is the variation's
	Overlap          *order.Overlap         // "": the variation's
	CatchUp          *order.CatchUp         // likewise
	Timeout          *string                // likewise
	Paused           *bool
	Settings         map[string]json.RawMessage // members of the request, to be given back; null takes one away
	By               Actor
	IfMatch          usecase.IfMatch
}

// KitchenRecipeEdit writes files of a kitchen's recipe: Contents by path, nil deletes. A
// recipe that the kitchen only inherits becomes its own first, with all files.
type KitchenRecipeEdit struct {
	Kitchen, Recipe string
	Files           map[string]*string
	Create          bool // the recipe must not exist in the kitchen or its parents; otherwise it must
	By              Actor
	Key             *usecase.IdempotencyKey // of a create
}

// OrderSpec describes an order (contract datakitchen-v2, 1.5).
type OrderSpec struct {
	Kitchen, Recipe, Variation string
	Parameters                 json.RawMessage // object; none: {}
	SecretParameters           json.RawMessage // more of them, whose values nobody is shown (ours)
	Schedule                   string          // "": the variation's
	TimeZone, Start, Expires   string          // schedule.Options
	MaxRuns                    int
	Overlap                    order.Overlap // "": the variation's
	CatchUp                    order.CatchUp // likewise
	Paused                     bool
	Timeout                    string          // of a run; "": the variation's
	GraphSetting               json.RawMessage // edges and nodes: which nodes run, with those that they need; none: all
	InputSettings              json.RawMessage // object: the request, to be given back
	By                         Actor
	Key                        *usecase.IdempotencyKey
}
