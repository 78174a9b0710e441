package alert

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// Bounds of messages with blocks, https://docs.slack.dev/reference/block-kit/blocks.
const (
	maxSlackHeader = 150  // characters
	maxSlackText   = 3000 // characters of a section
	maxSlackNodes  = 5
)

type slackMessage struct {
	Text   string       `json:"text"` // of notifications
	Blocks []slackBlock `json:"blocks"`
}

type slackBlock struct {
	Type   string      `json:"type"`
	Text   *slackText  `json:"text,omitempty"`
	Fields []slackText `json:"fields,omitempty"`
}

type slackText struct {
	Type string `json:"type"`
	Text string `json:"text"`
}

// slack writes m for an incoming webhook of Slack.
func slack(m Message) slackMessage {
	out := slackMessage{Text: slackEscape(subject(m))}
	section := func(text string) {
		out.Blocks = append(out.Blocks, slackBlock{Type: "section", Text: &slackText{"mrkdwn", text}})
	}
	out.Blocks = append(out.Blocks, slackBlock{Type: "header", Text: &slackText{"plain_text", shorten(subject(m), maxSlackHeader)}})
	facts := slackBlock{Type: "section"}
	for _, f := range factsOf(m) {
		facts.Fields = append(facts.Fields, slackText{"mrkdwn", "*" + f.name + "*\n" + slackShort(f.value, maxFact)})
	}
	out.Blocks = append(out.Blocks, facts)
	if text := causeOf(m); text != "" {
		section(slackShort(text, maxSlackText))
	}
	for _, n := range m.FailedNodes[:min(len(m.FailedNodes), maxSlackNodes)] {
		text := "*" + slackShort(oneLine(n.Node), maxFact) + "* " + slackShort(reasonOf(n), maxReason)
		if n.Log != "" {
			text += "\n```" + slackLog(n.Log, maxSlackText-utf8.RuneCountInString(text)-10) + "```"
		}
		section(text)
	}
	if m.Resume != "" {
		section("Resume it: `" + m.Resume + "`")
	}
	if m.URL != "" {
		section(fmt.Sprintf("<%s|Look at the recipe>", m.URL))
	}
	return out
}

// slackEscape writes the three characters that mean something in texts of Slack.
func slackEscape(text string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(text)
}

// slackShort is a text of at most so many characters after it is escaped.
func slackShort(text string, most int) string {
	escaped := slackEscape(text)
	for left := most; utf8.RuneCountInString(escaped) > most; left -= most / 10 {
		escaped = slackEscape(shorten(text, left))
	}
	return escaped
}

// slackLog is the end of a log, which cannot end its own quotation.
func slackLog(log string, most int) string {
	log = strings.ReplaceAll(log, "```", "'''")
	escaped := slackEscape(log)
	for left := most; utf8.RuneCountInString(escaped) > most; left -= most / 10 {
		escaped = slackEscape(lastOf(log, left))
	}
	return escaped
}
