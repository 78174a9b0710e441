package plan

// Replacement is one thing that a plan makes anew as another of its kind. Terraform deletes
// the first before it creates the second, so that the delete must not stop what uses it.
type Replacement struct {
	Old string `json:"old"`
	New string `json:"new"`
}

// Replace enters that the plan makes a thing of that kind anew.
func (l *Ledger) Replace(kind string, r Replacement) {
	if l == nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.replaced[[2]string{kind, r.New}] = r.Old
}

// ReplacedBy is what the thing of that kind and name is made instead of, which may be itself: a
// state has it, and the plan creates it. "": nothing.
func (l *Ledger) ReplacedBy(kind, name string) (old string) {
	if l == nil {
		return ""
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	key := [2]string{kind, name}
	if old, ok := l.replaced[key]; ok {
		return old
	}
	if l.held[key] {
		return name
	}
	return ""
}

// Defer enters, in an apply, that a thing is not deleted before its successor exists.
func (l *Ledger) Defer(kind string, r Replacement) {
	if l == nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.deferred[[2]string{kind, r.New}] = r.Old
}

// TakeDeferred is what the thing of that kind and name, which an apply creates, has to delete
// when it exists; "": nothing.
func (l *Ledger) TakeDeferred(kind, name string) (old string) {
	if l == nil {
		return ""
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	key := [2]string{kind, name}
	old = l.deferred[key]
	delete(l.deferred, key)
	return old
}
