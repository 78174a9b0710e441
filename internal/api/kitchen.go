package api

import "encoding/json"

// Kitchen is a record of a kitchen (contract datakitchen-v2, 1.3). Details have HID,
// Roles and Settings too. ETag is how a client of ours sends it back: see KitchenUpdate.
type Kitchen struct {
	HID         string            `json:"_hid,omitempty"`
	Name        string            `json:"name"`
	Parent      string            `json:"parent-kitchen"` // "": a root
	Description string            `json:"description"`
	Staff       []string          `json:"kitchen-staff"`           // user names; empty: open to all
	Overrides   json.RawMessage   `json:"recipeoverrides"`         // object of its own variables
	Roles       map[string]string `json:"kitchen-roles,omitempty"` // user -> Admin, Developer, Guest
	Settings    *KitchenSettings  `json:"settings,omitempty"`
	Recipes     []string          `json:"recipes"` // names, inherited ones too
	Creator     string            `json:"creator_user"`
	Created     int64             `json:"created_time"` // ms since 1970
}

// KitchenSettings are the settings of a kitchen.
type KitchenSettings struct {
	Alerts KitchenAlerts `json:"alerts"`
}

// KitchenAlerts are who hears of the kitchen's runs: e-mail addresses and https URLs. On
// the wire an event without any is null.
type KitchenAlerts struct {
	Start        []string `json:"orderrunStart"`
	Warning      []string `json:"orderrunWarning"`
	OverDuration []string `json:"orderrunOverDuration"`
	Success      []string `json:"orderrunSuccess"`
	Error        []string `json:"orderrunError"`
}

// Kitchens is the answer of GET kitchen/list.
type Kitchens struct {
	Kitchens []Kitchen `json:"kitchens"`
}

// KitchenDetail is the answer of GET kitchen/{k}.
type KitchenDetail struct {
	Kitchen Kitchen `json:"kitchen"`
}

// KitchenCreate is the body of PUT kitchen/create/{parent}/{new}.
type KitchenCreate struct {
	Description string `json:"description"`
	Message     string `json:"message,omitempty"`
}

// KitchenUpdate is the body of POST kitchen/update/{k}: the whole record.
type KitchenUpdate struct {
	Kitchen Kitchen `json:"kitchen.json"`
	Message string  `json:"message,omitempty"`
}

// KitchenRecipeNames is the answer of GET kitchen/recipenames/{k}.
type KitchenRecipeNames struct {
	Recipes []string `json:"recipes"`
}

// KitchenRecipeFiles is the answer of recipe/get/{k}/{r}: files by folder ("r", "r/sub").
type KitchenRecipeFiles struct {
	OrigHead string                                    `json:"ORIG_HEAD"`
	Recipes  map[string]map[string][]KitchenRecipeFile `json:"recipes"`
}

// KitchenRecipeFile is a file of a recipe: its contents are in JSON for .json files, in
// Text for others.
type KitchenRecipeFile struct {
	FileName string  `json:"filename"`
	SHA      string  `json:"sha"`
	Type     string  `json:"type"` // blob
	URL      string  `json:"url"`
	JSON     *string `json:"json,omitempty"`
	Text     *string `json:"text,omitempty"`
}

// KitchenRecipeUpdate is the body of POST recipe/update/{k}/{r}: changes by path.
type KitchenRecipeUpdate struct {
	Files   map[string]KitchenFileChange `json:"files"`
	Message string                       `json:"message,omitempty"`
}

// KitchenFileChange writes a file; without contents it deletes it.
type KitchenFileChange struct {
	Contents *string `json:"contents,omitempty"`
	IsNew    bool    `json:"isNew,omitempty"`
}

// FileContents is the answer of GET recipe/file/{k}/{r}/{path}.
type FileContents struct {
	Contents string `json:"contents"`
}
