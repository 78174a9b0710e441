package api

import (
	"encoding/json"
	"maps"
)

// Kitchen is the record of a kitchen (contract datakitchen-v2, 1.3), the same in lists
// and details. An update takes the whole record. HID, Recipes, Creator and Created are
// the server's; what an update says of them is ignored.
type Kitchen struct {
	HID         string          `json:"_hid"`
	Name        string          `json:"name"`
	Parent      string          `json:"parent-kitchen"` // "": a root
	Description string          `json:"description"`
	Staff       []string        `json:"kitchen-staff"`   // user names; empty: open to all
	Overrides   json.RawMessage `json:"recipeoverrides"` // object of its own variables
	// SecretOverrides are more variables (ours), whose values are given, never shown: asterisks
	// stand for one, also to leave it as it is. Nil leaves them all.
	SecretOverrides json.RawMessage   `json:"secretoverrides,omitempty"`
	Roles           map[string]string `json:"kitchen-roles"` // user -> Admin, Developer, Guest
	Settings        KitchenSettings   `json:"settings"`
	Recipes         []string          `json:"recipes"` // names, inherited ones too
	Creator         string            `json:"creator_user"`
	Created         int64             `json:"created_time"` // ms since 1970

	// Extra are the other members, which mean nothing here and are kept for their clients.
	Extra map[string]json.RawMessage `json:"-"`
	// ETag is the version of the record (ours), of details and updates only.
	ETag string `json:"-"`
	// TakenOver is of the answer to a create: an earlier one has made it, and lost it.
	TakenOver bool `json:"-"`
}

// KitchenSettings are the settings of a kitchen.
type KitchenSettings struct {
	Alerts KitchenAlerts              `json:"alerts"`
	Extra  map[string]json.RawMessage `json:"-"` // as in Kitchen
}

// KitchenAlerts are who hears of the kitchen's runs: e-mail addresses and https URLs. An
// event without any is null on the wire, and all five are always there.
type KitchenAlerts struct {
	Start        []string `json:"orderrunStart"`
	Warning      []string `json:"orderrunWarning"`
	OverDuration []string `json:"orderrunOverDuration"`
	Success      []string `json:"orderrunSuccess"`
	Error        []string `json:"orderrunError"`
}

// kitchenMembers and settingsMembers are the same without methods, so that encoding
// them does not come back here.
type (
	kitchenMembers  Kitchen
	settingsMembers KitchenSettings
)

// MarshalJSON writes the members and, beside them, Extra, which they win over.
func (k Kitchen) MarshalJSON() ([]byte, error) { return withExtra(kitchenMembers(k), k.Extra) }

// UnmarshalJSON reads a record; what it does not know goes to Extra.
func (k *Kitchen) UnmarshalJSON(raw []byte) error {
	if err := json.Unmarshal(raw, (*kitchenMembers)(k)); err != nil {
		return err
	}
	var err error
	k.Extra, err = extra(raw, kitchenMembers(*k))
	return err
}

// MarshalJSON is as that of Kitchen.
func (s KitchenSettings) MarshalJSON() ([]byte, error) {
	return withExtra(settingsMembers(s), s.Extra)
}

// UnmarshalJSON is as that of Kitchen.
func (s *KitchenSettings) UnmarshalJSON(raw []byte) error {
	if err := json.Unmarshal(raw, (*settingsMembers)(s)); err != nil {
		return err
	}
	var err error
	s.Extra, err = extra(raw, settingsMembers(*s))
	return err
}

// membersOf is the JSON members of v.
func membersOf(v any) (map[string]json.RawMessage, error) {
	raw, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	var members map[string]json.RawMessage
	return members, json.Unmarshal(raw, &members)
}

func withExtra(known any, extra map[string]json.RawMessage) ([]byte, error) {
	members, err := membersOf(known)
	if err != nil {
		return nil, err
	}
	all := maps.Clone(extra)
	if all == nil {
		all = map[string]json.RawMessage{}
	}
	maps.Copy(all, members)
	return json.Marshal(all)
}

// extra is what raw has beside the members of known; nil if there is nothing.
func extra(raw []byte, known any) (map[string]json.RawMessage, error) {
	members, err := membersOf(known)
	if err != nil {
		return nil, err
	}
	var all map[string]json.RawMessage
	if err := json.Unmarshal(raw, &all); err != nil {
		return nil, err
	}
	maps.DeleteFunc(all, func(name string, _ json.RawMessage) bool { _, isKnown := members[name]; return isKnown })
	if len(all) == 0 {
		return nil, nil
	}
	return all, nil
}

// Warned is beside the members of the answers of v2: what of the request's body means nothing.
type Warned struct {
	Warnings []string `json:"warnings,omitempty"`
}

// Kitchens is the answer of GET kitchen/list, by name.
type Kitchens struct {
	Kitchens []Kitchen `json:"kitchens"`
}

// KitchenDetail is the answer of GET kitchen/{k} and of create, update and settings' PUT.
type KitchenDetail struct {
	Warned
	Kitchen Kitchen `json:"kitchen"`
}

// KitchenCreate is the body of PUT kitchen/create/{parent}/{new}. The parent None makes a root.
type KitchenCreate struct {
	Description string `json:"description,omitempty"`
	Message     string `json:"message,omitempty"`
}

// KitchenUpdate is the body of POST kitchen/update/{k}: the whole record. The server
// leaves members that are absent as they are; null is empty.
type KitchenUpdate struct {
	Kitchen Kitchen `json:"kitchen.json"`
	Message string  `json:"message,omitempty"`
	IfMatch string  `json:"-"` // ETag of the version that the update is for; "": any. Another is a conflict
}

// KitchenRecipeNames is the answer of GET kitchen/recipenames/{k}.
type KitchenRecipeNames struct {
	Recipes []string `json:"recipes"`
}

// KitchenRecipeGet is the body of POST recipe/get/{k}/{r}.
type KitchenRecipeGet struct {
	Files       []string `json:"recipe-files,omitempty"` // paths within the recipe; none: all
	IncludeTree bool     `json:"include-recipe-tree,omitempty"`
}

// KitchenRecipeFiles is the answer of recipe/get/{k}/{r} and, without contents, of
// recipe/tree/{k}/{r}. An unknown recipe is not among Recipes.
type KitchenRecipeFiles struct {
	Warned
	OrigHead string                   `json:"ORIG_HEAD"`         // changes with every file
	Kitchen  string                   `json:"kitchen,omitempty"` // ours: which one has the recipe itself, the asked one or one above; of recipe/get
	Recipes  map[string]RecipeFolders `json:"recipes"`
	Tree     map[string]RecipeFolders `json:"recipe-tree,omitempty"` // all files, without contents
}

// RecipeFolders are the files of a recipe by folder: "r", "r/sub".
type RecipeFolders map[string][]KitchenRecipeFile

// KitchenRecipeFile is a file of a recipe: its contents are in JSON (a string too) for
// .json files, in Text for others.
type KitchenRecipeFile struct {
	FileName string  `json:"filename"` // without folder
	SHA      string  `json:"sha"`      // of the blob, as git has it
	Type     string  `json:"type"`     // blob
	URL      string  `json:"url"`      // path of recipe/file
	JSON     *string `json:"json,omitempty"`
	Text     *string `json:"text,omitempty"`
}

// KitchenRecipeCreate is the body of POST recipe/create/{k}/{r}. Files, ours, come with
// the new recipe, so that it is never there without them.
type KitchenRecipeCreate struct {
	Description string                       `json:"description,omitempty"`
	Files       map[string]KitchenFileChange `json:"files,omitempty"`
	Message     string                       `json:"message,omitempty"`
}

// KitchenRecipeUpdate is the body of POST recipe/update/{k}/{r}: changes by path. FilePath
// with File is the older form for one file.
type KitchenRecipeUpdate struct {
	Files    map[string]KitchenFileChange `json:"files,omitempty"`
	Message  string                       `json:"message,omitempty"`
	FilePath string                       `json:"filepath,omitempty"`
	File     *string                      `json:"file,omitempty"`
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

// Done is the answer of calls that have nothing to tell.
type Done struct {
	Warned
	Status string `json:"status"` // success
}

// UserInfo is the answer of GET userinfo. There are no mail addresses and names of their
// own, and one customer.
type UserInfo struct {
	Name            string `json:"name"` // of the user
	Nickname        string `json:"nickname"`
	Email           string `json:"email"` // the name, if it is an address
	EmailVerified   bool   `json:"email_verified"`
	UserID          string `json:"user_id"`
	Role            string `json:"role"` // viewer, operator, editor, admin
	CustomerName    string `json:"customer_name"`
	CustomerGitName string `json:"customer_git_name"`
	CustomerGitOrg  string `json:"customer_git_org"`
}
