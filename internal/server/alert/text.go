package alert

import (
	"fmt"
	"strings"
	"time"
	"unicode"

	"github.com/recipe-galley/terraform-provider-galley/internal/order"
)

const (
	maxSubject = 160 // characters
	timeLayout = "2006-01-02 15:04:05 MST"
)

// headline is what has happened, as the end of a sentence about the run.
func headline(e order.Event) string {
	switch e {
	case order.RunStart:
		return "has started"
	case order.RunSuccess:
		return "has completed"
	case order.RunError:
		return "has failed"
	case order.RunWarning:
		return "needed several tries"
	case order.RunOverDuration:
		return "takes longer than allowed"
	default:
		return "has the event " + string(e)
	}
}

// subject is one line of at most maxSubject characters, without control characters.
func subject(m Message) string {
	what := headline(m.Event)
	if m.DigestCount > 0 {
		what = m.summary()
	}
	return shorten(oneLine(fmt.Sprintf("[Galley] %s (%s) in %s %s", m.Recipe, m.Variation, m.Kitchen, what)), maxSubject)
}

// oneLine replaces what could begin a new line, or a new header, by blanks.
func oneLine(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == '\u2028' || r == '\u2029' {
			return ' '
		}
		return r
	}, s)
}

// body is the text of an e-mail: what, where, when, why and what to do.
func body(m Message) string {
	var b strings.Builder
	if m.DigestCount > 0 {
		fmt.Fprintf(&b, "%s\n\nThe worst of them, the latest:\n\n", causeOf(m))
	}
	fmt.Fprintf(&b, "The run of the recipe %q, variation %q, in the kitchen %q %s.\n\n",
		oneLine(m.Recipe), oneLine(m.Variation), oneLine(m.Kitchen), headline(m.Event))
	line := func(name, value string) { fmt.Fprintf(&b, "%-11s %s\n", name+":", value) }
	for _, f := range factsOf(m)[2:] { // the first two are said
		line(f.name, f.value)
	}
	line("Order", m.OrderID)
	if m.RecipeID != nil {
		line("Recipe id", fmt.Sprint(*m.RecipeID))
	}
	if m.URL != "" {
		line("Details", m.URL)
	}
	if m.Error != "" {
		fmt.Fprintf(&b, "\n%s\n", whyOf(m))
	}
	failures(&b, m)
	fmt.Fprintf(&b, "\nWhat to do: %s\n", advice(m))
	b.WriteString("\nYou get this because the alerts of the kitchen, or the variables email or alert_destinations of the\n" +
		"order, name this address.\n")
	return b.String()
}

func took(m Message) string {
	if m.Started == nil {
		return ""
	}
	return fmt.Sprintf(" (after %s)", m.Ended.Sub(*m.Started).Round(time.Second))
}

func failures(b *strings.Builder, m Message) {
	if len(m.FailedNodes) == 0 {
		return
	}
	b.WriteString("\nFailed nodes:\n")
	for _, n := range m.FailedNodes {
		fmt.Fprintf(b, "  - %s: %s\n", oneLine(n.Node), reasonOf(n))
		if n.Log != "" {
			fmt.Fprintf(b, "      | %s\n", strings.ReplaceAll(n.Log, "\n", "\n      | "))
		}
	}
	if more := m.FailedNodeCount - len(m.FailedNodes); more > 0 {
		fmt.Fprintf(b, "  and %d more\n", more)
	}
}

func advice(m Message) string {
	switch m.Event {
	case order.RunError:
		if m.RecipeID == nil {
			return "correct what the error names, in the recipe's files or the order's parameters, and order again."
		}
		return "read the logs of the failed nodes, mend the cause, and resume the run:\n\n  " + m.Resume +
			"\n\nNodes that completed are not run again."
	case order.RunWarning:
		return "read the logs of the jobs that were tried again, and mend the cause before they fail."
	case order.RunOverDuration:
		return "see which node is still running (galley runs show " + m.OrderRunID + "); stop the run if it hangs:\n\n  galley runs cancel " +
			m.OrderRunID
	default:
		return "nothing."
	}
}
