package plan

// Leave enters a run whose create ended in an error, so that Terraform is to make it anew: what
// creates a run of the same kind and fingerprint may take it over instead (contract of a
// plan, 3).
func (l *Ledger) Leave(kind, fingerprint string, run any) {
	if l == nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	key := [2]string{kind, fingerprint}
	l.left[key] = append(l.left[key], run)
}

// Left is the first run of that kind and fingerprint that was left, if there is one.
func (l *Ledger) Left(kind, fingerprint string) (run any, ok bool) {
	if l == nil {
		return nil, false
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	runs := l.left[[2]string{kind, fingerprint}]
	if len(runs) == 0 {
		return nil, false
	}
	return runs[0], true
}

// TakeLeft is Left, and nobody else gets that run.
func (l *Ledger) TakeLeft(kind, fingerprint string) (run any, ok bool) {
	if l == nil {
		return nil, false
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	key := [2]string{kind, fingerprint}
	runs := l.left[key]
	if len(runs) == 0 {
		return nil, false
	}
	l.left[key] = runs[1:]
	return runs[0], true
}
