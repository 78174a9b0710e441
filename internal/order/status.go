package order

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
