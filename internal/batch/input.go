package batch

import (
	"slices"
	"strconv"

	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
)

// A Source gives recipes their inputs: the members of a data set, renamed by an input map.
type Source struct {
	dataset Dataset
	from    map[string]string // parameter by the name under which it is offered
}

// NewSource renames the parameters of a data set: one that is mapped is known by the inputs that it feeds, every other one by its
// own name, unless something is mapped to that.
func NewSource(d Dataset, inputMap []Mapping) Source {
	s := Source{dataset: d, from: map[string]string{}}
	mapped := map[string]bool{}
	for _, m := range inputMap {
		s.from[m.Input], mapped[m.Parameter] = m.Parameter, true
	}
	for _, name := range slices.Concat(names(d.Parameters), names(d.GlobalParameters)) {
		if _, taken := s.from[name]; !taken && !mapped[name] {
			s.from[name] = name
		}
	}
	return s
}

// offer is what recipes can be fed from.
func (s Source) offer() recipe.Interface {
	out := recipe.Interface{Files: map[string]recipe.FileParam{}, JSON: map[string]recipe.JSONParam{}}
	for name, parameter := range s.from {
		for _, i := range []recipe.Interface{s.dataset.GlobalParameters, s.dataset.Parameters} {
			if p, isFile := i.Files[parameter]; isFile {
				out.Files[name] = p
			}
			if p, isJSON := i.JSON[parameter]; isJSON {
				out.JSON[name] = p
			}
		}
	}
	return out
}

// Check says what keeps the data set from feeding the inputs of a recipe: MISMATCHED_PARAMS.
func (s Source) Check(inputs recipe.Interface) (ps recipe.Problems) {
	for _, reason := range inputs.Refuses(s.offer()) {
		ps = append(ps, Fault(MismatchedParams, recipe.Path{"dataset"}, "The parameters of the data set do not fit the inputs of the recipe type: %s", reason)...)
	}
	return ps
}

// CheckInputMap refuses an entry that cannot have any effect: INVALID_INPUT_MAP.
func (d Dataset) CheckInputMap(inputMap []Mapping, inputs recipe.Interface) recipe.Problems {
	parameters := slices.Concat(names(d.Parameters), names(d.GlobalParameters))
	seen := map[string]bool{}
	for i, m := range inputMap {
		at := recipe.Path{"inputMap", strconv.Itoa(i)}
		switch {
		case !slices.Contains(parameters, m.Parameter):
			return Fault(InvalidInputMap, at.At("datasetParameter"), "%s: the data set has no parameter '%s'; expected %s%s",
				at.At("datasetParameter"), m.Parameter, recipe.Quoted(parameters, "or"), recipe.DidYouMean(m.Parameter, parameters))
		case !slices.Contains(names(inputs), m.Input):
			return Fault(InvalidInputMap, at.At("input"), "%s: the recipe type has no input '%s'; expected %s%s",
				at.At("input"), m.Input, recipe.Quoted(names(inputs), "or"), recipe.DidYouMean(m.Input, names(inputs)))
		case seen[m.Input]:
			return Fault(InvalidInputMap, at.At("input"), "%s: '%s' is fed by an entry above already; map one parameter to it", at.At("input"), m.Input)
		}
		seen[m.Input] = true
	}
	return nil
}

// Input is what a member gives a recipe: its own values and those that all members share.
func (s Source) Input(member recipe.Data) recipe.Data {
	out := recipe.Data{Files: map[string][]int64{}, JSON: map[string]any{}}
	for name, parameter := range s.from {
		for _, data := range []recipe.Data{s.dataset.GlobalData, member} {
			if ids, given := data.Files[parameter]; given {
				out.Files[name] = ids
			}
			if v, given := data.JSON[parameter]; given {
				out.JSON[name] = v
			}
		}
	}
	return out
}

// Files are the files of a member that a recipe with these inputs takes in, which are what a batch goes by: a member without any
// makes no recipe. A recipe without inputs counts all files.
func (s Source) Files(member recipe.Data, inputs recipe.Interface) []int64 {
	var ids []int64
	if len(inputs.Files)+len(inputs.JSON) == 0 {
		for _, list := range member.Files {
			ids = append(ids, list...)
		}
	}
	for name := range inputs.Files {
		ids = append(ids, member.Files[s.from[name]]...)
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// Estimate is how many recipes come of so many outermost ones of a definition, in the original's way to count: with everything
// forced each type of sub-recipes once, otherwise each sub-recipe that is forced, or below a forced node, once. Within gives the
// distinct types inside of a sub-recipe.
func Estimate(outermost int64, d *recipe.Definition, forced recipe.ForcedNodes, within func(recipe.RecipeRef) []string) int64 {
	each := int64(1)
	types := map[string]bool{}
	for name, node := range d.Nodes {
		if node.Recipe == nil {
			continue
		}
		inside := within(*node.Recipe)
		if forced.All {
			types[node.Recipe.Name] = true
			for _, t := range inside {
				types[t] = true
			}
			continue
		}
		if forced.Forces(name) || belowForced(d, forced, name) {
			each += 1 + int64(len(inside))
		}
	}
	return outermost * (each + int64(len(types)))
}

func belowForced(d *recipe.Definition, forced recipe.ForcedNodes, name string) bool {
	seen := map[string]bool{}
	above := []string{name}
	for len(above) > 0 {
		current := above[len(above)-1]
		above = above[:len(above)-1]
		for parent := range d.Nodes[current].Dependencies {
			if forced.Forces(parent) {
				return true
			}
			if !seen[parent] {
				seen[parent] = true
				above = append(above, parent)
			}
		}
	}
	return false
}
