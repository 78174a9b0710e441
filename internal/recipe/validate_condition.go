package recipe

import (
	"encoding/json"
	"fmt"
	"strconv"
)

// filters warns of filters of a condition that cannot work on its interface. Those that
// never pass are refused by plans.
func (v *validation) filters(rank int, name string, c Condition) {
	for i, f := range c.DataFilter.Filters {
		at := Path{"nodes", name, "node_type", "data_filter", "filters", strconv.Itoa(i)}
		warn := func(code Code, plan PlanView, format string, args ...any) {
			v.warn(stageFilters, rank, Problem{Path: at, Code: code, Plan: plan,
				Message: fmt.Sprintf("Node '%s': %s", name, fmt.Sprintf(format, args...))})
		}
		_, isFile := c.Interface.Files[f.Name]
		value, isJSON := c.Interface.JSON[f.Name]
		switch onFiles := f.onFiles(); {
		case !isFile && !isJSON:
			warn(UnmatchedFilter, PlanRefuses, "the filter on '%s' never passes, as the condition has no such input%s",
				f.Name, v.warnings.didYouMean(f.Name, c.Interface.names()))
		case isFile && !onFiles:
			warn(MismatchedType, PlanRefuses, "the filter on '%s' is of type %s, but the input is for files; "+
				"expected filename, media-type, data-type or meta-data", f.Name, f.Type)
		case isJSON && f.Type != string(value.Type):
			plan := PlanView("")
			if onFiles {
				plan = PlanRefuses
			}
			warn(MismatchedType, plan, "the filter on '%s' is of type %s, but the input is of type %s", f.Name, f.Type, value.Type)
		}
		if found := f.shortRange(); found != "" {
			warn(ValueError, PlanRefuses, "the filter on '%s' never passes, as 'between' needs two values; found %s", f.Name, found)
		} else if low, high, empty := f.emptyRange(); empty {
			warn(ValueError, PlanRefuses, "the filter on '%s' never passes, as nothing is between %s and %s; expected the lower value first",
				f.Name, low, high)
		} else if n := len(f.Values); f.Condition == "between" && len(f.Fields) == 0 && n > 2 {
			warn(ValueError, PlanRefuses, "the filter on '%s' has %d values for 'between', which needs two; the others have no effect", f.Name, n)
		}
	}
}

// shortRange describes the values of a filter with the condition between that has not two
// of them to compare with; "" if there is none.
func (f Filter) shortRange() string {
	if f.Condition != "between" {
		return ""
	}
	if len(f.Fields) == 0 {
		if len(f.Values) < 2 {
			return strconv.Itoa(len(f.Values))
		}
		return ""
	}
	for i, value := range f.Values {
		if list, ok := value.([]any); !ok || len(list) < 2 {
			return Describe(value) + " for field " + strconv.Itoa(i)
		}
	}
	return ""
}

// emptyRange tells whether the first value of a filter with the condition between is above
// the second.
func (f Filter) emptyRange() (low, high json.Number, empty bool) {
	if f.Condition != "between" || len(f.Fields) > 0 || len(f.Values) < 2 {
		return "", "", false
	}
	low, isLow := f.Values[0].(json.Number)
	high, isHigh := f.Values[1].(json.Number)
	return low, high, isLow && isHigh && newDecimal(low).compare(newDecimal(high)) > 0
}

// neverRuns warns of nodes that can never run: below something other than a condition that
// would have to reject, or below a condition that would have to accept and to reject. Of
// the nodes below such a one nothing is said.
func (v *validation) neverRuns() {
	words := (len(v.graph.nodes) + 63) / 64
	accepted, rejected := make([]bitset, len(v.graph.nodes)), make([]bitset, len(v.graph.nodes))
	never := make(bitset, words)
	for i, node := range v.graph.nodes {
		accepted[i], rejected[i] = make(bitset, words), make(bitset, words)
		below := false
		for _, p := range node.parents {
			if p.node >= i || node.any || node.finally {
				continue // a cycle, which is an error of its own, or a node that does not need this one
			}
			below = below || never.has(p.node)
			accepted[i].addAll(accepted[p.node])
			rejected[i].addAll(rejected[p.node])
			if p.acceptance {
				accepted[i].add(p.node)
			} else {
				rejected[i].add(p.node)
			}
		}
		found := false
		for _, p := range node.parents {
			found = !node.any && !node.finally && v.cannotReject(i, p) || found
		}
		if both := accepted[i].common(rejected[i]); both >= 0 && !below && !found {
			found = true
			v.never(i, Path{"nodes", node.name, "dependencies"}, "below '%s', which would have to accept and to reject",
				v.graph.nodes[both].name)
		}
		if found || below {
			never.add(i)
		}
	}
}

// cannotReject reports a dependency with acceptance false on what cannot reject.
func (v *validation) cannotReject(rank int, p parent) bool {
	other := v.graph.nodes[p.node]
	if p.acceptance || other.kind == ConditionNode || other.kind == "" {
		return false
	}
	v.never(rank, Path{"nodes", v.graph.nodes[rank].name, "dependencies", other.name}, "as it depends with acceptance false on '%s', a %s, "+
		"which always counts as accepted; only a condition can reject", other.name, other.kind)
	return true
}

func (v *validation) never(rank int, at Path, format string, args ...any) {
	v.warn(stageConnections, rank, Problem{Path: at, Code: InvalidDefinition, Plan: PlanRefuses,
		Message: fmt.Sprintf("Node '%s' never runs, %s", v.graph.nodes[rank].name, fmt.Sprintf(format, args...))})
}
