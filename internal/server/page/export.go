package page

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/order"
	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
	"github.com/recipe-galley/terraform-provider-galley/internal/recipe/form"
	"github.com/recipe-galley/terraform-provider-galley/internal/schedule"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/page/code"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
)

// Objects as the configuration that would make them. What nobody may see, such as secret
// settings, is not in the answers that they are made of, and has to be added by hand.

// written is a resource as text; what cannot be written is left out of the page.
func written(r code.Resource) string {
	text, err := r.String()
	if err != nil {
		return ""
	}
	return text
}

// text is an attribute's value, nil for none.
func text(s string) any {
	if s == "" {
		return nil
	}
	return s
}

func codeOfRecipeType(t api.RecipeTypeDetail, d *recipe.Definition) code.Resource {
	r := code.Resource{Type: "galley_recipe_type", Name: t.Name, ID: t.Name, Attributes: []code.Attribute{{Name: "title", Value: t.Title}}}
	if t.Description != nil {
		r.Attributes = append(r.Attributes, code.Attribute{Name: "description", Value: text(*t.Description)})
	}
	if object, says := form.OfDefinition(d); says {
		r.Attributes = append(r.Attributes, code.Attribute{Name: "definition", Value: object})
	} else {
		r.Attributes = append(r.Attributes, code.Attribute{Name: "definition", Value: t.Definition, Encoded: true})
	}
	if d != nil {
		for _, n := range d.Nodes {
			switch {
			case n.Job != nil:
				r.Needs = append(r.Needs, code.Key{Type: "galley_job_type", ID: n.Job.Name + "/" + n.Job.Version})
			case n.Recipe != nil:
				r.Needs = append(r.Needs, code.Key{Type: "galley_recipe_type", ID: n.Recipe.Name})
			}
		}
		slices.SortFunc(r.Needs, func(a, b code.Key) int { return cmp.Or(strings.Compare(a.Type, b.Type), strings.Compare(a.ID, b.ID)) })
		r.Needs = slices.Compact(r.Needs)
	}
	return masked(r)
}

func codeOfJobType(t api.JobTypeDetail) code.Resource {
	r := code.Resource{Type: "galley_job_type", Name: t.Name, ID: t.Name + "/" + t.Version, Attributes: []code.Attribute{
		{Name: "manifest", Value: t.Manifest, Encoded: true}, {Name: "docker_image", Value: text(t.DockerImage)}}}
	if c, problems := recipe.ParseJobConfiguration(t.Configuration); len(problems.Errors()) == 0 {
		// The form has no settings: some may be secret, and of those nobody is told.
		if object := form.OfConfiguration(c, form.JobTypeConfigurationShape()); len(object) > 0 {
			r.Attributes = append(r.Attributes, code.Attribute{Name: "configuration", Value: object})
		}
		if len(c.Settings) > 0 { // those that are not secret
			r.Attributes = append(r.Attributes, code.Attribute{Name: "settings", Value: c.Settings})
		}
		r.Needs = workspacesOf(c)
	}
	if t.MaxScheduled != nil {
		r.Attributes = append(r.Attributes, code.Attribute{Name: "max_scheduled", Value: *t.MaxScheduled})
	}
	if len(t.Retry) > 0 {
		if retry, problems := recipe.ParseRetry(t.Retry); len(problems.Errors()) == 0 {
			r.Attributes = append(r.Attributes, code.Attribute{Name: "retry", Value: form.OfRetry(retry)})
		}
	}
	if t.IsPaused {
		r.Attributes = append(r.Attributes, code.Attribute{Name: "is_paused", Value: true})
	}
	return masked(r)
}

func codeOfRecipe(r api.RecipeDetail) code.Resource {
	out := code.Resource{Type: "galley_recipe", Name: fmt.Sprintf("%s_%d", r.RecipeType.Name, r.ID), ID: fmt.Sprint(r.ID),
		Attributes: []code.Attribute{{Name: "recipe_type", Value: r.RecipeType.Name}}}
	if r.RecipeTypeRev.RevisionNum != r.RecipeType.RevisionNum {
		out.Attributes = append(out.Attributes, code.Attribute{Name: "recipe_type_revision", Value: r.RecipeTypeRev.RevisionNum})
	}
	var data recipe.Data
	if len(r.Input) > 0 && json.Unmarshal(r.Input, &data) == nil {
		if object := form.OfData(data); len(object) > 0 {
			out.Attributes = append(out.Attributes, code.Attribute{Name: "input", Value: object})
		}
	}
	return masked(out)
}

func codeOfKitchen(k api.Kitchen) code.Resource {
	r := code.Resource{Type: "galley_kitchen", Name: k.Name, ID: k.Name, Attributes: []code.Attribute{{Name: "name", Value: k.Name},
		{Name: "parent", Value: text(k.Parent)}, {Name: "description", Value: text(k.Description)}}}
	r.Attributes[1].Of = r.Type
	if overrides := objectOf(k.Overrides); len(overrides) > 0 {
		r.Attributes = append(r.Attributes, code.Attribute{Name: "overrides", Value: overrides})
	}
	if len(k.Roles) > 0 {
		r.Attributes = append(r.Attributes, code.Attribute{Name: "roles", Value: k.Roles})
	}
	a := k.Settings.Alerts
	alerts := map[string]any{}
	for event, to := range map[string][]string{"start": a.Start, "warning": a.Warning, "over_duration": a.OverDuration, "success": a.Success, "error": a.Error} {
		if len(to) > 0 {
			alerts[event] = to
		}
	}
	if len(alerts) > 0 {
		r.Attributes = append(r.Attributes, code.Attribute{Name: "alerts", Value: alerts})
	}
	if secret := objectOf(k.SecretOverrides); len(secret) > 0 {
		r.Notes = append(r.Notes, "Nobody is shown the values of its secret variables: "+strings.Join(slices.Sorted(maps.Keys(secret)), ", ")+". They stay as they are.")
	}
	if len(k.Staff) > 0 {
		r.Attributes = append(r.Attributes, code.Attribute{Name: "staff", Value: k.Staff})
	}
	return masked(r)
}

// codeOfOrder is an order as it was asked for, as its last change has left it: what it takes from its variation
// stays the variation's.
func codeOfOrder(kitchen string, row store.RecipeOrder, settings json.RawMessage) code.Resource {
	r := code.Resource{Type: "galley_order", Name: row.RecipeName + "_" + row.Variation, ID: kitchen + "/" + row.HID, Attributes: []code.Attribute{
		{Name: "kitchen", Value: kitchen, Of: "galley_kitchen"}, {Name: "recipe", Value: row.RecipeName}, {Name: "variation", Value: row.Variation}}}
	add := func(name string, value any) {
		r.Attributes = append(r.Attributes, code.Attribute{Name: name, Value: value})
	}
	var asked api.OrderCreate
	if json.Unmarshal(settings, &asked) != nil {
		return masked(r)
	}
	parameters := objectOf(asked.Parameters)
	if infrastructure := parameters["infrastructure"]; infrastructure != nil {
		add("infrastructure", infrastructure)
		delete(parameters, "infrastructure")
	}
	if date, isText := parameters["source_date"].(string); isText {
		add("source_date", date)
		delete(parameters, "source_date")
	}
	if list, isList := parameters[order.DestinationsVariable].([]any); isList {
		add("alert_destinations", list)
		delete(parameters, order.DestinationsVariable)
	} else if alerts, all := order.OrderAlertsObject(parameters); all && len(alerts) > 0 {
		add("alerts", alerts)
		delete(parameters, order.DestinationsVariable)
		delete(parameters, order.DigestVariable)
	}
	if len(parameters) > 0 {
		add("parameters", parameters)
	}
	s := order.ScheduleSetting{Schedule: asked.Schedule, Options: schedule.Options{Zone: asked.TimeZone, Start: asked.Start, Expires: asked.Expires, MaxRuns: asked.MaxRuns}}
	if s != (order.ScheduleSetting{}) {
		add("schedule", s.Object())
	}
	add("overlap", text(asked.Overlap))
	add("catch_up", text(asked.CatchUp))
	if graph, err := recipe.Decode(asked.GraphSetting); err == nil {
		if nodes, ok := order.GraphNodes(graph); ok && len(nodes) > 0 {
			add("nodes", nodes)
		}
	}
	if files, problems := order.ParseInputFiles(asked.InputFiles); len(problems.Errors()) == 0 {
		if lists := files.Lists(false); len(lists) > 0 {
			add("input_files", lists)
		}
	}
	if row.Status == string(order.Paused) {
		add("paused", true)
	}
	return masked(r)
}

func codeOfWorkspace(w api.WorkspaceDetail) code.Resource {
	r := code.Resource{Type: "galley_workspace", Name: w.Name, ID: w.Name, Attributes: []code.Attribute{{Name: "title", Value: w.Title},
		{Name: "broker", Value: map[string]any{"host": map[string]any{"path": w.Configuration.Broker.HostPath}}}}}
	for name, value := range map[string]*string{"base_url": w.BaseURL, "description": w.Description} {
		if value != nil {
			r.Attributes = append(r.Attributes, code.Attribute{Name: name, Value: text(*value)})
		}
	}
	slices.SortStableFunc(r.Attributes[2:], func(a, b code.Attribute) int { return strings.Compare(a.Name, b.Name) })
	return r
}

// codeOfKitchenRecipe is a recipe of a kitchen, made of its files.
func codeOfKitchenRecipe(kitchen, name string, files map[string]string) code.Resource {
	of := func(file string) []byte { return []byte(cmp.Or(files[file], "{}")) }
	d, _ := order.ParseDescription(of(order.DescriptionFile))
	variables, _ := order.ParseVariables(of(order.VariablesFile))
	variations, _ := order.ParseVariations(of(order.VariationsFile))
	r := code.Resource{Type: "galley_kitchen_recipe", Name: kitchen + "_" + name, ID: kitchen + "/" + name, Attributes: []code.Attribute{
		{Name: "kitchen", Value: kitchen, Of: "galley_kitchen"}, {Name: "name", Value: name}, {Name: "recipe_type", Value: d.RecipeType, Of: "galley_recipe_type"},
		{Name: "description", Value: text(d.Description)}}}
	if d.RecipeTypeRevision > 0 {
		r.Attributes = append(r.Attributes, code.Attribute{Name: "recipe_type_revision", Value: d.RecipeTypeRevision})
	}
	if len(variables) > 0 {
		r.Attributes = append(r.Attributes, code.Attribute{Name: "variables", Value: variables})
	}
	if object := variations.Object(); len(object) > 0 {
		object, _ := order.VariationsShape().Minimal(object).(map[string]any)
		r.Attributes = append(r.Attributes, code.Attribute{Name: "variations", Value: object})
	}
	return masked(r)
}

// objectOf is a JSON object; nil: it is none.
func objectOf(raw json.RawMessage) map[string]any {
	decoded, _ := recipe.Decode(raw)
	object, _ := decoded.(map[string]any)
	return object
}

// workspacesOf are those that a configuration names.
func workspacesOf(c recipe.Configuration) []code.Key {
	names := slices.Collect(maps.Values(c.OutputWorkspaces.Outputs))
	if c.OutputWorkspaces.Default != "" {
		names = append(names, c.OutputWorkspaces.Default)
	}
	slices.Sort(names)
	var out []code.Key
	for _, name := range slices.Compact(names) {
		out = append(out, code.Key{Type: "galley_workspace", ID: name})
	}
	return out
}

// masked says of which attributes something is hidden from who looks. Terraform is told to leave those alone:
// an apply of the mask would lose what it hides.
func masked(r code.Resource) code.Resource {
	for _, a := range r.Attributes {
		raw, err := json.Marshal(a.Value)
		if err != nil || !bytes.Contains(raw, []byte(order.Mask)) {
			continue
		}
		r.Ignored = append(r.Ignored, a.Name)
		r.Notes = append(r.Notes, "What "+a.Name+" has as "+order.Mask+" is shown to nobody. Write it, and take the line of ignore_changes away.")
	}
	return r
}
