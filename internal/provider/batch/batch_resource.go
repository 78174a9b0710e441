package batch

import (
	"context"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/booldefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/boolplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/int64planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringdefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/fault"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/kit"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/value"
	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
)

var _ kit.Resource = (*batchResource)(nil)

// The timeouts, where the configuration has none.
const batchCreateTimeout = 2 * time.Hour

// NewBatchResource returns galley_batch.
func NewBatchResource() resource.Resource { return &batchResource{} }

type batchResource struct{ kit.ResourceBase }

// Metadata implements resource.Resource.
func (r *batchResource) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_batch"
}

// IdentitySchema implements resource.ResourceWithIdentity.
func (r *batchResource) IdentitySchema(_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	resp.IdentitySchema = kit.IDIdentity("Id of the batch.")
}

// Schema implements resource.Resource.
func (r *batchResource) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	keepNumber := []planmodifier.Int64{int64planmodifier.UseStateForUnknown()}
	another := []planmodifier.Int64{int64planmodifier.RequiresReplace()}
	number := func(doc string) schema.Int64Attribute {
		return schema.Int64Attribute{Computed: true, MarkdownDescription: doc}
	}
	fixed := func(doc string) schema.Int64Attribute {
		return schema.Int64Attribute{Computed: true, PlanModifiers: keepNumber, MarkdownDescription: doc}
	}
	text := func(doc string, most int) schema.StringAttribute {
		return schema.StringAttribute{Optional: true, Computed: true, Default: stringdefault.StaticString(""), MarkdownDescription: doc,
			Validators: []validator.String{stringvalidator.UTF8LengthAtMost(most)}}
	}
	resp.Schema = schema.Schema{
		MarkdownDescription: "A batch: many recipes of one type, made together, of the members of a `galley_dataset` or of the recipes of a batch before.\n\n" +
			"The plan says how many recipes it makes (`recipes_estimated`), if the data set is there already. Create starts them and waits until " +
			"nothing can go on any more. Only `title`, `description`, `priority` and `input_map` can be changed in place: **any other change makes a " +
			"new batch, which runs everything again**. To run the same data again with a newer revision, make another batch with `previous_batch`: it " +
			"supersedes the one before, and copies what has not changed.\n\n" +
			"The API cannot delete batches: destroy cancels what is left of it (`on_destroy`), and it stays as a record." + batchMoves().Doc(),
		Attributes: map[string]schema.Attribute{
			"id":          fixed("Id of the batch."),
			"title":       text(fmt.Sprintf("Title for people; at most %d characters.", recipe.MaxTitle), recipe.MaxTitle),
			"description": text(fmt.Sprintf("Description; at most %d characters.", recipe.MaxDescription), recipe.MaxDescription),
			"recipe_type": schema.StringAttribute{
				Required: true, PlanModifiers: []planmodifier.String{stringplanmodifier.RequiresReplace()},
				MarkdownDescription: "Name of the recipe type. Its latest revision runs. Another one makes a new batch.",
			},
			"dataset": schema.Int64Attribute{
				CustomType: value.WholeNumber{}, Optional: true, PlanModifiers: another, Validators: []validator.Int64{int64validator.AtLeast(1)},
				MarkdownDescription: "Id of the data set: each member that has a file for an input of the recipe type leads to a recipe. Members that are " +
					"added later do not join. Another one makes a new batch.",
			},
			"previous_batch": schema.Int64Attribute{
				CustomType: value.WholeNumber{}, Optional: true, PlanModifiers: another, Validators: []validator.Int64{int64validator.AtLeast(1)},
				MarkdownDescription: "Instead of `dataset`: the first batch of a chain (`root_batch_id`), whose newest batch is superseded, and whose recipes are " +
					"reprocessed with the latest revision. Another one makes a new batch.",
			},
			"supersedes": schema.BoolAttribute{
				Optional: true, Computed: true, Default: booldefault.StaticBool(true), PlanModifiers: []planmodifier.Bool{boolplanmodifier.RequiresReplace()},
				MarkdownDescription: "With `dataset`: whether recipes of the type that are there for a member's files are reprocessed, instead of making new ones beside them. " +
					"Default `true`. Another value makes a new batch.",
			},
			"forced_nodes": schema.DynamicAttribute{
				Optional: true,
				MarkdownDescription: "Nodes that run again in recipes that are reprocessed, although they have not changed, as of `galley_recipe`: `{ all = true }`, or " +
					"`{ nodes = [\"a\"], sub_recipes = { b = { nodes = [\"c\"] } } }`. A change makes a new batch.",
			},
			"priority": schema.Int64Attribute{
				CustomType: value.WholeNumber{}, Optional: true, Validators: []validator.Int64{int64validator.Between(1, 1<<31-1)},
				MarkdownDescription: "Priority of its jobs, a lower number is sooner, instead of those of the job types. A change counts for jobs that are queued after it.",
			},
			"input_map": schema.MapAttribute{
				ElementType: types.StringType, Optional: true,
				MarkdownDescription: "Which parameter of the data set feeds an input of the recipe type, by the input. What is not mapped goes by its own name. " +
					"A change counts for recipes that are made after it.",
			},
			"wait_for_completion": schema.BoolAttribute{
				Optional: true, Computed: true, Default: booldefault.StaticBool(true),
				MarkdownDescription: "Whether an apply that creates the batch waits until nothing of it can go on. Recipes that have failed are a warning. Default `true`.",
			},
			"on_destroy": schema.StringAttribute{
				Optional: true, Computed: true, Default: stringdefault.StaticString(kit.OnDestroyCancel),
				Validators: []validator.String{stringvalidator.OneOf(kit.OnDestroyKeep, kit.OnDestroyCancel)},
				MarkdownDescription: "What destroy does with what has not finished: no more recipes are made, and jobs are canceled (`cancel`, the default), " +
					"or all goes on (`keep`). What a later batch of the chain has taken over goes on in either case.",
			},
			"timeouts": kit.TimeoutsAttribute(kit.Timeout("create", "How long to wait for the batch to finish, as `90s` or `2h`. Default `2h`. When it is over, the batch goes on.")),

			"recipe_type_revision": fixed("Revision of the recipe type that runs."),
			"root_batch_id":        fixed("Id of the first batch of the chain, which is what `previous_batch` of the next one takes; its own if it is the first."),
			"superseded_batch_id":  fixed("Id of the batch that it supersedes; null for the first of a chain."),
			"is_superseded":        schema.BoolAttribute{Computed: true, MarkdownDescription: "Whether a later batch of the chain supersedes it."},
			"is_creation_done":     schema.BoolAttribute{Computed: true, MarkdownDescription: "Whether all of its recipes are made."},
			"status": schema.StringAttribute{Computed: true, MarkdownDescription: "`" + statusCreating + "` while recipes are made, then `PENDING`, `RUNNING`, `COMPLETED`, `FAILED`, " +
				"`CANCELED` or `BLOCKED`, as of a recipe with all of its jobs."},
			"recipes_estimated": fixed("How many recipes it was going to make, when it was created; a plan says it, too. Sub-recipes that are not forced do not count."),
			"recipes_total":     number("How many recipes there are, with those inside of others."),
			"recipes_completed": number("How many of them are completed."),
			"recipes_skipped":   number("How many recipes could not be made."),
			"problem":           schema.StringAttribute{Computed: true, MarkdownDescription: "Why the first of them could not be made; null if all could."},
			"jobs":              schema.MapAttribute{Computed: true, ElementType: types.Int64Type, MarkdownDescription: jobsDoc},
			"created": schema.StringAttribute{
				Computed: true, PlanModifiers: []planmodifier.String{stringplanmodifier.UseStateForUnknown()}, MarkdownDescription: "When it was created (RFC 3339).",
			},
		},
	}
}

const jobsDoc = "How many jobs there are, by status, and `total`."

// ValidateConfig checks what is known without a server.
func (r *batchResource) ValidateConfig(ctx context.Context, req resource.ValidateConfigRequest, resp *resource.ValidateConfigResponse) {
	var config batchModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	if !resp.Diagnostics.HasError() {
		config.validate(&resp.Diagnostics)
	}
}

// Create implements resource.Resource.
func (r *batchResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	defer kit.Identify(ctx, resp.Identity, &resp.Diagnostics, &resp.State)
	var plan batchModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	timeout := kit.ReadTimeout(plan.Timeouts, "create", batchCreateTimeout, &resp.Diagnostics)
	c := r.Client(&resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	recipeType, err := c.RecipeType(ctx, plan.RecipeType.ValueString())
	if api.IsNotFound(err) {
		resp.Diagnostics.AddAttributeError(path.Root("recipe_type"), "Cannot create batch", noSuchType(plan.RecipeType.ValueString()))
		return
	}
	if err != nil {
		fault.Add(&resp.Diagnostics, "Cannot create batch", err)
		return
	}
	body := plan.toCreate(recipeType.ID, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	// An interrupt must not come between the server and its answer: there would be a batch that the state does not know.
	b, err := c.CreateBatch(context.WithoutCancel(ctx), body)
	if err != nil {
		fault.Add(&resp.Diagnostics, "Cannot create batch of recipe type "+recipeType.Name, err)
		return
	}
	planned := plan.RecipesEstimated
	set := func(b api.BatchDetail) {
		plan.fromAPI(b, &resp.Diagnostics)
		if !planned.IsUnknown() && !planned.IsNull() {
			plan.RecipesEstimated = planned // as Terraform insists on; the next refresh says it if there are others
		}
		resp.Diagnostics.Append(resp.State.Set(ctx, plan)...)
	}
	set(b)
	if plan.WaitForCompletion.ValueBool() && !resp.Diagnostics.HasError() {
		set(await(ctx, c, b, timeout, &resp.Diagnostics))
	}
}

func noSuchType(name string) string {
	return fmt.Sprintf("There is no recipe type %q. recipe_type is the name of a type, such as galley_recipe_type.<label>.name.", name)
}

// Read implements resource.Resource.
func (r *batchResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	defer kit.Identify(ctx, resp.Identity, &resp.Diagnostics, &resp.State, &req.State)
	var state batchModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	ctx, c := r.ClientForRead(ctx, req.State, &resp.Diagnostics)
	if resp.Diagnostics.HasError() || c == nil {
		return
	}
	b, err := c.Batch(ctx, state.ID.ValueInt64())
	if api.IsNotFound(err) {
		resp.State.RemoveResource(ctx)
		return
	}
	if err != nil {
		r.CannotRead(req.State, &resp.Diagnostics, "Cannot read batch", err)
		return
	}
	state.fromAPI(b, &resp.Diagnostics)
	resp.Diagnostics.Append(resp.State.Set(ctx, state)...)
}

// Update implements resource.Resource.
func (r *batchResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	defer kit.Identify(ctx, resp.Identity, &resp.Diagnostics, &resp.State)
	var plan batchModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	c := r.Client(&resp.Diagnostics)
	edit := plan.toEdit(&resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	if err := c.EditBatch(ctx, plan.ID.ValueInt64(), edit); err != nil {
		fault.Add(&resp.Diagnostics, "Cannot change batch", err)
		return
	}
	b, err := c.Batch(ctx, plan.ID.ValueInt64())
	if err != nil {
		fault.Add(&resp.Diagnostics, "Cannot read batch after changing it", err)
		return
	}
	plan.fromAPI(b, &resp.Diagnostics)
	resp.Diagnostics.Append(resp.State.Set(ctx, plan)...)
}

// Delete cancels what is left, unless a later batch goes on with it.
func (r *batchResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var state batchModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	if resp.Diagnostics.HasError() || state.OnDestroy.ValueString() != kit.OnDestroyCancel {
		return
	}
	c := r.Client(&resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	b, err := c.Batch(ctx, state.ID.ValueInt64())
	if err == nil && !b.IsSuperseded {
		err = c.CancelJobs(ctx, api.JobFilter{BatchIDs: []int64{b.ID}})
	}
	if err != nil && !api.IsNotFound(err) {
		fault.Add(&resp.Diagnostics, "Cannot cancel batch", err)
	}
}

// ImportState takes an id, or the identity.
func (r *batchResource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	defer kit.Identify(ctx, resp.Identity, &resp.Diagnostics, &resp.State)
	if !kit.ImportIdentity(ctx, req, resp) {
		kit.ImportByID(ctx, "batch", req, resp)
	}
}

func batchMoves() kit.MoveTarget { return kit.IDTarget("batch", "batches", "batch_id") }

// MoveState implements resource.ResourceWithMoveState.
func (r *batchResource) MoveState(context.Context) []resource.StateMover {
	return batchMoves().Mover(nil)
}
