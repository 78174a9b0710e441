package order

import (
	"strconv"

	"github.com/recipe-galley/terraform-provider-galley/internal/document"
	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
)

// AlertsShape describes who hears of the runs of a kitchen: e-mail addresses and https URLs
// by event.
func AlertsShape() document.Shape {
	destinations := document.SetOf(document.Simple(document.Text))
	event := func(name, doc string) document.Member {
		return document.Member{Name: name, Shape: destinations, Default: []any{}, Doc: doc}
	}
	return document.ObjectOf(
		event("start", "When a run starts."),
		event("warning", "When a run has something to warn of."),
		event("over_duration", "When a run takes longer than `max_duration` of its variation."),
		event("success", "When a run has completed."),
		event("error", "When a run has failed, or could not start."),
	)
}

// ReadAlerts reads the object form: the known destinations by event, sorted. nil is none.
func ReadAlerts(v any) (alerts map[string][]string, problems recipe.Problems) {
	alerts = map[string][]string{}
	if v == nil {
		v = map[string]any{}
	}
	read, wrong := AlertsShape().Read(v)
	for _, p := range wrong {
		problems = append(problems, problem(p.Path, InvalidDestination, "%s", p.Message))
	}
	for _, event := range AlertsShape().Names() {
		alerts[event] = []string{}
		for i, v := range member[[]any](read, event) {
			text, known := v.(string)
			if !known {
				continue
			}
			alerts[event] = append(alerts[event], text)
			if p := CheckDestination(text); p != nil {
				problems = append(problems, problem(recipe.Path{event, strconv.Itoa(i)}, p.Code, "%s", p.Message))
			}
		}
	}
	return alerts, problems
}

// AlertsObject is the object form of destinations by event, without events that nobody hears
// of.
func AlertsObject(alerts map[string][]string) map[string]any {
	out := map[string]any{}
	for event, destinations := range alerts {
		if len(destinations) == 0 {
			continue
		}
		list := make([]any, 0, len(destinations))
		for _, text := range destinations {
			list = append(list, text)
		}
		out[event] = list
	}
	return out
}
