package alert

import (
	"time"

	"github.com/recipe-galley/terraform-provider-galley/internal/order"
)

// Version is that of the form of a Message. It grows when a member changes its meaning
// or goes away; new members leave it as it is.
const Version = 1

// MaxFailedNodes is how many failed nodes a Message lists.
const MaxFailedNodes = 20

// MaxLogLines is how many lines of the log of a failed node a Message has.
const MaxLogLines = 20

// Message tells of one event of one order run. Its JSON form is the body of a webhook
// (schema AlertMessage of openapi.yaml). Times are RFC 3339 in UTC.
type Message struct {
	Version         int             `json:"version"`
	ID              string          `json:"id"` // the same each time that it is sent to the same destination
	Event           order.Event     `json:"event"`
	Time            time.Time       `json:"time"` // of the event
	Kitchen         string          `json:"kitchen"`
	Recipe          string          `json:"recipe"`
	Variation       string          `json:"variation"`
	OrderID         string          `json:"order_id"`
	OrderRunID      string          `json:"order_run_id"`
	Status          order.RunStatus `json:"status"`
	Scheduled       time.Time       `json:"scheduled"`
	Started         *time.Time      `json:"started"`
	Ended           *time.Time      `json:"ended"`
	MaxDuration     *int64          `json:"max_duration"` // seconds; null: no limit
	RecipeID        *int64          `json:"recipe_id"`    // of the v6 API; null: it could not even start
	Error           string          `json:"error"`        // why it could not start
	FailedNodes     []FailedNode    `json:"failed_nodes"` // the first MaxFailedNodes of them, by path
	FailedNodeCount int             `json:"failed_node_count"`
	URL             string          `json:"url"`              // of the recipe; empty if the server does not know how it is reached
	Resume          string          `json:"resume"`           // command that resumes the run; empty if it has not failed
	Digest          []Message       `json:"digest,omitempty"` // the first MaxDigest events, the worst first, that are told together
	DigestCount     int             `json:"digest_count,omitempty"`
}

// FailedNode is a node whose job has failed, with the job's error.
type FailedNode struct {
	Node        string `json:"node"` // path: names of sub-recipes and the node, separated by slashes
	JobID       int64  `json:"job_id"`
	Name        string `json:"name"`
	Title       string `json:"title"`
	Category    string `json:"category"`
	Description string `json:"description"`
	Log         string `json:"log"` // last lines of its output, MaxLogLines at most; empty for nodes after the first few
}
