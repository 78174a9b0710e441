package alert

import (
	"time"

	"github.com/recipe-galley/terraform-provider-galley/internal/order"
)

const (
	maxSummary     = 1024    // characters
	maxPagerNodes  = 5       // with their logs
	maxPagerLog    = 8 << 10 // bytes; an event has at most 512 KB
	dedupKeyPrefix = "galley-order-"
)

// pagerEvent is an event of PagerDuty's Events API v2,
// https://developer.pagerduty.com/docs/events-api-v2/trigger-events/.
type pagerEvent struct {
	RoutingKey string       `json:"routing_key"`
	Action     string       `json:"event_action"` // trigger or resolve
	DedupKey   string       `json:"dedup_key"`
	Client     string       `json:"client,omitempty"`
	ClientURL  string       `json:"client_url,omitempty"`
	Payload    pagerPayload `json:"payload"`
	Links      []pagerLink  `json:"links,omitempty"`
}

type pagerPayload struct {
	Summary   string       `json:"summary"`
	Source    string       `json:"source"`
	Severity  string       `json:"severity"` // critical, error, warning, info
	Timestamp string       `json:"timestamp"`
	Component string       `json:"component"`
	Group     string       `json:"group"`
	Class     string       `json:"class"`
	Details   pagerDetails `json:"custom_details"`
}

type pagerDetails struct {
	OrderRun string       `json:"order_run"`
	Error    string       `json:"error,omitempty"`
	Failed   []FailedNode `json:"failed_nodes"`
	Resume   string       `json:"resume,omitempty"`
	Digest   string       `json:"digest,omitempty"`
}

type pagerLink struct {
	Href string `json:"href"`
	Text string `json:"text"`
}

// pagerDuty writes m as an event. Each order has one incident: what goes wrong opens it, and the
// next run of the order that completes resolves it.
func pagerDuty(m Message, key string) pagerEvent {
	out := pagerEvent{
		RoutingKey: key, Action: "trigger", DedupKey: dedupKeyPrefix + m.OrderID, Client: "Galley", ClientURL: m.URL,
		Payload: pagerPayload{
			Summary: shorten(subject(m), maxSummary), Source: m.Kitchen, Severity: "warning", Timestamp: m.Time.UTC().Format(time.RFC3339),
			Component: m.Recipe, Group: m.Variation, Class: string(m.Event),
			Details: pagerDetails{OrderRun: m.OrderRunID, Error: m.Error, Resume: m.Resume, Failed: []FailedNode{}, Digest: m.summary()},
		},
	}
	switch m.Event {
	case order.RunError:
		out.Payload.Severity = "error"
	case order.RunSuccess:
		out.Action, out.Payload.Severity = "resolve", "info"
	}
	for _, n := range m.FailedNodes[:min(len(m.FailedNodes), maxPagerNodes)] {
		n.Log = lastOf(n.Log, maxPagerLog)
		out.Payload.Details.Failed = append(out.Payload.Details.Failed, n)
	}
	if m.URL != "" {
		out.Links = []pagerLink{{Href: m.URL, Text: "Look at the recipe"}}
	}
	return out
}
