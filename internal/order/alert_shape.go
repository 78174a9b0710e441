package order

import (
	"maps"
	"strconv"

	"github.com/recipe-galley/terraform-provider-galley/internal/document"
	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
)

// AlertsShape describes who hears of the runs of a kitchen or an order: e-mail addresses and
// https URLs by event.
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
	alerts, _, problems = readAlerts(AlertsShape(), v)
	return alerts, problems
}

func readAlerts(shape document.Shape, v any) (alerts map[string][]string, read any, problems recipe.Problems) {
	alerts = map[string][]string{}
	if v == nil {
		v = map[string]any{}
	}
	read, wrong := shape.Read(v)
	for _, p := range wrong {
		problems = append(problems, problem(p.Path, InvalidDestination, "%s", p.Message))
	}
	for _, event := range AlertsShape().Names() {
		alerts[event] = []string{}
		list := member[[]any](read, event)
		if len(list) > MaxDestinations {
			problems = append(problems, problem(recipe.Path{event}, TooLarge, "found %d destinations; at most %d are allowed", len(list), MaxDestinations))
		}
		for i, v := range list {
			text, known := v.(string)
			if !known {
				continue
			}
			alerts[event] = append(alerts[event], text)
			to, p := ReadDestination(text)
			if of, _ := EventOf(event); p == nil {
				p = to.Format.CheckEvent(text, of)
			}
			if p != nil {
				problems = append(problems, problem(recipe.Path{event, strconv.Itoa(i)}, p.Code, "%s", p.Message))
			}
		}
	}
	return alerts, read, problems
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

// OrderAlertsShape is AlertsShape with what only orders have.
func OrderAlertsShape() document.Shape {
	shape := AlertsShape()
	shape.Members = append(shape.Members, document.Member{Name: "digest", Shape: document.Simple(document.Text),
		Doc: "Alerts of the order, and of the others of its variation that have a `digest`, are told together: what happens within this time " +
			"after the first event is one mail or message for each destination. A duration of ISO 8601 from `PT1M` to `P7D`."})
	return shape
}

// ReadOrderAlerts reads the object form of an order's alerts as values of the variables
// "alert_destinations" and "alert_digest", as far as they are known. nil is none.
func ReadOrderAlerts(v any) (Variables, recipe.Problems) {
	if v == nil {
		return Variables{}, nil
	}
	alerts, read, problems := readAlerts(OrderAlertsShape(), v)
	out := Variables{DestinationsVariable: AlertsObject(alerts)}
	if digest, known := member[any](read, "digest").(string); known {
		out[DigestVariable] = digest
		if p := CheckDigest(digest); p != nil {
			problems = append(problems, problem(recipe.Path{"digest"}, p.Code, "%s", p.Message))
		}
	}
	return out, problems
}

// OrderAlertsObject is the object form of the variables that ReadOrderAlerts makes; false if
// they are of another form.
func OrderAlertsObject(vs Variables) (map[string]any, bool) {
	byEvent, isObject := vs[DestinationsVariable].(map[string]any)
	if !isObject {
		return nil, false
	}
	out := maps.Clone(byEvent)
	if digest := vs[DigestVariable]; digest != nil {
		out["digest"] = digest
	}
	_, problems := ReadOrderAlerts(out)
	return out, len(problems) == 0
}
