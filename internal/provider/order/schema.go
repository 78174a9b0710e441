package order

import (
	"context"
	"maps"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/booldefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/dynamicdefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringdefault"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/recipe-galley/terraform-provider-galley/internal/order"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/kit"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/value"
)

// orderSchema is the schema of galley_order.
func orderSchema(ctx context.Context) schema.Schema {
	computed := func(doc string) schema.StringAttribute {
		return schema.StringAttribute{Computed: true, MarkdownDescription: doc}
	}
	required := func(doc string) schema.StringAttribute { // of what makes it this order
		return schema.StringAttribute{Required: true, MarkdownDescription: doc + " A change replaces the order."}
	}
	choice := func(doc, byDefault string, others ...string) schema.StringAttribute {
		return schema.StringAttribute{
			Optional: true, Computed: true, Default: stringdefault.StaticString(byDefault),
			Validators:          []validator.String{stringvalidator.OneOf(append(others, byDefault)...)},
			MarkdownDescription: doc,
		}
	}
	inherited := func(doc string, values []string) schema.StringAttribute {
		return schema.StringAttribute{Optional: true, Computed: true, MarkdownDescription: doc,
			Validators: []validator.String{stringvalidator.OneOf(values...)}}
	}
	out := schema.Schema{
		Version: 1,
		MarkdownDescription: "An order: a variation of a kitchen's recipe, run once or by a schedule, with parameters of its own.\n\n" +
			"Only another `kitchen`, `recipe` or `variation` **replaces** an order; everything else is changed in place, without stopping a run: what is " +
			"new counts from the next run on. What somebody changes outside of Terraform is shown by the next plan, and changed back. Create saves the order's id " +
			"at once, so that no order is lost or made twice.\n\n" +
			"- An order that runs once (`schedule = { now = true }`, or no schedule at all) is waited for, like a `galley_recipe`. " +
			"Once it has ended it is a record: other parameters run it again, and the plan says so. What runs once and what runs by a schedule are " +
			"different orders, and so is a run that is stopped for good.\n" +
			"- A scheduled order is never waited for. That its schedule has fired changes `last_run` and `run_count` and plans nothing. " +
			"If somebody stops it outside of Terraform, which is for good, the next plan replaces it; if somebody deletes it, the next " +
			"plan makes it again.\n\n" +
			"`infrastructure`, `source_date` and `alert_destinations` fill the parameters of their own names. What counts for a run is in " +
			"`effective_parameters`: the variables of the recipe, then those of the variation, of the kitchens, and of the order, the " +
			"strongest last." + orderMoves().Doc(),
		Attributes: map[string]schema.Attribute{
			"kitchen":   required("Name of the kitchen."),
			"recipe":    required("Name of a recipe of the kitchen, or of one above it."),
			"variation": required("Name of a variation of the recipe."),
			"parameters": schema.DynamicAttribute{
				Optional: true, Computed: true, Default: dynamicdefault.StaticValue(value.DynamicOf(map[string]any{})),
				MarkdownDescription: "An object with values for variables, by name, of any type. They win over all others. A name that nobody knows " +
					"is only recorded. Secret settings belong into `secret_parameters` or `parameters_wo`.",
			},
			"schedule": value.Document{Shape: order.ScheduleShape(), DynamicAttribute: schema.DynamicAttribute{
				Optional: true,
				MarkdownDescription: "When the order runs. Left out: as its variation says, or once, at once. " +
					"Exactly one of `cron`, `interval` and `now` is given.",
			}},
			"input_files": value.NullDocument(order.InputFilesShape(), order.InputFilesDoc+" An input that the order gives is the order's alone; the others are its variation's."),
			"nodes": schema.SetAttribute{
				Optional: true, ElementType: types.StringType,
				MarkdownDescription: order.NodesDoc + " An order that gives some runs them instead of those of its variation.",
			},
			"timeout": schema.StringAttribute{
				Optional: true,
				MarkdownDescription: "A run that takes longer than this is ended: its jobs are canceled, it has failed with the error `timeout`, and the `error` alerts are told. A duration " +
					"such as `PT4H` or `4h`. A change counts from the next run on. Left out: as the variation says.",
			},
			"infrastructure": schema.DynamicAttribute{
				Optional: true,
				MarkdownDescription: "The parameter `infrastructure`: what the runs use, such as `{ bucket = \"scenes\", schema = \"test\" }`. " +
					"Its `image_tag` is also the tag of the images of the jobs, see the guide *Executors*.",
			},
			"source_date": schema.StringAttribute{
				Optional: true,
				MarkdownDescription: "The parameter `source_date`: the date of the source data, in the form that the recipe wants, such as " +
					"`2026-03-01`. It is not the date of the run: with `for_each` over dates it backfills.",
			},
			"alerts": value.Document{Shape: order.OrderAlertsShape(), DynamicAttribute: schema.DynamicAttribute{
				Optional: true, Sensitive: true,
				MarkdownDescription: "Who hears of the order's runs, by event, beside those of the kitchen's `alerts`: e-mail addresses and `https` URLs, " +
					"with `slack+`, `teams+` or `pagerduty+` in front for those services. Fills the parameters `alert_destinations` and `alert_digest`. Plans show " +
					"`alert_recipients` instead.",
			}},
			"alert_destinations": schema.SetAttribute{
				Optional: true, Sensitive: true, ElementType: types.StringType,
				MarkdownDescription: "The parameter `alert_destinations`: e-mail addresses and `https` URLs that hear of all events of the order's runs, beside " +
					"those of the kitchen's `alerts`; `alerts` lists them by event instead. Whoever knows a webhook's URL can use it, so that plans show `alert_recipients` instead.",
			},
			"alert_recipients": schema.SetAttribute{
				Computed: true, ElementType: types.StringType,
				MarkdownDescription: "Those of `alerts` or `alert_destinations` as everybody may see them: of a URL only the host.",
			},
			"overlap": inherited("What becomes of a run that is due while another of the order is under way: it runs, too (`allow`), it does "+
				"not run, is counted in `runs_skipped` and listed by `galley orders skipped` (`skip`), it waits until the other has ended, and of several the latest runs "+
				"(`hold`), or the other is stopped, and it runs when that has ended (`cancel`). Left out: as the variation said when the order was made, or `allow`.",
				order.Overlaps()),
			"catch_up": inherited("Which runs are made up that were due while no server could start them: `none`, only the latest (`last`), or `all`, the oldest "+
				"first. What was due while the order was paused is never made up. Left out: as the variation said when the order was made, or `none`.", order.CatchUps()),
			"paused": schema.BoolAttribute{
				Optional: true, Computed: true, Default: booldefault.StaticBool(false),
				MarkdownDescription: "Whether the order starts no runs. One that is under way goes on, and what is missed is not made up. " +
					"Changed in place. Default `false`.",
			},
			"wait_for_completion": schema.BoolAttribute{
				Optional: true, Computed: true, Default: booldefault.StaticBool(true),
				MarkdownDescription: "Whether an apply waits until an order that runs once has ended. Scheduled and paused orders are never " +
					"waited for. Default `true`.",
			},
			"on_failure": choice("What a failed or stopped run is for the apply that waits for it: an `error` (default; the order is kept as "+
				"tainted, and the next apply resumes it: `on_recreate`), or a warning (`warn`).", kit.OnFailureError, kit.OnFailureWarn),
			"on_destroy": choice("What destroy does: `stop` (default) ends the order for good, with its runs, and keeps the records; `delete` "+
				"removes it with the records of its runs.", onDestroyStop, onDestroyDelete),
			"on_missing": choice("What happens when the backend no longer has an order that runs once: its last known state is kept, with a "+
				"warning (`keep`, the default), or a new order is planned (`rerun`). A scheduled order that is missing is always planned anew.",
				kit.OnMissingKeep, kit.OnMissingRerun),
			"on_recreate": choice(kit.OnRecreateDoc, kit.OnRecreateResume, kit.OnRecreateNew),
			"timeouts": kit.TimeoutsAttribute(
				kit.Timeout("create", "How long to wait until the order has ended, as `90s` or `2h`. Default `30m`."),
				kit.Timeout("update", "The same when it is waited for again. Default `30m`."),
			),
			"id":     computed("Id of the order."),
			"status": computed("`ACTIVE_ORDER`, `PAUSED_ORDER`, or, once it has ended, `COMPLETED_ORDER`, `STOPPED_ORDER` or `ORDER_ERROR`."),
			"effective_schedule": computed("The text of the schedule that counts, which may be that of the variation when the order was made: " +
				"`now`, five fields of cron, or a repeating interval."),
			"effective_parameters": schema.DynamicAttribute{
				Computed: true,
				MarkdownDescription: "An object with the variables that counted for the latest run; before the first run those of the plan. " +
					"Secret settings are masked. Known while planning, if all of it is.",
			},
			"last_run": schema.SingleNestedAttribute{
				Computed: true, MarkdownDescription: "The newest run; null if there is none.", Attributes: lastRunAttributes(),
			},
			"run_count":    schema.Int64Attribute{Computed: true, MarkdownDescription: "How many runs the schedule has started."},
			"runs_skipped": schema.Int64Attribute{Computed: true, MarkdownDescription: "How many runs did not start, as `overlap` is `skip`."},
			"next_run":     computed("When the next run is due (RFC 3339); null if none is."),
			"created":      computed("When the order was made (RFC 3339)."),
		},
	}
	maps.Copy(out.Attributes, value.SecretVariablesAttributes("parameters",
		"", "Another number sends them."))
	return out
}

func lastRunAttributes() map[string]schema.Attribute {
	computed := func(doc string) schema.StringAttribute {
		return schema.StringAttribute{Computed: true, MarkdownDescription: doc}
	}
	return map[string]schema.Attribute{
		"id": computed("Id of the run."),
		"status": computed("`PLANNED_SERVING`, `ACTIVE_SERVING`, `COMPLETED_SERVING`, `STOPPED_SERVING`, `SERVING_ERROR`, or, when another run " +
			"has resumed it, `SERVING_RERAN`."),
		"recipe_id": schema.Int64Attribute{
			Computed: true, MarkdownDescription: "Id of the recipe that it is; null if it has not started.",
		},
		"scheduled_for": computed("When it was due (RFC 3339)."),
		"started":       computed("When it started (RFC 3339)."),
		"ended":         computed("When it ended (RFC 3339)."),
		"error":         computed("Why it could not start."),
	}
}

func lastRunType() types.ObjectType { return value.ObjectType(lastRunAttributes()) }
