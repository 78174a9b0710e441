package order

import (
	"slices"

	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
)

// Status of an order (contract 2).
type Status string

// The statuses of an order.
const (
	Active    Status = "ACTIVE_ORDER"
	Completed Status = "COMPLETED_ORDER"
	Stopped   Status = "STOPPED_ORDER"
	Failed    Status = "ORDER_ERROR"
	Paused    Status = "PAUSED_ORDER"
)

// HasEnded tells whether an order starts no more runs on its own.
func (s Status) HasEnded() bool { return s != Active && s != Paused }

// RunStatus of an order run (contract 2).
type RunStatus string

// The statuses of a run.
const (
	RunPlanned   RunStatus = "PLANNED_SERVING"
	RunActive    RunStatus = "ACTIVE_SERVING"
	RunCompleted RunStatus = "COMPLETED_SERVING"
	RunStopped   RunStatus = "STOPPED_SERVING"
	RunFailed    RunStatus = "SERVING_ERROR"
	RunResumed   RunStatus = "SERVING_RERAN"
)

// HasEnded tells whether nothing of a run goes on.
func (s RunStatus) HasEnded() bool { return s != RunPlanned && s != RunActive }

// MayBecome tells whether a run of one status may get another one: the only table of it. What
// has ended goes on when its recipe does, after a requeue or a reprocess; what was resumed
// stays so, whatever becomes of its recipe.
func (s RunStatus) MayBecome(next RunStatus) bool {
	return slices.Contains(map[RunStatus][]RunStatus{
		RunPlanned:   {RunActive, RunFailed, RunStopped},
		RunActive:    {RunCompleted, RunFailed, RunStopped},
		RunCompleted: {RunActive},
		RunFailed:    {RunActive, RunStopped, RunResumed}, // stopped: what had failed of it was canceled
		RunStopped:   {RunActive, RunResumed},
	}[s], next)
}

// CanResume tells whether a run can be resumed.
func (s RunStatus) CanResume() bool { return s.MayBecome(RunResumed) }

// Order is the status of a run-once order with that latest run (contract 2, "run-once
// order follows its run").
func (s RunStatus) Order() Status {
	switch s {
	case RunCompleted:
		return Completed
	case RunStopped:
		return Stopped
	case RunFailed:
		return Failed
	default:
		return Active
	}
}

// RunStatusOf is the status of a run whose recipe has one (recipe.JobCounts.Status). A
// recipe of which only blocked jobs are left has failed: a condition or a sub-recipe
// keeps them from ever starting.
func RunStatusOf(s recipe.JobStatus) RunStatus {
	switch s {
	case recipe.Completed:
		return RunCompleted
	case recipe.Failed, recipe.Blocked:
		return RunFailed
	case recipe.Canceled:
		return RunStopped
	default:
		return RunActive
	}
}

// NodeStatus of a node of a run (contract 2).
type NodeStatus string

// The statuses of a node.
const (
	NodeReady     NodeStatus = "DKNodeStatus_ready_for_production"
	NodeRunning   NodeStatus = "DKNodeStatus_in_production"
	NodeCompleted NodeStatus = "DKNodeStatus_completed_production"
	NodeFailed    NodeStatus = "DKNodeStatus_production_error"
	NodeStopped   NodeStatus = "DKNodeStatus_production_stopped"
	NodeSkipped   NodeStatus = "DKNodeStatus_Skipped"
)
