package recipe

// JobCounts are how many jobs a recipe has, those of its sub-recipes too, and how many of
// them have each status. PENDING are the rest.
type JobCounts struct {
	Total, Queued, Running, Completed, Failed, Canceled, Blocked int

	IsBlocked bool // a sub-recipe that has not begun, as what is above it has failed (NodeState.Blocked)
}

// Status sums up a recipe, which has no status of its own in the contract, in the words
// of a job. A recipe is FAILED, CANCELED or BLOCKED only once nothing of it can go on;
// jobs with a status that the counters do not know count as pending.
func (n JobCounts) Status(isCompleted bool) JobStatus {
	active := n.Queued + n.Running
	pending := n.Total - n.Completed - n.Failed - n.Canceled - n.Blocked - active
	switch {
	case isCompleted:
		return Completed
	case n.IsBlocked && active == 0:
		return Blocked
	case n.Running > 0, active+pending > 0 && n.Completed+n.Failed > 0:
		return Running
	case active+pending > 0:
		return Pending
	case n.Failed > 0:
		return Failed
	case n.Canceled > 0:
		return Canceled
	case n.Blocked > 0:
		return Blocked
	case n.Completed > 0:
		return Running // between two nodes
	default:
		return Pending // its input is not processed yet
	}
}

// IsSettled tells whether a recipe of that status changes only if somebody steps in.
func (s JobStatus) IsSettled() bool {
	switch s {
	case Completed, Failed, Canceled, Blocked:
		return true
	default:
		return false
	}
}
