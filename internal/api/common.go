package api

// Page is one page of a list (contract 0.4).
type Page[T any] struct {
	Count    int     `json:"count"`    // items on all pages
	Next     *string `json:"next"`     // absolute URL
	Previous *string `json:"previous"` // absolute URL
	Results  []T     `json:"results"`
}

// Finding is an error or a warning of a validation (contract 0.2). Path is ours:
// the place in the document that was sent, joined with dots.
type Finding struct {
	Name        string `json:"name"`
	Description string `json:"description"`
	Path        string `json:"path,omitempty"`
}

// Validation is the answer of a validation endpoint and of an edit.
type Validation struct {
	IsValid  bool      `json:"is_valid"`
	Errors   []Finding `json:"errors"`
	Warnings []Finding `json:"warnings"`
}

// Ref is a reference by id only.
type Ref struct {
	ID int64 `json:"id"`
}

// Event is what triggered a recipe or job. Description only in details.
type Event struct {
	ID          int64          `json:"id"`
	Type        string         `json:"type"`
	Occurred    Time           `json:"occurred"`
	Description map[string]any `json:"description,omitempty"`
}

// ExecutorHeader is of every answer of a server that only simulates jobs: it says "simulate". Ours.
const ExecutorHeader = "Galley-Executor"

// Simulate is what ExecutorHeader says.
const Simulate = "simulate"

// Version is the answer of GET /v6/version/.
type Version struct {
	Version  string `json:"version"`
	Executor string `json:"executor,omitempty"` // ours, of v6: simulate or process; "": this server runs no jobs
}

// Token is the answer of POST /api-token-auth/ (contract 0.6).
type Token struct {
	Token string `json:"token"`
}

// Credentials is the request of POST /api-token-auth/ and, as a form, of POST /v2/login.
type Credentials struct {
	Username string `json:"username"`
	Password string `json:"password"`
}

// Sources are the six roll-up members that files, jobs and recipes share.
type Sources struct {
	SourceStarted     *Time   `json:"source_started"`
	SourceEnded       *Time   `json:"source_ended"`
	SourceSensorClass *string `json:"source_sensor_class"`
	SourceSensor      *string `json:"source_sensor"`
	SourceCollection  *string `json:"source_collection"`
	SourceTask        *string `json:"source_task"`
}
