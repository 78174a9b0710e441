package plan

// SetWorkspace enters a workspace; name may be the one that it is expected to get.
func (l *Ledger) SetWorkspace(name string, active bool) {
	if l == nil || name == "" {
		return
	}
	l.siblings.tell(KindWorkspace, name)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.workspaces[name] = active
}

// Rebase enters that a workspace gets another base URL, and its files another URL with it.
func (l *Ledger) Rebase(workspace string) {
	if l == nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.rebased[workspace] = true
}

// Rebases tells whether the plan gives a workspace another base URL.
func (l *Ledger) Rebases(workspace string) bool {
	if l == nil {
		return false
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.rebased[workspace]
}

// workspace tells whether a workspace of the plan is going to be active.
func (l *Ledger) workspace(name string) (active, known bool) {
	if l == nil {
		return false, false
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	active, known = l.workspaces[name]
	return active, known
}
