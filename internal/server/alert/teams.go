package alert

import "strings"

const (
	maxTeamsNodes = 3
	maxTeamsLog   = 4 << 10 // bytes; a message has at most 28 KB
)

// teamsMessage is what a workflow of Teams posts as a card,
// https://learn.microsoft.com/microsoftteams/platform/webhooks-and-connectors/how-to/connectors-using.
type teamsMessage struct {
	Type        string            `json:"type"`
	Attachments []teamsAttachment `json:"attachments"`
}

type teamsAttachment struct {
	ContentType string    `json:"contentType"`
	ContentURL  *string   `json:"contentUrl"`
	Content     teamsCard `json:"content"`
}

type teamsCard struct {
	Schema  string        `json:"$schema"`
	Type    string        `json:"type"`
	Version string        `json:"version"`
	Body    []teamsBlock  `json:"body"`
	Actions []teamsAction `json:"actions,omitempty"`
}

type teamsBlock struct {
	Type     string      `json:"type"`
	Text     string      `json:"text,omitempty"`
	Weight   string      `json:"weight,omitempty"`
	Size     string      `json:"size,omitempty"`
	FontType string      `json:"fontType,omitempty"`
	Wrap     bool        `json:"wrap,omitempty"`
	Facts    []teamsFact `json:"facts,omitempty"`
}

type teamsFact struct {
	Title string `json:"title"`
	Value string `json:"value"`
}

type teamsAction struct {
	Type  string `json:"type"`
	Title string `json:"title"`
	URL   string `json:"url"`
}

// teams writes m as an adaptive card.
func teams(m Message) teamsMessage {
	card := teamsCard{Schema: "http://adaptivecards.io/schemas/adaptive-card.json", Type: "AdaptiveCard", Version: "1.4"}
	text := func(b teamsBlock) {
		b.Type, b.Wrap = "TextBlock", true
		card.Body = append(card.Body, b)
	}
	text(teamsBlock{Text: subject(m), Weight: "Bolder", Size: "Large"})
	facts := teamsBlock{Type: "FactSet"}
	for _, f := range factsOf(m) {
		facts.Facts = append(facts.Facts, teamsFact{f.name, shorten(f.value, maxFact)})
	}
	card.Body = append(card.Body, facts)
	if cause := causeOf(m); cause != "" {
		text(teamsBlock{Text: shorten(cause, maxTeamsLog)})
	}
	for _, n := range m.FailedNodes[:min(len(m.FailedNodes), maxTeamsNodes)] {
		text(teamsBlock{Text: oneLine(n.Node) + ": " + shorten(reasonOf(n), maxReason), Weight: "Bolder"})
		if n.Log != "" {
			// A line of its own in the Markdown of cards begins after an empty one.
			text(teamsBlock{Text: strings.ReplaceAll(lastOf(n.Log, maxTeamsLog), "\n", "\n\n"), FontType: "Monospace"})
		}
	}
	if m.Resume != "" {
		text(teamsBlock{Text: "Resume it: " + m.Resume, FontType: "Monospace"})
	}
	if m.URL != "" {
		card.Actions = []teamsAction{{Type: "Action.OpenUrl", Title: "Look at the recipe", URL: m.URL}}
	}
	return teamsMessage{Type: "message", Attachments: []teamsAttachment{{ContentType: "application/vnd.microsoft.card.adaptive", Content: card}}}
}
