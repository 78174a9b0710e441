package recipe

import (
	"context"
	"maps"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/booldefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringdefault"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/recipe-galley/terraform-provider-galley/internal/provider/kit"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/value"
	"github.com/recipe-galley/terraform-provider-galley/internal/recipe/form"
)

// recipeSchema is the schema of galley_recipe.
func recipeSchema(ctx context.Context) schema.Schema {
	s := schema.Schema{
		Version: 2,
		MarkdownDescription: "A recipe: one run of a recipe type over input files and values, with its whole life.\n\n" +
			"Create starts the recipe, saves its id, and waits for it to finish. A change of `recipe_type`, `input` or " +
			"`configuration` starts a new recipe in its place. A change of `recipe_type_revision`, `forced_nodes` or " +
			"`reprocess_triggers` reprocesses the recipe in place: a new recipe supersedes it, into which every node that " +
			"neither changes nor is forced is copied with its outputs; `id` stays the same. Nothing else starts anything.\n\n" +
			"What a reprocess does with each node is in the plan: `reprocess_plan`.\n\n" +
			"The API cannot delete recipes: destroying one only forgets it (`on_destroy`)." +
			recipeMoves().Doc(),
		Attributes: map[string]schema.Attribute{
			"recipe_type": schema.StringAttribute{
				Required:            true,
				MarkdownDescription: "Name of the recipe type. A change starts a new recipe.",
			},
			"recipe_type_revision": schema.Int64Attribute{
				CustomType: value.WholeNumber{},
				Optional:   true,
				Computed:   true,
				MarkdownDescription: "Revision of the recipe type. Left out, it is the latest one when the recipe starts, and later " +
					"revisions do not matter until something else reprocesses the recipe, with the latest one then. A change " +
					"reprocesses the recipe: with `galley_recipe_type.x.revision_num` every change of the definition does.",
			},
			"input": value.OptionalDocument(form.DataShape(), "What the recipe works on. A change starts a new recipe."),
			"configuration": value.OptionalDocument(form.RunConfigurationShape(), "Put over the configurations of the job types of the recipe's own "+
				"nodes; sub-recipes do not get it. A change starts a new recipe."),
			"forced_nodes": schema.DynamicAttribute{
				Optional: true,
				MarkdownDescription: "Nodes that a reprocess runs again although they have not changed, with all nodes below " +
					"them: `{ all = true }`, or `{ nodes = [\"a\"], sub_recipes = { b = { nodes = [\"c\"] } } }`, where each value of " +
					"`sub_recipes` has this form again. A node in `sub_recipes` is forced, too. On create there is nothing to force. " +
					"A change reprocesses the recipe; to leave it out, or to force nothing, does not. It counts for every " +
					"reprocess while it is there, whatever the reason for that is.",
			},
			"reprocess_triggers": schema.MapAttribute{
				Optional:    true,
				ElementType: types.StringType,
				MarkdownDescription: "Any texts. A change reprocesses the recipe: what has changed since it ran, and `forced_nodes`. " +
					"Without `recipe_type_revision` the latest revision runs. To leave it out does nothing. A node that has failed " +
					"and has not changed is copied as it is: to run it again, force it.",
			},
			"wait_for_completion": schema.BoolAttribute{
				Optional: true, Computed: true, Default: booldefault.StaticBool(true),
				MarkdownDescription: "Whether an apply waits until the recipe has finished. Default `true`.",
			},
			"on_failure": schema.StringAttribute{
				Optional: true, Computed: true, Default: stringdefault.StaticString(kit.OnFailureError),
				Validators: []validator.String{stringvalidator.OneOf(kit.OnFailureError, kit.OnFailureWarn)},
				MarkdownDescription: "What a failed, canceled or blocked recipe is for the apply that waits for it: an `error` " +
					"(default; the recipe is kept as tainted, and the next apply resumes it), or a warning (`warn`). So is a time that is over: " +
					"the recipe goes on in either case.",
			},
			"on_destroy": schema.StringAttribute{
				Optional: true, Computed: true, Default: stringdefault.StaticString(kit.OnDestroyKeep),
				Validators: []validator.String{stringvalidator.OneOf(kit.OnDestroyKeep, kit.OnDestroyCancel)},
				MarkdownDescription: "What destroy does with jobs that have not finished: they go on (`keep`, the default), " +
					"or are canceled (`cancel`). The recipe itself stays in either case, as a record.",
			},
			"on_recreate": schema.StringAttribute{
				Optional: true, Computed: true, Default: stringdefault.StaticString(kit.OnRecreateResume),
				Validators:          []validator.String{stringvalidator.OneOf(kit.OnRecreateResume, kit.OnRecreateNew)},
				MarkdownDescription: kit.OnRecreateDoc,
			},
			"on_missing": schema.StringAttribute{
				Optional: true, Computed: true, Default: stringdefault.StaticString(kit.OnMissingKeep),
				Validators: []validator.String{stringvalidator.OneOf(kit.OnMissingKeep, kit.OnMissingRerun)},
				MarkdownDescription: "What happens when the backend no longer has the recipe: its last known state is kept, with a " +
					"warning (`keep`, the default), or a new recipe is planned (`rerun`).",
			},
			"timeouts": recipeTimeouts(),
			"id": schema.Int64Attribute{
				Computed: true,
				MarkdownDescription: "Id of the first recipe of the chain of reprocesses that this one belongs to. " +
					"It never changes.",
			},
			"recipe_id": schema.Int64Attribute{
				Computed: true, MarkdownDescription: "Id of the newest recipe of the chain.",
			},
			"superseded_recipe_ids": schema.ListAttribute{
				Computed: true, ElementType: types.Int64Type,
				MarkdownDescription: "Ids of the recipes of the chain that were superseded, from the first one on.",
			},
			"reprocess_plan": schema.MapNestedAttribute{
				Computed: true,
				MarkdownDescription: "What the last reprocess by this resource has done with each node. In the plan: what the " +
					"next one is going to do. Empty if the recipe was created, imported, or reprocessed elsewhere.",
				NestedObject: schema.NestedAttributeObject{Attributes: reprocessStepAttributes()},
			},
			"status": schema.StringAttribute{
				Computed: true, MarkdownDescription: recipeStatusDoc,
			},
			"failure": schema.StringAttribute{Computed: true, MarkdownDescription: failureDoc},
			"nodes": schema.MapNestedAttribute{
				Computed:            true,
				MarkdownDescription: "The nodes that have been created, by name.",
				NestedObject:        schema.NestedAttributeObject{Attributes: nodeStateAttributes()},
			},
			"url": schema.StringAttribute{
				Computed: true, MarkdownDescription: "URL of the recipe's page on `galleyd`.",
			},
		},
	}
	maps.Copy(s.Attributes, value.JobSettingsAttributes(" A change starts a new recipe.", "Another one starts a new recipe."))
	s.Attributes["counts"] = schema.SingleNestedAttribute{Computed: true, MarkdownDescription: countsDoc, Attributes: countsAttributes()}
	s.Attributes["source"] = schema.SingleNestedAttribute{Computed: true, MarkdownDescription: sourceDoc, Attributes: sourceAttributes()}
	for name, doc := range recipeTexts() {
		s.Attributes[name] = schema.StringAttribute{Computed: true, MarkdownDescription: doc}
	}
	return s
}

const recipeStatusDoc = "`PENDING`, `RUNNING`, `COMPLETED`, or, once nothing can go on, `FAILED`, `CANCELED` or `BLOCKED`."

func recipeTimeouts() schema.Attribute {
	return kit.TimeoutsAttribute(
		kit.Timeout("create", "How long to wait for the recipe to finish, as `90s` or `2h`. Default `30m`."),
		kit.Timeout("update", "The same for a recipe that is reprocessed, or waited for again. Default `30m`."),
		kit.Timeout("delete", "With `on_destroy = \"cancel\"`: how long to wait until the jobs have stopped. Default `5m`."),
	)
}

// recipeCounters are the computed counters of a recipe, with their descriptions.
func recipeCounters() map[string]string {
	return map[string]string{
		"jobs_total":            "Number of jobs, those of sub-recipes among them.",
		"jobs_pending":          "Number of jobs that wait for others.",
		"jobs_blocked":          "Number of jobs that cannot run because of others.",
		"jobs_queued":           "Number of jobs that wait for a worker.",
		"jobs_running":          "Number of jobs that run.",
		"jobs_failed":           "Number of jobs that have failed.",
		"jobs_completed":        "Number of jobs that have completed.",
		"jobs_canceled":         "Number of jobs that were canceled.",
		"sub_recipes_total":     "Number of sub-recipes, at any depth.",
		"sub_recipes_completed": "Number of sub-recipes that have completed.",
	}
}

// recipeTexts are the computed texts of a recipe, with their descriptions.
func recipeTexts() map[string]string {
	return map[string]string{
		"created":   "When the recipe was created (RFC 3339).",
		"completed": "When the recipe was completed (RFC 3339).",
	}
}

const (
	failureDoc = "Which nodes have failed, why, and the last lines that they have printed, as an apply that waits says it; null " +
		"if the recipe goes on or has completed."
	countsDoc = "How many jobs and sub-recipes there are, and how far they are."
	sourceDoc = "What the input files have come from, as far as they say so and agree."
)

func countsAttributes() map[string]schema.Attribute {
	out := map[string]schema.Attribute{}
	for name, doc := range recipeCounters() {
		out[name] = schema.Int64Attribute{Computed: true, MarkdownDescription: doc}
	}
	return out
}

func countsType() types.ObjectType { return value.ObjectType(countsAttributes()) }

// recipeSource are the texts of source, with their descriptions.
func recipeSource() map[string]string {
	return map[string]string{
		"started":      "Earliest start of the input files' collection (RFC 3339).",
		"ended":        "Latest end of the input files' collection (RFC 3339).",
		"sensor_class": "Class of the sensor of the input files.",
		"sensor":       "Sensor of the input files.",
		"collection":   "Collection of the input files.",
		"task":         "Task of the input files.",
	}
}

func sourceAttributes() map[string]schema.Attribute {
	out := map[string]schema.Attribute{}
	for name, doc := range recipeSource() {
		out[name] = schema.StringAttribute{Computed: true, MarkdownDescription: doc}
	}
	return out
}

func sourceType() types.ObjectType { return value.ObjectType(sourceAttributes()) }

func nodeStateAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"type": schema.StringAttribute{
			Computed: true, MarkdownDescription: "`job`, `recipe` or `condition`.",
		},
		"status": schema.StringAttribute{
			Computed: true,
			MarkdownDescription: "Status of the job or of the sub-recipe; of a condition `PENDING`, `ACCEPTED` " +
				"or `REJECTED`.",
		},
		"job_id": schema.Int64Attribute{
			Computed: true, MarkdownDescription: "Id of the job; null for other nodes.",
		},
		"recipe_id": schema.Int64Attribute{
			Computed: true, MarkdownDescription: "Id of the sub-recipe; null for other nodes.",
		},
	}
}
