package recipe

import "encoding/json"

// The JSON forms of a diff. What a node ran before is only written where it differs.
type (
	diffJSON struct {
		CanBeReprocessed bool                `json:"can_be_reprocessed"`
		Reasons          []Change            `json:"reasons"`
		Nodes            map[string]NodeDiff `json:"nodes"`
	}
	nodeDiffJSON struct {
		Status           DiffStatus     `json:"status"`
		Changes          []Change       `json:"changes"`
		ReprocessNewNode bool           `json:"reprocess_new_node"`
		ForceReprocess   bool           `json:"force_reprocess"`
		Dependencies     []nodeNameJSON `json:"dependencies"`
		PrevNodeType     NodeType       `json:"prev_node_type,omitempty"`
		NodeType         any            `json:"node_type"`
	}
	nodeNameJSON struct {
		Name string `json:"name"`
	}
	jobDiffJSON struct {
		jobJSON
		PrevName     *string `json:"prev_job_type_name,omitempty"`
		PrevVersion  *string `json:"prev_job_type_version,omitempty"`
		PrevRevision *int    `json:"prev_job_type_revision,omitempty"`
	}
	recipeDiffJSON struct {
		recipeJSON
		PrevName     *string `json:"prev_recipe_type_name,omitempty"`
		PrevRevision *int    `json:"prev_recipe_type_revision,omitempty"`
	}
	otherDiffJSON struct {
		NodeType NodeType `json:"node_type"`
	}
)

// MarshalJSON writes the form of contract 6, without Forced.
func (d Diff) MarshalJSON() ([]byte, error) {
	nodes := d.Nodes
	if nodes == nil {
		nodes = map[string]NodeDiff{}
	}
	return json.Marshal(diffJSON{d.CanBeReprocessed, append([]Change{}, d.Reasons...), nodes})
}

// MarshalJSON writes the form of a node in a diff.
func (n NodeDiff) MarshalJSON() ([]byte, error) {
	out := nodeDiffJSON{
		Status: n.Status, Changes: append([]Change{}, n.Changes...),
		ReprocessNewNode: n.ReprocessNewNode, ForceReprocess: n.ForceReprocess,
		Dependencies: make([]nodeNameJSON, len(n.Dependencies)), PrevNodeType: n.PrevNodeType,
		NodeType: otherDiffJSON{n.NodeType},
	}
	for i, name := range n.Dependencies {
		out.Dependencies[i].Name = name
	}
	switch {
	case n.NodeType == JobNode && n.Job != nil:
		job := jobDiffJSON{jobJSON: jobJSON{JobNode, n.Job.Name, n.Job.Version, n.Job.Revision}}
		if n.PrevJob != nil {
			job.PrevName = unlessEqual(n.PrevJob.Name, n.Job.Name)
			job.PrevVersion = unlessEqual(n.PrevJob.Version, n.Job.Version)
			job.PrevRevision = unlessEqual(n.PrevJob.Revision, n.Job.Revision)
		}
		out.NodeType = job
	case n.NodeType == RecipeNode && n.Recipe != nil:
		sub := recipeDiffJSON{recipeJSON: recipeJSON{RecipeNode, n.Recipe.Name, n.Recipe.Revision}}
		if n.PrevRecipe != nil {
			sub.PrevName = unlessEqual(n.PrevRecipe.Name, n.Recipe.Name)
			sub.PrevRevision = unlessEqual(n.PrevRecipe.Revision, n.Recipe.Revision)
		}
		out.NodeType = sub
	}
	return json.Marshal(out)
}

func unlessEqual[T comparable](was, is T) *T {
	if was == is {
		return nil
	}
	return &was
}
