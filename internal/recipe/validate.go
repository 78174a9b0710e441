package recipe

import (
	"fmt"
	"maps"
	"mime"
	"slices"
	"strings"
)

// Catalog is what is known of the types that a definition names. A key that is
// absent is not known, and checks that need it are skipped; a nil value is known
// not to exist.
type Catalog struct {
	Jobs    map[JobRef]*JobInterface
	Recipes map[RecipeRef]*Interface
}

// JobInterface is what a revision of a job type takes and gives, and the names of the errors
// that its manifest explains.
type JobInterface struct {
	Input, Output Interface
	Errors        []string
}

// Validate checks what connects the nodes of d, and d with the catalog: stages 6
// to 10 of contract 2.2. Errors come first; warnings tell what is allowed but
// hardly meant. It reports nothing that Parse has reported, as Parse gives no
// definition then.
func Validate(d *Definition, c Catalog) Problems {
	var errs findings
	for _, name := range slices.Sorted(maps.Keys(d.Nodes)) {
		if d.Nodes[name].Type() == "" {
			errs.add(stageSchema, Path{"nodes", name}, InvalidDefinition,
				"Node '%s' is none or several of job, recipe and condition; expected exactly one", name)
		}
	}
	d.checkReferences(&errs)
	v := validation{definition: d, catalog: c, errs: errs}
	v.graph = sortNodes(d, &v.errs)
	for rank, node := range v.graph.nodes {
		v.types(rank, node)
		v.connections(rank, node.name)
		if node.condition != nil {
			v.filters(rank, node.name, *node.condition)
		}
	}
	v.neverRuns()
	v.mediaTypes()
	for i := range v.warnings {
		v.warnings[i].Warning = true
	}
	return append(v.errs.problems(), v.warnings.problems()...)
}

type validation struct {
	definition     *Definition
	graph          *Graph
	catalog        Catalog
	errs, warnings findings

	surely map[[2]string]bool // answers of hasRun
}

func (v *validation) fail(stage, rank int, p Problem) {
	v.errs = append(v.errs, finding{stage, rank, p})
}

func (v *validation) warn(stage, rank int, p Problem) {
	v.warnings = append(v.warnings, finding{stage, rank, p})
}

// types is stage 8: the job and recipe types exist.
func (v *validation) types(rank int, node graphNode) {
	switch node.kind {
	case JobNode:
		if known, ok := v.catalog.Jobs[node.job]; ok && known == nil {
			v.fail(stageTypes, rank, jobMissing(node.name, node.job, v.catalog))
		} else if retry := v.definition.Nodes[node.name].Retry; ok && retry != nil {
			for _, p := range retry.CheckErrors(known.Errors).Below("nodes", node.name, "retry") {
				v.fail(stageTypes, rank, p)
			}
		}
	case RecipeNode:
		if known, ok := v.catalog.Recipes[node.recipe]; ok && known == nil {
			v.fail(stageTypes, rank, recipeMissing(node.name, node.recipe, v.catalog))
		}
	}
}

// mediaTypes refuses, in plans, media types of the recipe's own inputs that no file can have.
func (v *validation) mediaTypes() {
	for _, name := range slices.Sorted(maps.Keys(v.definition.Input.Files)) {
		for _, mediaType := range v.definition.Input.Files[name].MediaTypes {
			if err := CheckMediaType(mediaType); err != nil {
				v.warn(stageInputTypes, 0, Problem{Path: Path{"input"}, Code: MismatchedMediaTypes, Plan: PlanRefuses,
					Message: fmt.Sprintf("Input '%s': %s", name, err)})
			}
		}
	}
}

// CheckRevisions refuses revisions below 1, of which none exists. A definition whose
// revisions are not settled yet (LatestRevision) is not for it, but 0 beside what
// mock_provider has made up passes.
func (d *Definition) CheckRevisions() Problems {
	var found findings
	for _, name := range slices.Sorted(maps.Keys(d.Nodes)) {
		n, at := d.Nodes[name], Path{"nodes", name, "node_type"}
		check := func(revision int, mocked bool) {
			if revision < 0 || revision == 0 && !mocked {
				found.add(stageTypes, at, InvalidDefinition, "%s: found revision %d, expected 1 or more", at, revision)
			}
		}
		switch n.Type() {
		case JobNode:
			check(n.Job.Revision, IsMock(n.Job.Name) || IsMock(n.Job.Version))
		case RecipeNode:
			check(n.Recipe.Revision, IsMock(n.Recipe.Name))
		}
	}
	return found.problems()
}

// takes is the interface for the input of a node, if it is known.
func (v *validation) takes(n Node) (Interface, bool) {
	switch n.Type() {
	case JobNode:
		if i := v.catalog.Jobs[*n.Job]; i != nil {
			return i.Input, true
		}
	case RecipeNode:
		if i := v.catalog.Recipes[*n.Recipe]; i != nil {
			return *i, true
		}
	case ConditionNode:
		return n.Condition.Interface, true
	}
	return Interface{}, false
}

// gives is the interface of what others may take from a node, if it is known.
func (v *validation) gives(n Node) (Interface, bool) {
	switch n.Type() {
	case JobNode:
		if i := v.catalog.Jobs[*n.Job]; i != nil {
			return i.Output.optionalIf(n.AllowFailure), true
		}
	case ConditionNode:
		return n.Condition.Output(), true
	}
	return Interface{}, false
}

// connections is stage 10: the connections of a node fit.
func (v *validation) connections(rank int, name string) {
	n := v.definition.Nodes[name]
	target, known := v.takes(n)
	for _, in := range slices.Sorted(maps.Keys(n.Input)) {
		c, at := n.Input[in], Path{"nodes", name, "input", in}
		fail := func(format string, args ...any) {
			v.fail(stageConnections, rank, Problem{Path: at, Code: NodeInterface,
				Message: fmt.Sprintf("Node '%s' interface error: ", name) + fmt.Sprintf(format, args...)})
		}
		if known && !target.has(in) {
			v.warn(stageConnections, rank, Problem{Path: at, Code: UnknownInput, Message: fmt.Sprintf(
				"Node '%s' has no input '%s'; the connection has no effect%s", name, in, v.warnings.didYouMean(in, target.names()))})
		}
		source, output, sourceKnown := v.definition.Input, c.RecipeInput, true
		if c.Value != "" {
			if reason := constantMisfit(target, in, c.Value); known && reason != "" {
				fail("%s", reason)
			}
			continue
		}
		if c.RecipeInput == "" {
			other, exists := v.definition.Nodes[c.Node]
			if !exists || other.Recipe != nil {
				continue // stage 6 has said that
			}
			if !v.graph.IsAncestor(c.Node, name) {
				fail("input '%s' comes from node '%s', which is not a dependency of it; add '%s' to its dependencies",
					in, c.Node, c.Node)
			}
			output = c.Output
			source, sourceKnown = v.gives(other)
			if sourceKnown && !source.has(output) {
				fail("input '%s' takes output '%s' of node '%s', but no output exists with that name%s",
					in, output, c.Node, v.errs.didYouMean(output, source.names()))
			}
		}
		if !known || !sourceKnown || !target.has(in) || !source.has(output) {
			continue
		}
		if c.RecipeInput == "" {
			source = source.optionalIf(!v.hasRun(c.Node, name))
		}
		for _, m := range connect(target, in, source, output) {
			if m.warning {
				v.warn(stageConnections, rank, Problem{Path: at, Code: m.code, Plan: m.plan,
					Message: fmt.Sprintf("Node '%s': %s", name, m.reason)})
				continue
			}
			fail("%s (%s)", m.reason, m.code)
		}
	}
	for _, in := range target.names() {
		if _, connected := n.Input[in]; !connected && (target.Files[in].Required || target.JSON[in].hasToBeGiven()) {
			v.fail(stageConnections, rank, Problem{Path: Path{"nodes", name, "input"}, Code: NodeInterface,
				Message: fmt.Sprintf("input '%s' is missing for %s", in, name)})
		}
	}
}

// hasRun tells whether a node above another has surely run when that one does: not if only one
// of several paths has to have been taken, or none.
func (v *validation) hasRun(source, name string) bool {
	if source == name {
		return true
	}
	key := [2]string{source, name}
	if known, ok := v.surely[key]; ok {
		return known
	}
	if v.surely == nil {
		v.surely = map[[2]string]bool{}
	}
	v.surely[key] = true // on a cycle, which is an error of its own
	n := v.definition.Nodes[name]
	has := n.Any
	for dependency := range n.Dependencies {
		if is := v.hasRun(source, dependency); n.Any {
			has = has && is
		} else {
			has = has || is
		}
	}
	has = has && !n.Finally
	v.surely[key] = has
	return has
}

// IsMock tells whether v may be what mock_provider makes up for a text that is not known: 8
// letters and digits.
func IsMock(v any) bool {
	text, _ := v.(string)
	return len(text) == 8 && strings.Trim(text, "abcdefghijklmnopqrstuvwxyz0123456789") == ""
}

// CheckMediaType accepts a media type such as image/tiff, with parameters or without
// (RFC 6838, RFC 2045). The error is a clause that begins with what was found.
func CheckMediaType(text string) error {
	name, _, err := mime.ParseMediaType(text)
	kind, sub, _ := strings.Cut(name, "/")
	if err != nil || kind == "" || sub == "" {
		return fmt.Errorf("found %q, expected a media type such as image/tiff", text)
	}
	return nil
}
