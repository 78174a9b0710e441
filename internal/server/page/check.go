package page

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
)

// check is a definition that is pasted: it is drawn and checked, and nothing is made.
type checkView struct {
	Text     string
	Problems recipe.Problems
	Warnings []api.Finding
	Graph    *picture
	Sentence string
}

func (p *Page) askCheck(_ context.Context, _ *visit) (*sheet, error) {
	return &sheet{template: "check", title: "Check a definition", section: "types", data: checkView{}}, nil
}

func (p *Page) check(ctx context.Context, v *visit) (*sheet, error) {
	d := checkView{Text: v.PostForm.Get("definition")}
	out := &sheet{template: "check", title: "Check a definition", section: "types"}
	definition, problems := recipe.Parse([]byte(d.Text))
	if definition == nil {
		d.Problems = problems
		out.data, out.status = d, http.StatusUnprocessableEntity
		return out, nil
	}
	g := definitionGraph(definition, "Graph of what was pasted", func(name string) string { return linkOf(definition.Nodes[name]) })
	pic := v.draw(g)
	d.Graph = &pic
	var answer api.RecipeTypeValidation
	if err := v.call.send(ctx, http.MethodPost, "/v6/recipe-types/validation/", "", api.RecipeTypeValidate{Definition: json.RawMessage(d.Text)}, &answer); err != nil {
		return nil, err
	}
	d.Warnings = append(answer.Errors, answer.Warnings...)
	d.Sentence = "It can be created as it is."
	if !answer.IsValid {
		d.Sentence = "It cannot be created as it is."
	}
	out.data = d
	return out, nil
}
