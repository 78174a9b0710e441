package alert

import (
	"fmt"
	"slices"
	"strings"

	"github.com/recipe-galley/terraform-provider-galley/internal/order"
)

// MaxDigest is how many events the Digest of a Message lists.
const MaxDigest = 100

// Together makes one message of several, by their order: the worst of them, the latest of
// these, with all of them as its Digest. Its ID is that of the first. One message stays as it is.
func Together(ms []Message) Message {
	out := ms[0]
	if len(ms) == 1 {
		return out
	}
	for _, m := range ms[1:] {
		if badness(m.Event) >= badness(out.Event) {
			out = m
		}
	}
	out.ID = ms[0].ID
	listed := slices.Clone(ms)
	slices.SortStableFunc(listed, func(a, b Message) int { return badness(b.Event) - badness(a.Event) }) // what is cut off is good
	for _, m := range listed[:min(len(listed), MaxDigest)] {
		m.FailedNodes = slices.Clone(m.FailedNodes)
		for i := range m.FailedNodes {
			m.FailedNodes[i].Log = "" // there is one in full
		}
		out.Digest = append(out.Digest, m)
	}
	out.DigestCount = len(ms)
	return out
}

func badness(e order.Event) int {
	return slices.Index([]order.Event{order.RunStart, order.RunSuccess, order.RunWarning, order.RunOverDuration, order.RunError}, e)
}

// summary counts the events of a digest, the worst first; "" if m has none.
func (m Message) summary() string {
	if m.DigestCount == 0 {
		return ""
	}
	counts := map[order.Event]int{}
	for _, d := range m.Digest {
		counts[d.Event]++
	}
	var parts []string
	events := order.Events()
	slices.SortFunc(events, func(a, b order.Event) int { return badness(b) - badness(a) })
	for _, e := range events {
		if n := counts[e]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, strings.TrimPrefix(string(e), "orderrun")))
		}
	}
	return fmt.Sprintf("%d events (%s)", m.DigestCount, strings.Join(parts, ", "))
}

// digestLine is one event of a digest.
func digestLine(m Message) string {
	text := fmt.Sprintf("%s %s, run %s", m.Scheduled.UTC().Format(timeLayout), headline(m.Event), m.OrderRunID)
	var nodes []string
	for _, n := range m.FailedNodes {
		nodes = append(nodes, oneLine(n.Node))
	}
	if len(nodes) > 0 {
		text += ": " + strings.Join(nodes, ", ")
	}
	if m.Error != "" {
		text += ": " + oneLine(m.Error)
	}
	return text
}
