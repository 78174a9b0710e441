package recipe

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
)

// Node is a step of a recipe: exactly one of Job, Recipe and Condition is set.
type Node struct {
	Dependencies map[string]bool       // names of the nodes before it, each with the acceptance that it waits for
	Input        map[string]Connection // input of the node -> where its data come from
	Job          *JobRef
	Recipe       *RecipeRef
	Condition    *Condition
	Timeout      int    // of a job, in seconds, if it is less than that of its manifest; 0: that one (ours)
	Retry        *Retry // of a job, instead of that of its type; nil: that one (ours)

	// The following are ours. See Progress.
	AllowFailure bool // of jobs and sub-recipes: what is below goes on if it fails
	Any          bool // it needs only one of its dependencies to run
	Finally      bool // it runs when everything above has ended, however
}

// NodeType tells what a node is.
type NodeType string

// The types of nodes.
const (
	JobNode       NodeType = "job"
	RecipeNode    NodeType = "recipe"
	ConditionNode NodeType = "condition"
)

// Type tells what n is; "" if that is not clear, as Validate reports.
func (n Node) Type() NodeType {
	switch {
	case n.Job != nil && n.Recipe == nil && n.Condition == nil:
		return JobNode
	case n.Recipe != nil && n.Job == nil && n.Condition == nil:
		return RecipeNode
	case n.Condition != nil && n.Job == nil && n.Recipe == nil:
		return ConditionNode
	default:
		return ""
	}
}

// JobRef names one revision of a job type.
type JobRef struct {
	Name     string
	Version  string
	Revision int
}

// String reads 'name' version '1.0.0' revision 3, for messages.
func (r JobRef) String() string {
	return fmt.Sprintf("'%s' version '%s' revision %d", r.Name, r.Version, r.Revision)
}

// TimeoutOf is how many seconds the job of the node may run whose manifest has that timeout.
func (n Node) TimeoutOf(manifest int) int {
	if n.Timeout > 0 {
		return min(n.Timeout, manifest)
	}
	return manifest
}

// RecipeRef names one revision of a recipe type.
type RecipeRef struct {
	Name     string
	Revision int
}

// String reads 'name' revision 3, for messages.
func (r RecipeRef) String() string { return fmt.Sprintf("'%s' revision %d", r.Name, r.Revision) }

// Condition decides from its input data whether the nodes below it run. Its
// output is its input.
type Condition struct {
	Interface  Interface
	DataFilter DataFilter
}

// Output is what nodes below the condition may take from it: its parameters.
// When all filters have to pass, those that a filter names are required, as the
// condition is not accepted without them (contract 2.3).
func (c Condition) Output() Interface {
	if !c.DataFilter.All {
		return c.Interface
	}
	out := Interface{Files: maps.Clone(c.Interface.Files), JSON: maps.Clone(c.Interface.JSON)}
	for _, f := range c.DataFilter.Filters {
		if p, ok := out.Files[f.Name]; ok {
			p.Required = true
			out.Files[f.Name] = p
		}
		if p, ok := out.JSON[f.Name]; ok {
			p.Required = true
			out.JSON[f.Name] = p
		}
	}
	return out
}

// Connection tells where an input of a node comes from: an input of the recipe
// (RecipeInput), or an output of a node before it (Node and Output), or nowhere: then it is
// the Value, ours, as JSON text.
type Connection struct {
	RecipeInput  string
	Node, Output string
	Value        string
}

// The JSON forms of a node.
type (
	nodeJSON struct {
		Dependencies []dependencyJSON          `json:"dependencies"`
		Input        map[string]connectionJSON `json:"input"`
		NodeType     any                       `json:"node_type"`
		AllowFailure bool                      `json:"allow_failure,omitempty"`
		Any          bool                      `json:"any,omitempty"`
		Finally      bool                      `json:"finally,omitempty"`
		Timeout      int                       `json:"timeout,omitempty"`
		Retry        *Retry                    `json:"retry,omitempty"`
	}
	dependencyJSON struct {
		Name       string `json:"name"`
		Acceptance bool   `json:"acceptance"`
	}
	connectionJSON struct {
		Type   string          `json:"type"`
		Input  *string         `json:"input,omitempty"`
		Node   *string         `json:"node,omitempty"`
		Output *string         `json:"output,omitempty"`
		Value  json.RawMessage `json:"value,omitempty"`
	}
	jobJSON struct {
		NodeType NodeType `json:"node_type"`
		Name     string   `json:"job_type_name"`
		Version  string   `json:"job_type_version"`
		Revision int      `json:"job_type_revision"`
	}
	recipeJSON struct {
		NodeType NodeType `json:"node_type"`
		Name     string   `json:"recipe_type_name"`
		Revision int      `json:"recipe_type_revision"`
	}
	conditionJSON struct {
		NodeType   NodeType       `json:"node_type"`
		Interface  interfaceJSON  `json:"interface"`
		DataFilter dataFilterJSON `json:"data_filter"`
	}
)

// MarshalJSON writes the form of a node in a definition, with every default.
// A node that is not exactly one of job, recipe and condition is an error.
func (n Node) MarshalJSON() ([]byte, error) {
	out := nodeJSON{Dependencies: []dependencyJSON{}, Input: map[string]connectionJSON{},
		AllowFailure: n.AllowFailure, Any: n.Any, Finally: n.Finally, Timeout: n.Timeout, Retry: n.Retry}
	for _, name := range slices.Sorted(maps.Keys(n.Dependencies)) {
		out.Dependencies = append(out.Dependencies, dependencyJSON{name, n.Dependencies[name]})
	}
	for name, c := range n.Input {
		switch {
		case c.Value != "":
			out.Input[name] = connectionJSON{Type: "value", Value: json.RawMessage(c.Value)}
		case c.RecipeInput != "":
			out.Input[name] = connectionJSON{Type: "recipe", Input: &c.RecipeInput}
		default:
			out.Input[name] = connectionJSON{Type: "dependency", Node: &c.Node, Output: &c.Output}
		}
	}
	switch n.Type() {
	case JobNode:
		out.NodeType = jobJSON{JobNode, n.Job.Name, n.Job.Version, n.Job.Revision}
	case RecipeNode:
		out.NodeType = recipeJSON{RecipeNode, n.Recipe.Name, n.Recipe.Revision}
	case ConditionNode:
		c := conditionJSON{ConditionNode, n.Condition.Interface.form(), n.Condition.DataFilter.form()}
		c.Interface.Version, c.DataFilter.Version = "7", "7"
		out.NodeType = c
	default:
		return nil, fmt.Errorf("writing node: it is none or several of job, recipe and condition")
	}
	return json.Marshal(out)
}
