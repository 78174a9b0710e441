package api

import "encoding/json"

// JobError is why an execution failed (contract 1.4 error).
type JobError struct {
	ID              int64   `json:"id"`
	Name            string  `json:"name"`
	Title           string  `json:"title"`
	Description     string  `json:"description"`
	JobTypeName     *string `json:"job_type_name"`
	Category        string  `json:"category"` // SYSTEM, ALGORITHM or DATA
	IsBuiltin       bool    `json:"is_builtin"`
	ShouldBeRetried bool    `json:"should_be_retried"`
}

// Node is a machine that runs jobs.
type Node struct {
	ID       int64  `json:"id"`
	Hostname string `json:"hostname"`
}

// JobCommon are the members that the list and the details share.
type JobCommon struct {
	ID            int64               `json:"id"`
	JobType       JobTypeBase         `json:"job_type"`
	Status        string              `json:"status"`
	Event         *Event              `json:"event"`
	IngestEvent   *Event              `json:"ingest_event"`
	Recipe        *RecipeBase         `json:"recipe"`
	RecipeNode    *string             `json:"recipe_node"` // ours: the node's name in Recipe
	Batch         *BatchBase          `json:"batch"`
	IsSuperseded  bool                `json:"is_superseded"`
	Node          *Node               `json:"node"`
	Error         *JobError           `json:"error"`
	MaxTries      int                 `json:"max_tries"`
	NumExes       int                 `json:"num_exes"`
	InputFileSize *float64            `json:"input_file_size"` // MiB
	InputFiles    map[string][]string `json:"input_files"`     // input name: file names
	Sources
	Created          Time  `json:"created"`
	Queued           *Time `json:"queued"`
	Started          *Time `json:"started"`
	Ended            *Time `json:"ended"`
	LastStatusChange *Time `json:"last_status_change"`
	Superseded       *Time `json:"superseded"`
	LastModified     Time  `json:"last_modified"`
}

// Job is the form of lists.
type Job struct {
	JobCommon
	JobTypeRev    JobTypeRevRef `json:"job_type_rev"`
	SupersededJob *Ref          `json:"superseded_job"`
}

// JobDetail adds what is too large for lists.
type JobDetail struct {
	JobCommon
	JobTypeRev      JobTypeRevisionDetail `json:"job_type_rev"`
	SupersededJob   *JobBase              `json:"superseded_job"`
	SupersededByJob *JobBase              `json:"superseded_by_job"`
	Resources       map[string]float64    `json:"resources"`
	Execution       *JobExecution         `json:"execution"` // the latest
	Input           json.RawMessage       `json:"input"`     // recipe.Data form
	Output          json.RawMessage       `json:"output"`    // recipe.Data form
	Configuration   json.RawMessage       `json:"configuration"`
}

// JobBase is the form of a job within other things.
type JobBase struct {
	ID      int64       `json:"id"`
	JobType JobTypeBase `json:"job_type"`
	Status  string      `json:"status"`
}

// JobExecution is one try of a job.
type JobExecution struct {
	ID            int64       `json:"id"`
	Status        string      `json:"status"`
	ExeNum        int         `json:"exe_num"`
	ClusterID     string      `json:"cluster_id"`
	Created       Time        `json:"created"`
	Queued        *Time       `json:"queued"`
	Started       *Time       `json:"started"`
	Ended         *Time       `json:"ended"`
	Job           Ref         `json:"job"`
	Node          *Node       `json:"node"`
	Error         *JobError   `json:"error"`
	JobType       JobTypeBase `json:"job_type"`
	Timeout       int         `json:"timeout"` // seconds
	InputFileSize *float64    `json:"input_file_size"`
}

// JobExecutionDetail adds what is too large for lists.
type JobExecutionDetail struct {
	JobExecution
	TaskResults   map[string]any     `json:"task_results"`
	Resources     map[string]float64 `json:"resources"`
	Configuration json.RawMessage    `json:"configuration"`
	Output        json.RawMessage    `json:"output"`
}

// JobFilter is the body of POST /v6/jobs/cancel/: members are ANDed, the values of one are ORed.
type JobFilter struct {
	Started         string               `json:"started,omitempty"`
	Ended           string               `json:"ended,omitempty"`
	ErrorCategories []string             `json:"error_categories,omitempty"`
	ErrorIDs        []int64              `json:"error_ids,omitempty"`
	JobIDs          []int64              `json:"job_ids,omitempty"`
	Status          []string             `json:"status,omitempty"`
	JobTypeIDs      []int64              `json:"job_type_ids,omitempty"`
	JobTypeNames    []string             `json:"job_type_names,omitempty"`
	JobTypes        []JobTypeNameVersion `json:"job_types,omitempty"`
	BatchIDs        []int64              `json:"batch_ids,omitempty"`
	RecipeIDs       []int64              `json:"recipe_ids,omitempty"`
	IsSuperseded    *bool                `json:"is_superseded,omitempty"`
}

// LogLine is one line of GET /v6/job-executions/{id}/logs/{stream}/ as JSON.
type LogLine struct {
	Timestamp Time   `json:"timestamp"`
	Stream    string `json:"stream"` // stdout or stderr
	Message   string `json:"message"`
}

// JobCreate is the body of POST /jobs/ (contract 1.4): a job that belongs to no recipe.
type JobCreate struct {
	JobTypeID     int64           `json:"job_type_id"`
	Input         json.RawMessage `json:"input,omitempty"`         // recipe.Data form
	Configuration json.RawMessage `json:"configuration,omitempty"` // recipe.Configuration form
}

// JobRequeue is the body of POST /jobs/requeue/ (contract 1.4). Priority nil leaves
// each job its own; lower is sooner.
type JobRequeue struct {
	JobFilter
	Priority *int `json:"priority,omitempty"`
}
