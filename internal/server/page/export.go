package page

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
	"github.com/recipe-galley/terraform-provider-galley/internal/recipe/form"
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

func codeOfRecipeType(t api.RecipeTypeDetail, d *recipe.Definition) string {
	r := code.Resource{Type: "galley_recipe_type", Name: t.Name, ID: t.Name, Attributes: []code.Attribute{{Name: "title", Value: t.Title}}}
	if t.Description != nil {
		r.Attributes = append(r.Attributes, code.Attribute{Name: "description", Value: text(*t.Description)})
	}
	if object, says := form.OfDefinition(d); says {
		r.Attributes = append(r.Attributes, code.Attribute{Name: "definition", Value: object})
	} else {
		r.Attributes = append(r.Attributes, code.Attribute{Name: "definition", Value: t.Definition, Encoded: true})
	}
	return written(r)
}

func codeOfJobType(t api.JobTypeDetail) string {
	r := code.Resource{Type: "galley_job_type", Name: t.Name, ID: t.Name + "/" + t.Version, Attributes: []code.Attribute{
		{Name: "manifest", Value: t.Manifest, Encoded: true}, {Name: "docker_image", Value: text(t.DockerImage)}}}
	if c, problems := recipe.ParseJobConfiguration(t.Configuration); len(problems.Errors()) == 0 {
		// The form has no settings: some may be secret, and of those nobody is told.
		if object := form.OfConfiguration(c, form.JobTypeConfigurationShape()); len(object) > 0 {
			r.Attributes = append(r.Attributes, code.Attribute{Name: "configuration", Value: object})
		}
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
	return written(r)
}

func codeOfRecipe(r api.RecipeDetail) string {
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
	return written(out)
}

func codeOfKitchen(k api.Kitchen) string {
	r := code.Resource{Type: "galley_kitchen", Name: k.Name, ID: k.Name, Attributes: []code.Attribute{{Name: "name", Value: k.Name},
		{Name: "parent", Value: text(k.Parent)}, {Name: "description", Value: text(k.Description)}}}
	if len(k.Staff) > 0 {
		r.Attributes = append(r.Attributes, code.Attribute{Name: "staff", Value: k.Staff})
	}
	return written(r)
}

func codeOfOrder(kitchen string, row store.RecipeOrder, parameters json.RawMessage) string {
	r := code.Resource{Type: "galley_order", Name: row.RecipeName + "_" + row.Variation, Attributes: []code.Attribute{{Name: "kitchen", Value: kitchen},
		{Name: "recipe", Value: row.RecipeName}, {Name: "variation", Value: row.Variation}}}
	r.ID = kitchen + "/" + row.HID
	var given map[string]any
	if json.Unmarshal(parameters, &given) == nil && len(given) > 0 {
		r.Attributes = append(r.Attributes, code.Attribute{Name: "parameters", Value: given})
	}
	if row.Schedule != "" && row.Schedule != "now" {
		kind := "cron"
		if strings.HasPrefix(row.Schedule, "R") {
			kind = "interval"
		}
		schedule := map[string]any{kind: row.Schedule}
		if row.TimeZone != "" {
			schedule["time_zone"] = row.TimeZone
		}
		if row.Start != "" {
			schedule["start"] = row.Start
		}
		if row.Expires != "" {
			schedule["expires"] = row.Expires
		}
		if row.MaxRuns > 0 {
			schedule["max_runs"] = row.MaxRuns
		}
		r.Attributes = append(r.Attributes, code.Attribute{Name: "schedule", Value: schedule})
	}
	return written(r)
}
