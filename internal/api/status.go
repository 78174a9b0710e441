package api

// QueueStatus is the QUEUED jobs of one job type (contract 1.9).
type QueueStatus struct {
	JobType         JobTypeBase `json:"job_type"`
	Count           int         `json:"count"`
	LongestQueued   *Time       `json:"longest_queued"`   // since when the oldest waits
	HighestPriority int         `json:"highest_priority"` // the lowest number
}

// JobTypeStatus is the jobs of one job type by status (contract 1.3).
type JobTypeStatus struct {
	JobType   JobTypeBase      `json:"job_type"`
	JobCounts []JobStatusCount `json:"job_counts"`
}

// JobStatusCount is the jobs with one status and, if they FAILED, one category of error.
type JobStatusCount struct {
	Status     string  `json:"status"`
	Count      int     `json:"count"`
	MostRecent *Time   `json:"most_recent"` // change of status
	Category   *string `json:"category"`
}

// JobTypePending is the PENDING jobs of one job type (contract 1.3).
type JobTypePending struct {
	JobType        JobTypeBase `json:"job_type"`
	Count          int         `json:"count"`
	LongestPending *Time       `json:"longest_pending"` // since when the oldest is
}

// JobTypeRunning is the RUNNING jobs of one job type (contract 1.3).
type JobTypeRunning struct {
	JobType        JobTypeBase `json:"job_type"`
	Count          int         `json:"count"`
	LongestRunning *Time       `json:"longest_running"` // since when the oldest runs
}

// JobTypeFailures is the jobs of one job type that FAILED by one fault of the system
// (contract 1.3).
type JobTypeFailures struct {
	JobType    JobTypeBase `json:"job_type"`
	Error      JobError    `json:"error"`
	Count      int         `json:"count"`
	FirstError *Time       `json:"first_error"`
	LastError  *Time       `json:"last_error"`
}

// Status is what GET /status/ says about the server (contract 1.9). Galley schedules
// no machines, so it has none of the original's nodes and resources.
type Status struct {
	Timestamp Time            `json:"timestamp"`
	Scheduler Scheduler       `json:"scheduler"`
	JobTypes  []JobTypeActive `json:"job_types"` // with anything to do
}

// Scheduler is the part of the server that starts jobs.
type Scheduler struct {
	Hostname string         `json:"hostname"`
	IsPaused bool           `json:"is_paused"`
	State    SchedulerState `json:"state"`
}

// SchedulerState is a state in words.
type SchedulerState struct {
	Name        string `json:"name"` // READY
	Title       string `json:"title"`
	Description string `json:"description"`
}

// JobTypeActive is what there is to do for one job type.
type JobTypeActive struct {
	ID      int64  `json:"id"`
	Name    string `json:"name"`
	Version string `json:"version"`
	Queued  int    `json:"queued"`
	Running int    `json:"running"`
}

// Profile is the user of a request (contract 0.6), without any form of the password.
// Users have neither mail addresses nor names of their own here: those are empty.
type Profile struct {
	ID        int64  `json:"id"`
	Username  string `json:"username"`
	Email     string `json:"email"`
	FirstName string `json:"first_name"`
	LastName  string `json:"last_name"`
	IsStaff   bool   `json:"is_staff"` // may change types and workspaces
	Role      string `json:"role"`     // ours: viewer, operator, editor or admin
}
