package recipe

// A pass goes once over the nodes, parents first, so that what it decides about
// a node is known when it comes to those below.
type pass struct {
	graph    *Graph
	catalog  Catalog
	state    State
	nodes    []progressing
	finished bool   // so far every node is finished or will never be created
	open     bitset // nodes of which something is still to come by itself
	steps    Steps
}

// progressing is what a pass knows of a node that it was at.
type progressing struct {
	state   NodeState
	created bool
	never   bool // it will never be created
	blocks  bool // it or a node above it blocks
	failed  bool // it has ended without being finished
}

// finished tells whether the nodes below can have their data.
func (n *progressing) finished() bool {
	switch n.state.Type {
	case JobNode:
		return n.state.Status == Completed
	case RecipeNode:
		return n.state.Completed
	default:
		return n.state.Processed
	}
}

// accepts tells whether a finished node lets a node run that depends on it with
// the given acceptance.
func (n *progressing) accepts(acceptance bool) bool {
	if n.state.Type == ConditionNode {
		return n.state.Accepted == acceptance
	}
	return acceptance
}

func (p *pass) node(i int) {
	node, at := &p.graph.nodes[i], &p.nodes[i]
	at.state, at.created = p.state.Nodes[node.name]
	at.state.Type = node.kind
	if !at.created {
		p.create(i)
	}
	if !at.created {
		p.finished = p.finished && at.never
		if !at.never && !p.isStuck(i) {
			p.open.add(i)
		}
		return
	}
	ready, blocked := p.above(i)
	begun := false
	switch node.kind {
	case JobNode:
		p.job(i, ready, blocked)
		at.failed = at.state.Status == Failed || at.state.Status == Canceled
		at.blocks = at.failed
		begun = at.state.Status != Pending && at.state.Status != Blocked
	case RecipeNode:
		p.subRecipe(i, ready, blocked)
		at.failed = at.state.Rejected || at.state.Settled && !at.state.Completed
		at.blocks = at.state.Blocking || at.state.Rejected
		begun = at.state.HasInput
	case ConditionNode:
		p.condition(i, ready)
		at.failed = at.state.Rejected
	}
	at.blocks = blocked || at.blocks && !node.allowFailure
	ended := at.finished() || at.failed
	if !ended && (begun || !blocked) {
		p.open.add(i)
	}
	p.finished = p.finished && (at.finished() || at.failed && node.allowFailure)
}

// above tells whether the nodes above let a created node run, and whether they block it.
func (p *pass) above(i int) (ready, blocked bool) {
	node := &p.graph.nodes[i]
	all, some := true, false
	for _, parent := range node.parents {
		above := &p.nodes[parent.node]
		passes := above.created && above.accepts(parent.acceptance) &&
			(above.finished() || above.failed && p.graph.nodes[parent.node].allowFailure)
		all, some = all && passes, some || passes
		blocked = blocked || above.blocks
	}
	hasInput := p.state.Input != nil
	switch {
	case node.finally:
		return hasInput && p.hasEnded(i), false
	case node.any:
		return hasInput && p.hasEnded(i) && some, p.hasEnded(i) && !some
	}
	return hasInput && all, blocked
}

// hasEnded tells whether nothing above a node goes on by itself.
func (p *pass) hasEnded(i int) bool { return p.graph.above[i].common(p.open) < 0 }

// isStuck tells of a node that waits to be created whether what it waits for has ended.
func (p *pass) isStuck(i int) bool {
	node := &p.graph.nodes[i]
	for _, parent := range node.parents {
		above := &p.nodes[parent.node]
		waits := !above.never && (!above.created || above.state.Type == ConditionNode && !above.state.Processed)
		if ended := !p.open.has(parent.node); waits && ended != node.any {
			return ended // one that never comes is enough, or for a join one that may
		}
	}
	return node.any
}

// create creates a node if the nodes above it allow that.
func (p *pass) create(i int) {
	node, at := &p.graph.nodes[i], &p.nodes[i]
	wait := node.any
	possible := node.finally || !node.any
	for _, parent := range node.parents {
		above := &p.nodes[parent.node]
		undecided := !above.created || above.state.Type == ConditionNode && !above.state.Processed
		switch {
		case node.finally:
		case above.never, !undecided && !above.accepts(parent.acceptance):
			if !node.any {
				at.never = true
				return
			}
		case undecided:
			possible, wait = true, wait || !node.any
		case node.any:
			possible, wait = true, false
		}
	}
	if at.never = !possible; wait || at.never {
		return
	}
	at.created = true
	if node.kind == JobNode {
		at.state.Status = Pending
	}
	p.steps.Create = append(p.steps.Create, node.name)
}

func (p *pass) job(i int, ready, blocked bool) {
	node, at := &p.graph.nodes[i], &p.nodes[i]
	if at.state.Status != Pending && at.state.Status != Blocked {
		return
	}
	if at.state.Status == Blocked && !blocked {
		at.state.Status = Pending
		p.steps.Unblock = append(p.steps.Unblock, node.name)
	}
	if !ready {
		if at.state.Status == Pending && blocked {
			at.state.Status = Blocked
			p.steps.Block = append(p.steps.Block, node.name)
		}
		return
	}
	data := p.data(i)
	var problems Problems
	if known, ok := p.catalog.Jobs[node.job]; ok && known == nil {
		problems = Problems{jobMissing(node.name, node.job, p.catalog)}
	} else if ok {
		data, problems = known.Input.CheckData(data)
	}
	if len(problems.Errors()) > 0 {
		at.state.Status = Canceled
		p.steps.Reject = append(p.steps.Reject, Rejection{node.name, problems})
		return
	}
	at.state.Status, at.state.HasInput = Queued, true
	p.steps.Queue = append(p.steps.Queue, NodeInput{node.name, data})
}

func (p *pass) subRecipe(i int, ready, blocked bool) {
	node, at := &p.graph.nodes[i], &p.nodes[i]
	if at.state.HasInput || at.state.Completed || at.state.Rejected {
		return
	}
	switch {
	case at.state.Blocked && !blocked:
		at.state.Blocked = false
		p.steps.Unblock = append(p.steps.Unblock, node.name)
	case !at.state.Blocked && blocked && !ready:
		at.state.Blocked = true
		p.steps.Block = append(p.steps.Block, node.name)
	}
	if !ready {
		return
	}
	data := p.data(i)
	var problems Problems
	if known, ok := p.catalog.Recipes[node.recipe]; ok && known == nil {
		problems = Problems{recipeMissing(node.name, node.recipe, p.catalog)}
	} else if ok {
		data, problems = known.CheckData(data)
	}
	if len(problems.Errors()) > 0 {
		at.state.Rejected = true
		p.steps.Reject = append(p.steps.Reject, Rejection{node.name, problems})
		return
	}
	at.state.HasInput = true
	p.steps.Queue = append(p.steps.Queue, NodeInput{node.name, data})
}

func (p *pass) condition(i int, ready bool) {
	node, at := &p.graph.nodes[i], &p.nodes[i]
	if !ready || at.state.Processed || at.state.Rejected {
		return
	}
	data, problems := node.condition.Interface.CheckData(p.data(i))
	if len(problems.Errors()) > 0 {
		at.state.Rejected = true
		p.steps.Reject = append(p.steps.Reject, Rejection{node.name, problems})
		return
	}
	accepted := node.condition.DataFilter.Accepts(data, p.state.Files)
	at.state.Processed, at.state.Accepted, at.state.Input = true, accepted, data
	p.steps.Evaluate = append(p.steps.Evaluate, Evaluation{node.name, data, accepted})
}

// data collects the input of a node. What its source does not have is left out.
func (p *pass) data(i int) Data {
	out := Data{Files: map[string][]int64{}, JSON: map[string]any{}}
	for _, c := range p.graph.nodes[i].inputs {
		if c.value != nil {
			out.JSON[c.input] = c.value
			continue
		}
		source := p.state.Input
		if c.source >= 0 {
			above := &p.nodes[c.source].state
			source = &above.Output
			if above.Type == ConditionNode {
				source = &above.Input
			}
		}
		if ids, ok := source.Files[c.output]; ok {
			out.Files[c.input] = ids
		}
		if value, ok := source.JSON[c.output]; ok {
			out.JSON[c.input] = value
		}
	}
	return out
}
