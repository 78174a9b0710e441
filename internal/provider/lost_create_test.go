package provider

import (
	"strings"
	"testing"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/client"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/providertest"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/servertest"
)

// lostCreate is one kind of thing whose create is lost in some way: its configuration, another
// one, the request of its create, and how many there are.
type lostCreate struct {
	resource, config, changed, request string
	count                              func(s *servertest.Server) (int, error)
}

// lostCreates are of every kind. Another configuration of a run is another run: they have none.
func lostCreates(t *testing.T) map[string]lostCreate {
	ctx := t.Context()
	length := func(n int, err error) (int, error) { return n, err }
	manifest := providertest.MustMarshal(t, providertest.SeedText("index", providertest.IndexIn, ""))
	return map[string]lostCreate{
		"workspace": {
			"galley_workspace", `{"title": "Raw", "broker": {"host": {"path": "raw"}}}`, `{"title": "Raw", "description": "D", "broker": {"host": {"path": "raw"}}}`,
			"POST /v6/workspaces/", func(s *servertest.Server) (int, error) {
				all, err := s.Client.Workspaces(ctx, client.WorkspaceQuery{})
				return length(len(all)-1, err) // beside the default one
			},
		},
		"job type": {
			"galley_job_type", `{"manifest": ` + manifest + `}`, `{"manifest": ` + manifest + `, "is_paused": true}`,
			"POST /v6/job-types/", func(s *servertest.Server) (int, error) {
				all, err := s.Client.JobTypeRevisions(ctx, "index", "1.0.0")
				return length(len(all), err)
			},
		},
		"recipe type": {
			"galley_recipe_type", `{"title": "Three", "definition": {"nodes": {}}}`, `{"title": "Three", "description": "D", "definition": {"nodes": {}}}`,
			"POST /v6/recipe-types/", func(s *servertest.Server) (int, error) {
				all, err := s.Client.RecipeTypeRevisions(ctx, "three", 0)
				return length(len(all), err)
			},
		},
		"kitchen": {
			"galley_kitchen", `{"name": "night"}`, `{"name": "night", "description": "D"}`,
			"PUT /v2/kitchen/create/.*", func(s *servertest.Server) (int, error) {
				all, err := s.Client.Kitchens(ctx)
				return length(len(all)-1, err) // beside production
			},
		},
		"recipe of a kitchen": {
			"galley_kitchen_recipe", `{"kitchen": "production", "name": "meal", "recipe_type": "one"}`,
			`{"kitchen": "production", "name": "meal", "recipe_type": "one", "description": "D"}`,
			"POST /v2/recipe/create/.*", func(s *servertest.Server) (int, error) {
				all, err := s.Client.KitchenRecipeNames(ctx, "production")
				return length(len(all)-1, err) // beside ndvi
			},
		},
		"recipe": {
			"galley_recipe", `{"recipe_type": "one"}`, "", "POST /v6/recipes/", func(s *servertest.Server) (int, error) {
				all, err := s.Client.Recipes(ctx, client.RecipeQuery{})
				return length(len(all), err)
			},
		},
		"order": {
			"galley_order", `{"kitchen": "production", "recipe": "ndvi", "variation": "once"}`, "",
			"PUT /v2/order/create/.*", func(s *servertest.Server) (int, error) {
				all, err := s.Client.Orders(ctx, "production", api.OrderQuery{})
				return length(len(all.Orders), err)
			},
		},
	}
}

// TestALostCreateIsFoundAgain is the matrix of the contract of a plan, in one process: the create
// of every kind of thing is lost with the state, or with its answer for good, and the next apply
// has the same configuration, or a changed one. There is one thing then, the state has it, and the
// plan after that is empty.
func TestALostCreateIsFoundAgain(t *testing.T) {
	t.Parallel()
	for name, tt := range lostCreates(t) {
		for _, how := range []string{"with the state", "with its answer"} {
			for _, config := range []string{tt.config, tt.changed} {
				if config == "" {
					continue
				}
				t.Run(name+" "+how+map[bool]string{true: ", changed", false: ""}[config != tt.config], func(t *testing.T) {
					var f servertest.Faults
					s := servertest.New(t, servertest.Options{Middleware: f.Middleware})
					providertest.MustOffer(t, s, `{"once": {}}`)
					apply := func(thing providertest.Thing, config string) (providertest.Thing, []string) {
						p := providertest.NewProtocolWith(t, s, `"max_retries": 0`)
						plan := p.MustPlan(t, thing, config)
						if len(plan.Errors) > 0 {
							t.Fatalf("planning: %q", plan.Errors)
						}
						made, problems, _ := providertest.NewProtocolWith(t, s, `"max_retries": 0`).Apply(t, plan)
						return made, problems
					}
					if how == "with its answer" {
						f.Inject(tt.request, servertest.LoseAnswer)
					}
					left, problems := apply(providertest.Thing{Type: tt.resource}, tt.config)
					switch how {
					case "with the state":
						if len(problems) > 0 {
							t.Fatal(problems)
						}
						left = providertest.Thing{Type: tt.resource}
					case "with its answer":
						if len(problems) == 0 {
							t.Fatal("the create succeeds without an answer")
						}
						f.Clear()
					}
					thing, problems := apply(left, config)
					if len(problems) > 0 {
						t.Fatalf("the next apply: %s", strings.Join(problems, "\n"))
					}
					if n, err := tt.count(s); err != nil || n != 1 {
						t.Errorf("there are %d, want one (%v)", n, err)
					}
					thing, _ = providertest.NewProtocol(t, s).Refresh(t, thing)
					if plan := providertest.NewProtocol(t, s).MustPlan(t, thing, config); plan.Action != "no-op" {
						t.Errorf("the plan after it is %s", plan.Action)
					}
				})
			}
		}
	}
}
