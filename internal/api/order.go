package api

import "encoding/json"

// OrderCreate is the body of PUT order/create/{k}/{r}/{v} (contract datakitchen-v2, 1.5).
// TimeZone, Start, Expires and MaxRuns are ours.
type OrderCreate struct {
	Parameters   json.RawMessage `json:"parameters,omitempty"` // object
	Schedule     string          `json:"schedule,omitempty"`   // now, cron, R[n]/start/period; "": the variation's
	TimeZone     string          `json:"scheduleTimeZone,omitempty"`
	Start        string          `json:"start,omitempty"`   // RFC 3339, or without offset in TimeZone
	Expires      string          `json:"expires,omitempty"` // likewise
	MaxRuns      int             `json:"max-runs,omitempty"`
	GraphSetting json.RawMessage `json:"graph-setting,omitempty"`
}

// OrderCreated is the answer: the order's id, under each name that a client looks for.
type OrderCreated struct {
	Status            string          `json:"status"` // success
	OrderID           string          `json:"order_id"`
	ServingHID        string          `json:"serving_hid"`
	ServingChronosID  string          `json:"serving_chronos_id"`
	VariableOverrides json.RawMessage `json:"variable_overrides"`
}

// OrderQuery are the filters of GET order/status/{k}, in its body.
type OrderQuery struct {
	Recipe         string `json:"recipe,omitempty"`
	Variation      string `json:"variation,omitempty"`
	TimePeriod     int    `json:"timePeriod,omitempty"` // hours
	Search         string `json:"search,omitempty"`     // regular expression on the order's id
	OrderStatus    string `json:"orderStatus,omitempty"`
	OrderRunStatus string `json:"orderRunStatus,omitempty"`
	ServingsCount  *int   `json:"servingsCount,omitempty"` // runs per order; nil: 3
	Start          int    `json:"start,omitempty"`         // orders to skip
	Count          int    `json:"count,omitempty"`         // orders at most; 0: all
}

// OrderList is the answer in the default form: newest order first.
type OrderList struct {
	Customer    string               `json:"customer"`
	Repo        string               `json:"repo"`
	KitchenName string               `json:"kitchenname"`
	Orders      []Order              `json:"orders"`
	Servings    map[string]OrderRuns `json:"servings"` // by order id
	TotalOrders int                  `json:"total-orders"`
}

// Order is one order of an OrderList. Parameters, EffectiveParameters, the schedule's
// members, RunCount and NextRun are ours.
type Order struct {
	HID                 string          `json:"hid"`
	Recipe              string          `json:"recipe"`
	Variation           string          `json:"variation"`
	Schedule            string          `json:"schedule"`
	TimeZone            string          `json:"scheduleTimeZone"`
	Start               string          `json:"start"`
	Expires             string          `json:"expires"`
	MaxRuns             int             `json:"max-runs"`
	Status              string          `json:"order-status"` // order.Status
	InputSettings       json.RawMessage `json:"input_settings"`
	EffectiveParameters json.RawMessage `json:"effective_parameters"` // as of the latest run, or of now
	RunCount            int             `json:"run_count"`
	NextRun             *int64          `json:"next_run"` // ms since 1970
	Created             int64           `json:"created"`  // ms since 1970
}

// OrderRuns are runs of one order, newest first.
type OrderRuns struct {
	Servings []OrderRun `json:"servings"`
	Total    int        `json:"total"`
}

// OrderRun is contract 1.5 RUN. RecipeID (of the v6 recipe) and Error are ours.
type OrderRun struct {
	HID           string  `json:"hid"`
	OrderID       string  `json:"order_id"`
	Status        string  `json:"status"`          // order.RunStatus
	Label         string  `json:"orderrun_status"` // for people
	VariationName string  `json:"variation_name"`
	Timings       Timings `json:"timings"`
	ResumedBy     *string `json:"resumed_by"`
	ScheduledFor  int64   `json:"scheduled_start_time"` // ms since 1970
	RecipeID      *int64  `json:"recipe_id"`
	Error         string  `json:"error_message"`
}

// Timings are when a run was, in ms since 1970; Start is that of a planned run too.
type Timings struct {
	Start    int64  `json:"start-time"`
	End      *int64 `json:"end-time,omitempty"`
	Duration *int64 `json:"duration,omitempty"` // ms
}

// OrderDetailsQuery is the body of POST order/details/{k}.
type OrderDetailsQuery struct {
	RunID         string `json:"serving_hid,omitempty"`
	OrderID       string `json:"serving_book_hid,omitempty"`
	Logs          bool   `json:"logs,omitempty"`
	Summary       bool   `json:"summary,omitempty"`
	TestResults   bool   `json:"testresults,omitempty"`
	TimingResults bool   `json:"timingresults,omitempty"`
	ServingJSON   bool   `json:"servingjson,omitempty"`
}

// OrderDetails is its answer.
type OrderDetails struct {
	Repo        string           `json:"repo"`
	Customer    string           `json:"customer"`
	KitchenName string           `json:"kitchenname"`
	Status      string           `json:"status"` // success
	Orders      []OrderRef       `json:"orders"`
	Servings    []OrderRunDetail `json:"servings"`
}

// OrderRef names an order.
type OrderRef struct {
	HID string `json:"hid"`
}

// OrderRunDetail is contract 1.5 DETAIL.
type OrderRunDetail struct {
	OrderRun
	RecipeName string          `json:"recipe_name"`
	Variables  json.RawMessage `json:"run_time_variables"`
	Variation  json.RawMessage `json:"variation"`
	State      string          `json:"state"`
	Conditions json.RawMessage `json:"conditions"`
	Summary    *RunSummary     `json:"summary,omitempty"`
	Log        *RunLog         `json:"log,omitempty"`
	Tests      *string         `json:"testresults,omitempty"`
	Timing     *string         `json:"timingresults,omitempty"`
	Serving    json.RawMessage `json:"servingjson,omitempty"`
}

// RunSummary is how a run went, node by node. Times are ms.
type RunSummary struct {
	Name      string             `json:"name"`
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
	Tests  map[string]json.RawMessage `json:"tests"`
}

// RunLog is the log of a run.
type RunLog struct {
	Start int          `json:"start"`
	Count int          `json:"count"`
	Lines []RunLogLine `json:"lines"`
}

// RunLogLine is one line of a RunLog.
type RunLogLine struct {
	RecordType string `json:"record_type"` // TRACE, DEBUG, INFO, WARNING, ERROR, CRITICAL
	Message    string `json:"message"`
	Node       string `json:"node"`
	Time       string `json:"syslogts"` // RFC 3339
	DateTime   string `json:"datetime"`
	Thread     string `json:"thread_name"`
	OrderRunID string `json:"order_run_id"`
	PID        int    `json:"pid"`
	Priority   int    `json:"priority"`
	Hostname   string `json:"hostname"`
}
