package batch

import (
	_ "embed"
	"encoding/json"
	"sync"

	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
)

//go:embed schema.json
var schemaJSON []byte

var loadSchema = sync.OnceValue(func() *recipe.Schema { return recipe.NewSchema(schemaJSON) })

// Definition says what a batch makes its recipes of: the recipes of the chain's newest batch (RootBatchID), which goes first, or
// the members of a data set. With neither there is nothing to make.
type Definition struct {
	RootBatchID *int64
	DatasetID   *int64
	Forced      *recipe.ForcedNodes // nil: none are given, and nothing is forced
	Supersedes  bool                // of a data set: recipes that are there for its files are reprocessed
}

// ParseDefinition reads the JSON form {previous_batch, dataset, forced_nodes, supersedes}. Forced nodes of previous_batch win.
func ParseDefinition(raw []byte) (Definition, recipe.Problems) {
	d := Definition{Supersedes: true}
	value, ps := loadSchema().Read(raw, "definition", "batch definition", InvalidDefinition)
	if errs := ps.Errors(); len(errs) > 0 {
		return d, errs
	}
	members, _ := value.(map[string]any)
	if ps := checkVersion(members, InvalidDefinition, "batch definition"); ps != nil {
		return d, ps
	}
	if supersedes, given := members["supersedes"].(bool); given {
		d.Supersedes = supersedes
	}
	var fault recipe.Problems
	whole := func(in map[string]any, name string, at recipe.Path) *int64 {
		v, given := in[name]
		if !given {
			return nil
		}
		n, err := recipe.WholeNumber(v)
		if err != nil && fault == nil {
			fault = Fault(InvalidDefinition, at, "%s: %s", at, err)
		}
		return &n
	}
	forced := func(in map[string]any, at recipe.Path) {
		v, given := in["forced_nodes"]
		if !given || fault != nil {
			return
		}
		raw, err := json.Marshal(v)
		if err != nil {
			fault = Fault(InvalidDefinition, at, "%s: %s", at, err)
			return
		}
		f, ps := recipe.ParseForcedNodes(raw)
		if errs := ps.Errors(); len(errs) > 0 {
			fault = as(InvalidDefinition, errs.Below(at...))
			return
		}
		d.Forced = &f
	}
	d.DatasetID = whole(members, "dataset", recipe.Path{"dataset"})
	forced(members, recipe.Path{"forced_nodes"})
	if previous, given := members["previous_batch"].(map[string]any); given {
		d.RootBatchID = whole(previous, "root_batch_id", recipe.Path{"previous_batch", "root_batch_id"})
		forced(previous, recipe.Path{"previous_batch", "forced_nodes"})
	}
	return d, fault
}

// ForcedNodes are those of d; nothing is forced where none are given.
func (d Definition) ForcedNodes() recipe.ForcedNodes {
	if d.Forced == nil {
		return recipe.ForcedNodes{}
	}
	return *d.Forced
}

// ForcedAt is where forced nodes belong in the document.
func (d Definition) ForcedAt() recipe.Path {
	if d.RootBatchID != nil {
		return recipe.Path{"previous_batch", "forced_nodes"}
	}
	return recipe.Path{"forced_nodes"}
}

type (
	definitionJSON struct {
		PreviousBatch *previousJSON `json:"previous_batch,omitempty"`
		Dataset       *int64        `json:"dataset,omitempty"`
		ForcedNodes   *forcedJSON   `json:"forced_nodes,omitempty"`
		Supersedes    bool          `json:"supersedes"`
	}
	previousJSON struct {
		RootBatchID int64       `json:"root_batch_id"`
		ForcedNodes *forcedJSON `json:"forced_nodes,omitempty"`
	}
	forcedJSON struct {
		Version    string                 `json:"version"`
		All        bool                   `json:"all"`
		Nodes      []string               `json:"nodes,omitempty"`
		SubRecipes map[string]*forcedJSON `json:"sub_recipes,omitempty"`
	}
)

func formOf(f *recipe.ForcedNodes) *forcedJSON {
	if f == nil {
		return nil
	}
	out := &forcedJSON{Version: "7", All: f.All}
	if f.All {
		return out
	}
	out.Nodes = f.Nodes
	for name, sub := range f.SubRecipes {
		if out.SubRecipes == nil {
			out.SubRecipes = map[string]*forcedJSON{}
		}
		out.SubRecipes[name] = formOf(&sub)
	}
	return out
}

// MarshalJSON writes the contract's normalised form: supersedes is always there, forced nodes in both places with their version.
func (d Definition) MarshalJSON() ([]byte, error) {
	out := definitionJSON{Dataset: d.DatasetID, ForcedNodes: formOf(d.Forced), Supersedes: d.Supersedes}
	if d.RootBatchID != nil {
		out.PreviousBatch = &previousJSON{*d.RootBatchID, out.ForcedNodes}
	}
	return json.Marshal(out)
}

// UnmarshalJSON is ParseDefinition.
func (d *Definition) UnmarshalJSON(raw []byte) error {
	out, ps := ParseDefinition(raw)
	if err := ps.Err(); err != nil {
		return err
	}
	*d = out
	return nil
}

// Configuration says how the recipes of a batch are queued, and what feeds their inputs.
type Configuration struct {
	Priority *int // of all its jobs that are queued from now on, lower is sooner; nil or 0: not stated
	InputMap []Mapping
}

// Mapping feeds an input of the recipe from a parameter of the data set.
type Mapping struct {
	Input     string `json:"input"`
	Parameter string `json:"datasetParameter"`
}

// ParseConfiguration reads the JSON form {priority, inputMap}.
func ParseConfiguration(raw []byte) (Configuration, recipe.Problems) {
	var c Configuration
	value, ps := loadSchema().Read(raw, "configuration", "batch configuration", InvalidConfiguration)
	if errs := ps.Errors(); len(errs) > 0 {
		return c, errs
	}
	members, _ := value.(map[string]any)
	if ps := checkVersion(members, InvalidConfiguration, "batch configuration"); ps != nil {
		return c, ps
	}
	if v, given := members["priority"]; given {
		n, err := recipe.WholeNumber(v)
		if err != nil {
			return c, Fault(InvalidConfiguration, recipe.Path{"priority"}, "priority: %s", err)
		}
		c.Priority = new(int(n))
	}
	entries, _ := members["inputMap"].([]any)
	for _, entry := range entries {
		fields, _ := entry.(map[string]any)
		input, _ := fields["input"].(string)
		parameter, _ := fields["datasetParameter"].(string)
		c.InputMap = append(c.InputMap, Mapping{input, parameter})
	}
	return c, nil
}

// MarshalJSON writes what c states, and nothing else.
func (c Configuration) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		Priority *int      `json:"priority,omitempty"`
		InputMap []Mapping `json:"inputMap,omitempty"`
	}{c.Priority, c.InputMap})
}

// UnmarshalJSON is ParseConfiguration.
func (c *Configuration) UnmarshalJSON(raw []byte) error {
	out, ps := ParseConfiguration(raw)
	if err := ps.Err(); err != nil {
		return err
	}
	*c = out
	return nil
}
