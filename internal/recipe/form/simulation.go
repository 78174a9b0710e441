package form

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"

	"github.com/recipe-galley/terraform-provider-galley/internal/document"
	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
)

// FileShape describes a file that there is only in a simulation.
func FileShape() document.Shape {
	text := document.Simple(document.Text)
	return document.ObjectOf(
		document.Member{Name: "file_name", Shape: text, Default: "", Doc: "Its name, for filters of type `filename`."},
		document.Member{Name: "media_type", Shape: text, Default: "", Doc: "For filters of type `media-type`."},
		document.Member{Name: "data_types", Shape: document.SetOf(text), Default: []any{}, Doc: "For filters of type `data-type`."},
		document.Member{Name: "meta_data", Shape: document.MapOf(document.Simple(document.Any)), Default: map[string]any{},
			Doc: "For filters of type `meta-data`."},
	)
}

// SimulatedDataShape is DataShape whose files are described (FileShape) or ids.
func SimulatedDataShape() document.Shape {
	return document.ObjectOf(
		document.Member{Name: "files", Shape: document.MapOf(document.ListOf(document.Simple(document.Any))), Default: map[string]any{},
			Doc: "Files by name, each an id or `{ file_name, media_type, data_types, meta_data }`, of which filters look at what is there."},
		document.Member{Name: "json", Shape: document.MapOf(document.Simple(document.Any)), Default: map[string]any{},
			Doc: "Values by name."},
	)
}

// OutcomesShape describes how the nodes of a simulated recipe end, by name.
func OutcomesShape() document.Shape {
	return document.MapOf(document.ObjectOf(append([]document.Member{{
		Name: "status", Shape: document.Simple(document.Text), Default: string(recipe.Completed),
		Doc: "`COMPLETED`, `FAILED` or `CANCELED`.",
	}}, SimulatedDataShape().Members...)...))
}

// A Simulation is what the arguments of a simulation say. Its files have numbers below 0, so
// that no id is taken.
type Simulation struct {
	Input    recipe.Data
	Files    map[int64]recipe.File
	Outcomes map[string]recipe.Outcome
}

// ReadInput reads the input, an object of SimulatedDataShape; nil is an empty one.
func (s *Simulation) ReadInput(v any) []document.Problem {
	if v == nil {
		v = map[string]any{}
	}
	read, problems := SimulatedDataShape().Read(v)
	members, _ := read.(map[string]any)
	var found []document.Problem
	s.Input, found = s.data(members, nil)
	return append(problems, found...)
}

// ReadOutcomes reads the outcomes of nodes; nil are none.
func (s *Simulation) ReadOutcomes(v any) []document.Problem {
	if v == nil {
		v = map[string]any{}
	}
	read, problems := OutcomesShape().Read(v)
	s.Outcomes = map[string]recipe.Outcome{}
	nodes, _ := read.(map[string]any)
	for _, name := range slices.Sorted(maps.Keys(nodes)) {
		members, _ := nodes[name].(map[string]any)
		status, _ := members["status"].(string)
		output, found := s.data(members, document.Path{name})
		problems = append(problems, found...)
		s.Outcomes[name] = recipe.Outcome{Status: recipe.JobStatus(status), Output: output}
	}
	return problems
}

func (s *Simulation) data(members map[string]any, at document.Path) (recipe.Data, []document.Problem) {
	d := recipe.Data{Files: map[string][]int64{}, JSON: map[string]any{}}
	var problems []document.Problem
	files, _ := members["files"].(map[string]any)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		list, _ := files[name].([]any)
		for i, v := range list {
			id, found := s.file(v)
			for _, p := range found {
				problems = append(problems, document.Problem{Path: append(at.At("files", name, strconv.Itoa(i)), p.Path...), Message: p.Message})
			}
			d.Files[name] = append(d.Files[name], id)
		}
	}
	if values, ok := members["json"].(map[string]any); ok {
		d.JSON = values
	}
	return d.WithoutNulls(), problems
}

// file reads an id, or a description, which gets a number of its own.
func (s *Simulation) file(v any) (int64, []document.Problem) {
	if _, isNumber := v.(json.Number); isNumber {
		whole, problems := document.Simple(document.Integer).Read(v)
		n, _ := whole.(json.Number)
		id, _ := strconv.ParseInt(n.String(), 10, 64) // as the shape has it
		return id, problems
	}
	read, problems := FileShape().Read(v)
	members, isObject := read.(map[string]any)
	if !isObject {
		return 0, problems
	}
	if s.Files == nil {
		s.Files = map[int64]recipe.File{}
	}
	f := recipe.File{ID: -1 - int64(len(s.Files))}
	f.Name, _ = members["file_name"].(string)
	f.MediaType, _ = members["media_type"].(string)
	f.Metadata, _ = members["meta_data"].(map[string]any)
	types, _ := members["data_types"].([]any)
	for _, t := range types {
		if text, ok := t.(string); ok {
			f.DataTypes = append(f.DataTypes, text)
		}
	}
	s.Files[f.ID] = f
	return f.ID, problems
}

// OfSimulation is what a simulation comes to, as an object; files are ids as they were given, and
// those that were described are so again.
func (s *Simulation) OfSimulation(result recipe.Simulation) map[string]any {
	nodes := make(map[string]any, len(result.Nodes))
	for name, n := range result.Nodes {
		problems := []any{}
		for _, p := range n.Problems {
			problems = append(problems, p.Message)
		}
		node := map[string]any{"type": string(n.Type), "status": string(n.Status), "ran": n.Ran, "input": s.described(n.Input), "problems": problems}
		if n.Type == recipe.ConditionNode {
			node["accepted"] = n.Accepted
		}
		nodes[name] = node
	}
	order := make([]any, 0, len(result.Order))
	for _, name := range result.Order {
		order = append(order, name)
	}
	return map[string]any{"status": string(result.Status), "order": order, "nodes": nodes}
}

func (s *Simulation) described(d recipe.Data) map[string]any {
	files := make(map[string]any, len(d.Files))
	for name, ids := range d.Files {
		list := make([]any, 0, len(ids))
		for _, id := range ids {
			f, isDescribed := s.Files[id]
			if !isDescribed {
				list = append(list, json.Number(strconv.FormatInt(id, 10)))
				continue
			}
			list = append(list, map[string]any{"file_name": f.Name, "media_type": f.MediaType, "data_types": anys(f.DataTypes), "meta_data": f.Metadata})
		}
		files[name] = list
	}
	values := d.JSON
	if values == nil {
		values = map[string]any{}
	}
	return map[string]any{"files": files, "json": values}
}
