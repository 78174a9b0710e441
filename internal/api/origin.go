package api

// Origin says who has made a thing, or changed it last (ours). Origins are names, and give
// nobody a right.
type Origin struct {
	Kind     string `json:"kind"` // workspace, job-type, recipe-type, recipe, kitchen, kitchen-recipe, order, strike, scan
	Name     string `json:"name"` // how its users name it: an id, a name, "name/version", "kitchen/recipe"
	Username string `json:"username"`
	Origin   string `json:"origin"` // such as a workspace of Terraform; "": none was given
	Run      string `json:"run"`    // such as that of Terraform Cloud; "": none
	Action   string `json:"action"` // made or changed
	At       Time   `json:"at"`
	Claimed  *Time  `json:"claimed"` // since when a state of Terraform has it; null: none has
	IsOwn    bool   `json:"is_own"`  // it is of the request's origin, or without one of its user
	IsLost   bool   `json:"is_lost"` // and an earlier session has made it, but has no state of it: a create takes it over
}

// OriginClaim is the body of POST /v6/origins/claim/ and /v6/origins/release/ (ours).
type OriginClaim struct {
	Kind  string   `json:"kind"`
	Name  string   `json:"name,omitempty"`
	Names []string `json:"names,omitempty"` // more of them
}

// The kinds of Origin.
const (
	OriginWorkspace     = "workspace"
	OriginJobType       = "job-type"
	OriginRecipeType    = "recipe-type"
	OriginRecipe        = "recipe"
	OriginKitchen       = "kitchen"
	OriginKitchenRecipe = "kitchen-recipe"
	OriginOrder         = "order"
	OriginStrike        = "strike"
	OriginScan          = "scan"
)
