package api

import "encoding/json"

// OrderCreate is the body of PUT order/create/{k}/{r}/{v} (contract datakitchen-v2, 1.5).
// TimeZone, Start, Expires, MaxRuns, Overlap, CatchUp and Paused are ours.
type OrderCreate struct {
	Parameters json.RawMessage `json:"parameters,omitempty"` // object
	// SecretParameters are more of them (ours), whose values are never shown.
	SecretParameters json.RawMessage `json:"secret-parameters,omitempty"`
	Schedule         string          `json:"schedule,omitempty"` // now, cron, R[n]/start/period; "": the variation's
	TimeZone         string          `json:"scheduleTimeZone,omitempty"`
	Start            string          `json:"start,omitempty"`   // RFC 3339, or without offset in TimeZone
	Expires          string          `json:"expires,omitempty"` // likewise
	MaxRuns          int             `json:"max-runs,omitempty"`
	Overlap          string          `json:"overlap,omitempty"`  // order.Overlap; "": the variation's
	CatchUp          string          `json:"catch-up,omitempty"` // order.CatchUp; "": the variation's
	Paused           bool            `json:"paused,omitempty"`
	Timeout          string          `json:"timeout,omitempty"` // how long a run may take; "": the variation's (ours)
	GraphSetting     json.RawMessage `json:"graph-setting,omitempty"`
	InputFiles       json.RawMessage `json:"input-files,omitempty"` // object of lists (order.InputFiles), over the variation's (ours)
}

// OrderUpdate is the body of PUT order/update/{order} (ours). What it does not have stays; the
// members of the schedule, if it has any, replace it whole: without a text it is the variation's.
type OrderUpdate struct {
	Parameters       json.RawMessage `json:"parameters,omitempty"`        // object: all of them, but the secret ones
	SecretParameters json.RawMessage `json:"secret-parameters,omitempty"` // object: all secret ones
	Schedule         *string         `json:"schedule,omitempty"`
	TimeZone         string          `json:"scheduleTimeZone,omitempty"`
	Start            string          `json:"start,omitempty"`
	Expires          string          `json:"expires,omitempty"`
	MaxRuns          int             `json:"max-runs,omitempty"`
	Overlap          *string         `json:"overlap,omitempty"`  // "": the variation's
	CatchUp          *string         `json:"catch-up,omitempty"` // likewise
	Timeout          *string         `json:"timeout,omitempty"`  // likewise
	Paused           *bool           `json:"paused,omitempty"`
	GraphSetting     json.RawMessage `json:"graph-setting,omitempty"` // []: as the variation says
	InputFiles       json.RawMessage `json:"input-files,omitempty"`   // whole

	// IfMatch is the version that the update is meant for, an Order's ETag; "": any.
	IfMatch string `json:"-"`
}

// OrderCreated is the answer of a create, a run and a resume: the order's id, under each
// name that a client looks for.
type OrderCreated struct {
	Warned
	Status            string          `json:"status"` // success
	OrderID           string          `json:"order_id"`
	ServingHID        string          `json:"serving_hid"`        // of a create the order's id, of a run and a resume the new run's
	ServingChronosID  string          `json:"serving_chronos_id"` // of 2016
	VariableOverrides json.RawMessage `json:"variable_overrides"` // object: the order's parameters
}

// OrderQuery are the filters of GET order/status/{k}, in its body.
type OrderQuery struct {
	Recipe         string  `json:"recipe,omitempty"`
	Variation      string  `json:"variation,omitempty"`
	TimePeriod     float64 `json:"timePeriod,omitempty"` // hours; orders that were made or had a run since
	Search         string  `json:"search,omitempty"`     // regular expression on the order's id
	OrderStatus    string  `json:"orderStatus,omitempty"`
	OrderRunStatus string  `json:"orderRunStatus,omitempty"` // orders with such a run, and of their runs only those
	ServingsCount  *int    `json:"servingsCount,omitempty"`  // runs per order; nil: 3
	Start          int     `json:"start,omitempty"`          // orders to skip
	Count          int     `json:"count,omitempty"`          // orders at most; 0: all
}

// OrderList is the answer in the default form: newest order first.
type OrderList struct {
	Warned
	Customer    string               `json:"customer"`
	Repo        string               `json:"repo"`
	KitchenName string               `json:"kitchenname"`
	Orders      []Order              `json:"orders"`
	Servings    map[string]OrderRuns `json:"servings"` // by order id
	TotalOrders int                  `json:"total-orders"`
}

// OrderListFlat is the answer of 2016, to a request with neither body nor query: all runs
// of all orders in one list.
type OrderListFlat struct {
	Warned
	Customer    string     `json:"customer"`
	Repo        string     `json:"repo"`
	KitchenName string     `json:"kitchenname"`
	Orders      []Order    `json:"orders"`
	Servings    []OrderRun `json:"servings"`
	TotalOrders int        `json:"total-orders"`
}

// OrderListStructured is the answer to structuredResponse=true: runs within their orders.
type OrderListStructured struct {
	Warned
	Customer    string            `json:"customer"`
	Repo        string            `json:"repo"`
	KitchenName string            `json:"kitchenname"`
	Orders      []OrderStructured `json:"orders"`
	Total       int               `json:"total"`
}

// Order is one order of an OrderList. EffectiveParameters, the schedule's members beside
// its text, Overlap, CatchUp, RunCount, RunsSkipped, NextRun, Created and ETag are ours.
type Order struct {
	HID                 string          `json:"hid"`
	Recipe              string          `json:"recipe"`
	Variation           string          `json:"variation"`
	Schedule            string          `json:"schedule"`
	TimeZone            string          `json:"scheduleTimeZone"`
	Start               string          `json:"start"`
	Expires             string          `json:"expires"`
	MaxRuns             int             `json:"max-runs"`
	Status              string          `json:"order-status"`         // order.Status
	InputSettings       json.RawMessage `json:"input_settings"`       // object: the request, and who made it
	ServingChronosID    string          `json:"serving_chronos_id"`   // of 2016
	ChronosStatus       string          `json:"chronos-status"`       // of 2016
	EffectiveParameters json.RawMessage `json:"effective_parameters"` // object: as of the latest run; {} before the first
	Overlap             string          `json:"overlap"`              // order.Overlap
	CatchUp             string          `json:"catch-up"`             // order.CatchUp
	RunCount            int             `json:"run_count"`
	RunsSkipped         int             `json:"runs_skipped"` // runs that were due while another was under way, and did not start
	NextRun             *int64          `json:"next_run"`     // ms since 1970
	Created             int64           `json:"created"`      // ms since 1970
	ETag                string          `json:"etag"`         // its version, for If-Match: runs do not change it
}

// OrderStructured is one order of an OrderListStructured.
type OrderStructured struct {
	Order
	StructuredStatus string               `json:"order_status"`
	Servings         []OrderRunStructured `json:"servings"`
	TotalServings    int                  `json:"total_servings"`
	StructuredZone   string               `json:"timezone"`
}

// OrderRuns are runs of one order, newest first.
type OrderRuns struct {
	Servings []OrderRun `json:"servings"`
	Total    int        `json:"total"` // of those that were asked for, listed or not
}

// OrderRun is contract 1.5 RUN. RecipeID (of the v6 recipe) and Error are ours.
type OrderRun struct {
	HID              string  `json:"hid"`
	OrderID          string  `json:"order_id"`
	Status           string  `json:"status"`          // order.RunStatus
	Label            string  `json:"orderrun_status"` // for people
	VariationName    string  `json:"variation_name"`
	Timings          Timings `json:"timings"`
	ResumedBy        *string `json:"resumed_by"`
	ScheduledFor     int64   `json:"scheduled_start_time"` // ms since 1970
	ServingMesosID   string  `json:"serving_mesos_id"`     // of 2016
	ServingChronosID string  `json:"serving_chronos_id"`   // of 2016
	RecipeID         *int64  `json:"recipe_id"`
	Error            string  `json:"error_message"`
}

// OrderRunStructured is a run of an OrderListStructured.
type OrderRunStructured struct {
	OrderRun
	Timings TimingsStructured `json:"timings"`
}

// Timings are when a run was, in ms since 1970; Start is that of a planned run too.
type Timings struct {
	Start    int64  `json:"start-time"`
	End      *int64 `json:"end-time,omitempty"`
	Duration *int64 `json:"duration,omitempty"` // ms
}

// TimingsStructured are Timings with the end under the name of the structured form as well.
type TimingsStructured struct {
	Timings
	StructuredEnd *int64 `json:"end_time,omitempty"`
}

// OrderRunsQuery is the body of GET order/servings/{k}/{order}.
type OrderRunsQuery struct {
	Count *int `json:"count,omitempty"` // nil: 10
}

// OrderServings is its answer: newest run first. Skipped is ours.
type OrderServings struct {
	Warned
	Servings []OrderRun   `json:"servings"`
	Skipped  []SkippedRun `json:"skipped"` // as many at most
}

// SkippedRun is a run that was due and did not start.
type SkippedRun struct {
	ScheduledFor int64  `json:"scheduled_start_time"` // ms since 1970
	Reason       string `json:"reason"`
}

// AlertsQuery is the body of GET order/alerts/{k} (ours); what is left out is no filter.
type AlertsQuery struct {
	OrderID string `json:"order_id,omitempty"`
	RunID   string `json:"order_run_id,omitempty"`
	Status  string `json:"status,omitempty"` // QUEUED, DELIVERED, FAILED
	Count   *int   `json:"count,omitempty"`  // nil: 100, at most 1000
}

// Alerts is its answer: newest alert first.
type Alerts struct {
	Warned
	Alerts []Alert `json:"alerts"`
}

// Alert is one event of a run and one destination: whether it has arrived there.
type Alert struct {
	ID          string `json:"id"` // as in the message itself
	OrderID     string `json:"order_id"`
	RunID       string `json:"order_run_id"`
	Event       string `json:"event"`
	Destination string `json:"destination"` // of a URL only the host, for those who are not editors
	Status      string `json:"status"`      // QUEUED, DELIVERED, FAILED
	Attempts    int    `json:"attempts"`
	Error       string `json:"error"`  // of the latest try; empty: none
	Digest      bool   `json:"digest"` // it is told with others
	Created     int64  `json:"created_time"`
	Ended       *int64 `json:"end_time"` // nil: QUEUED
}

// OrderRef is the body of calls on an order or a run: the ids win over those of the path.
type OrderRef struct {
	Kitchen string `json:"kitchen_name,omitempty"`
	OrderID string `json:"serving_book_hid,omitempty"`
	RunID   string `json:"serving_hid,omitempty"`
}

// OrderDetailsQuery is the body of POST order/details/{k}: one run, the runs of one order,
// or with neither the kitchen's newest run.
type OrderDetailsQuery struct {
	RunID         string `json:"serving_hid,omitempty"`
	OrderID       string `json:"serving_book_hid,omitempty"`
	Logs          bool   `json:"logs,omitempty"`
	Summary       bool   `json:"summary,omitempty"`
	TestResults   bool   `json:"testresults,omitempty"`
	TimingResults bool   `json:"timingresults,omitempty"`
	ServingJSON   bool   `json:"servingjson,omitempty"`
}

// OrderDetails is its answer: newest run first.
type OrderDetails struct {
	Warned
	Repo        string           `json:"repo"`
	Customer    string           `json:"customer"`
	KitchenName string           `json:"kitchenname"`
	Status      string           `json:"status"` // success
	Orders      []Order          `json:"orders"`
	Servings    []OrderRunDetail `json:"servings"`
}

// OrderRunDetail is contract 1.5 DETAIL.
type OrderRunDetail struct {
	OrderRun
	RecipeName string          `json:"recipe_name"`
	Variables  json.RawMessage `json:"run_time_variables"` // object
	Variation  json.RawMessage `json:"variation"`          // object: that of variations.json now
	State      string          `json:"state"`              // order.NodeStatus of the whole run
	Conditions json.RawMessage `json:"conditions"`         // object: condition -> {"node": it}
	Summary    *RunSummary     `json:"summary,omitempty"`
	Log        *RunLog         `json:"log,omitempty"`
	Tests      *string         `json:"testresults,omitempty"`
	Timing     *string         `json:"timingresults,omitempty"`
	Serving    json.RawMessage `json:"servingjson,omitempty"` // object: the run without what was asked for beside it
}

// RunSummary is how a run went, node by node. Times are ms.
type RunSummary struct {
	Name      string             `json:"name"`   // of the recipe
	Status    string             `json:"status"` // order.NodeStatus for the whole run
	Start     *int64             `json:"start-time"`
	End       *int64             `json:"end-time"`
	TotalTime *int64             `json:"total-recipe-time"`
	Nodes     map[string]RunNode `json:"nodes"`
}

// RunNode is one node of a RunSummary.
type RunNode struct {
	Status string                     `json:"status"` // order.NodeStatus
	Start  *int64                     `json:"start_time"`
	Timing *int64                     `json:"timing"`
	Tests  map[string]json.RawMessage `json:"tests"` // there are none: empty
}

// RunLog is the log of a run.
type RunLog struct {
	Start int          `json:"start"`
	Count int          `json:"count"`
	Lines []RunLogLine `json:"lines"`
}

// RunLogLine is one line of a RunLog. What galleyd does not measure is null.
type RunLogLine struct {
	RecordType string   `json:"record_type"` // TRACE, DEBUG, INFO, WARNING, ERROR, CRITICAL
	Message    string   `json:"message"`
	Node       string   `json:"node"`
	Time       string   `json:"syslogts"` // RFC 3339
	DateTime   string   `json:"datetime"` // the same
	Thread     string   `json:"thread_name"`
	OrderRunID string   `json:"order_run_id"`
	PID        int      `json:"pid"`
	Priority   int      `json:"priority"` // of syslog
	Hostname   string   `json:"hostname"`
	MemUsage   *float64 `json:"mem_usage"`
	DiskUsed   *float64 `json:"disk_used"`
	ExcType    *string  `json:"exc_type"`
	ExcDesc    *string  `json:"exc_desc"`
	Traceback  *string  `json:"traceback"`
}

// RunLogExport is the answer of GET order/export/logs/{k}/{run}: a zip file in base64
// with one text file for each node.
type RunLogExport struct {
	Log string `json:"log"`
}

// MessageBody is the JSON of an error in the dialect of v2 (contract 1.2), with the
// members of ErrorBody, ours, beside it.
type MessageBody struct {
	ErrorBody
	Message Message `json:"message"`
}

// Message is what clients of v2 show of an error.
type Message struct {
	Error  string  `json:"error"`
	Status string  `json:"status"`           // failed
	Issues []Issue `json:"issues,omitempty"` // the single findings again
}

// Issue is a finding in the words of v2.
type Issue struct {
	Severity    string `json:"severity"` // error
	File        string `json:"file"`     // where, as Finding.Path
	Description string `json:"description"`
}
