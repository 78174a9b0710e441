package client

import (
	"context"
	"iter"
	"net/url"
	"time"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
)

// BatchQuery filters batches; zero members don't.
type BatchQuery struct {
	Started, Ended time.Time // of last_modified
	RecipeTypeIDs  []int64
	RootBatchIDs   []int64
	IsCreationDone *bool
	IsSuperseded   *bool
	Order          []string // default: last_modified
	Limit          int      // 0: all
}

// Batches lists batches.
func (c *Client) Batches(ctx context.Context, q BatchQuery) ([]api.Batch, error) {
	return collect(c.EachBatch(ctx, q))
}

// EachBatch is Batches, page by page as they are used up.
func (c *Client) EachBatch(ctx context.Context, q BatchQuery) iter.Seq2[api.Batch, error] {
	p := params{}
	p.time("started", q.Started)
	p.time("ended", q.Ended)
	p.ints("recipe_type_id", q.RecipeTypeIDs)
	p.ints("root_batch_id", q.RootBatchIDs)
	p.flag("is_creation_done", q.IsCreationDone)
	p.flag("is_superseded", q.IsSuperseded)
	p.strs("order", q.Order)
	return each[api.Batch](ctx, c, v6("batches"), url.Values(p), q.Limit)
}

// Batch returns one batch.
func (c *Client) Batch(ctx context.Context, id int64) (api.BatchDetail, error) {
	return get[api.BatchDetail](ctx, c, v6("batches", id), nil)
}

// CreateBatch creates a batch, whose recipes are made from then on.
func (c *Client) CreateBatch(ctx context.Context, b api.BatchCreate) (api.BatchDetail, error) {
	v, h, err := sendFor[api.BatchDetail](ctx, c, create(v6("batches"), b))
	v.TakenOver = h.taken
	return v, err
}

// EditBatch changes what is not nil.
func (c *Client) EditBatch(ctx context.Context, id int64, e api.BatchEdit) error {
	return exec(ctx, c, edit(v6("batches", id), e, ""))
}

// ValidateBatch says what a batch would be. Title and description do not matter.
func (c *Client) ValidateBatch(ctx context.Context, b api.BatchCreate) (api.BatchValidation, error) {
	v, _, err := send[api.BatchValidation](ctx, c, check(v6("batches", "validation"), b))
	return v, err
}
