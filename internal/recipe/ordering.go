package recipe

import (
	"container/heap"
	"slices"
)

// An ordering sorts nodes, which are numbers here, so that each comes after those
// that it needs. The numbers are in the order of the names.
type ordering struct {
	needs  [][]int // for each node the nodes that it depends on, sorted
	order  []int   // all nodes: first those that can be sorted, ties by number
	groups [][]int // nodes that wait for each other: one group for each tangle, sorted
}

// sort fills order and groups (Kahn's algorithm, and Tarjan's for the rest).
func (o *ordering) sort() {
	n := len(o.needs)
	waits, children := make([]int, n), make([][]int, n)
	var ready intHeap
	for i, needs := range o.needs {
		waits[i] = len(needs)
		for _, need := range needs {
			children[need] = append(children[need], i)
		}
		if len(needs) == 0 {
			ready = append(ready, i) // ascending, and so a heap
		}
	}
	o.order = make([]int, 0, n)
	for len(ready) > 0 {
		i := heap.Pop(&ready).(int)
		o.order = append(o.order, i)
		for _, child := range children[i] {
			if waits[child]--; waits[child] == 0 {
				heap.Push(&ready, child)
			}
		}
	}
	if len(o.order) < n {
		t := tarjan{o: o, number: make([]int, n), low: make([]int, n), onStack: make([]bool, n)}
		for i := range n {
			if waits[i] > 0 && t.number[i] == 0 {
				t.visit(i, waits)
			}
		}
	}
}

// tarjan finds the groups of nodes that need each other. It comes to what a
// group needs before it comes to the group.
type tarjan struct {
	o       *ordering
	number  []int // in the order of the visits, from 1
	low     []int // the least number that can be reached through the stack
	stack   []int
	onStack []bool
	visits  int
}

func (t *tarjan) visit(i int, waits []int) {
	t.visits++
	t.number[i], t.low[i] = t.visits, t.visits
	t.stack, t.onStack[i] = append(t.stack, i), true
	for _, need := range t.o.needs[i] {
		switch {
		case waits[need] == 0: // sorted already
		case t.number[need] == 0:
			t.visit(need, waits)
			t.low[i] = min(t.low[i], t.low[need])
		case t.onStack[need]:
			t.low[i] = min(t.low[i], t.number[need])
		}
	}
	if t.low[i] != t.number[i] {
		return
	}
	at := slices.Index(t.stack, i)
	group := slices.Sorted(slices.Values(t.stack[at:]))
	t.stack = t.stack[:at]
	for _, member := range group {
		t.onStack[member] = false
	}
	t.o.order = append(t.o.order, group...)
	if len(group) > 1 || slices.Contains(t.o.needs[i], i) {
		t.o.groups = append(t.o.groups, group)
	}
}

// shortestCycle goes from the least node of a group back to it, each node needing
// the next.
func (o *ordering) shortestCycle(group []int) []int {
	start := group[0]
	from := map[int]int{}
	for queue := []int{start}; len(queue) > 0; queue = queue[1:] {
		for _, need := range o.needs[queue[0]] {
			if _, inGroup := slices.BinarySearch(group, need); !inGroup {
				continue
			}
			if _, known := from[need]; !known {
				from[need] = queue[0]
				queue = append(queue, need)
			}
		}
	}
	cycle := []int{start}
	for at := from[start]; at != start; at = from[at] {
		cycle = append(cycle, at)
	}
	cycle = append(cycle, start)
	slices.Reverse(cycle)
	return cycle
}

// intHeap is a heap of numbers, least first.
type intHeap []int

func (h intHeap) Len() int           { return len(h) }
func (h intHeap) Less(i, j int) bool { return h[i] < h[j] }
func (h intHeap) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }
func (h *intHeap) Push(x any)        { *h = append(*h, x.(int)) }
func (h *intHeap) Pop() any {
	last := len(*h) - 1
	i := (*h)[last]
	*h = (*h)[:last]
	return i
}
