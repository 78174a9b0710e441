package alert

import (
	"cmp"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

// What the formats for people have in common.

const (
	maxFact   = 500 // characters of one fact
	maxReason = 500 // characters of why a node has failed
)

// fact is one line about a run.
type fact struct{ name, value string }

// factsOf are at most ten facts: where, when and which.
func factsOf(m Message) []fact {
	out := []fact{
		{"Kitchen", oneLine(m.Kitchen)}, {"Recipe", fmt.Sprintf("%s (%s)", oneLine(m.Recipe), oneLine(m.Variation))},
		{"Status", string(m.Status)}, {"Scheduled", m.Scheduled.UTC().Format(timeLayout)},
	}
	if m.Started != nil {
		out = append(out, fact{"Started", m.Started.UTC().Format(timeLayout)})
	}
	if m.Ended != nil {
		out = append(out, fact{"Ended", m.Ended.UTC().Format(timeLayout) + took(m)})
	}
	if m.MaxDuration != nil {
		out = append(out, fact{"Allowed", (time.Duration(*m.MaxDuration) * time.Second).String()})
	}
	return append(out, fact{"Order run", m.OrderRunID})
}

// causeOf is why a run could not start, or what else of its digest happened; "" for neither.
func causeOf(m Message) string {
	switch {
	case len(m.Digest) > 0:
		lines := make([]string, 0, len(m.Digest)+1)
		lines = append(lines, m.summary()+":")
		for _, d := range m.Digest {
			lines = append(lines, "- "+digestLine(d))
		}
		if more := m.DigestCount - len(m.Digest); more > 0 {
			lines = append(lines, fmt.Sprintf("and %d more", more))
		}
		return strings.Join(lines, "\n")
	case m.Error != "":
		return whyOf(m)
	}
	return ""
}

// reasonOf is why a node has failed.
func reasonOf(n FailedNode) string {
	text := fmt.Sprintf("%s (%s; job %d)", oneLine(cmp.Or(n.Title, n.Name)), oneLine(n.Category), n.JobID)
	if n.Description != "" {
		text += ": " + oneLine(n.Description)
	}
	return text
}

// shorten cuts a text to so many characters.
func shorten(text string, most int) string {
	if utf8.RuneCountInString(text) <= most {
		return text
	}
	return string([]rune(text)[:most-1]) + "…"
}

// lastOf is the end of a log of at most so many bytes, in whole lines if there is one.
func lastOf(log string, most int) string {
	if len(log) <= most {
		return log
	}
	end := log[len(log)-most:]
	if _, after, found := strings.Cut(end, "\n"); found {
		return after
	}
	return strings.ToValidUTF8(end, "")
}

// whyOf is the error of a run itself, not of its nodes: it could not start, or it began and was ended, for its timeout.
func whyOf(m Message) string {
	if m.RecipeID != nil {
		return "The run was ended: " + oneLine(m.Error)
	}
	return "The run could not start: " + oneLine(m.Error)
}
