package client

import (
	"context"
	"encoding/json"
	"iter"
	"net/url"
	"time"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
)

// DatasetQuery filters data sets; zero members don't.
type DatasetQuery struct {
	Started, Ended time.Time // of created
	IDs            []int64
	Keywords       []string // any of them, in title or description
	Order          []string // default: id
	Limit          int      // 0: all
}

// Datasets lists data sets.
func (c *Client) Datasets(ctx context.Context, q DatasetQuery) ([]api.Dataset, error) {
	return collect(c.EachDataset(ctx, q))
}

// EachDataset is Datasets, page by page as they are used up.
func (c *Client) EachDataset(ctx context.Context, q DatasetQuery) iter.Seq2[api.Dataset, error] {
	p := params{}
	p.time("started", q.Started)
	p.time("ended", q.Ended)
	p.ints("id", q.IDs)
	p.strs("keyword", q.Keywords)
	p.strs("order", q.Order)
	return each[api.Dataset](ctx, c, v6("datasets"), url.Values(p), q.Limit)
}

// Dataset returns one data set.
func (c *Client) Dataset(ctx context.Context, id int64) (api.DatasetDetail, error) {
	return get[api.DatasetDetail](ctx, c, v6("datasets", id), nil)
}

// DatasetMembers returns all members of a data set, by id.
func (c *Client) DatasetMembers(ctx context.Context, id int64) ([]api.DatasetMember, error) {
	return collect(each[api.DatasetMember](ctx, c, v6("datasets", id, "members"), url.Values{}, 0))
}

// CreateDataset creates a data set with its first members.
func (c *Client) CreateDataset(ctx context.Context, d api.DatasetCreate) (api.DatasetDetail, error) {
	v, h, err := sendFor[api.DatasetDetail](ctx, c, create(v6("datasets"), d))
	v.TakenOver = h.taken
	return v, err
}

// AddDatasetMembers adds members to a data set, and returns these.
func (c *Client) AddDatasetMembers(ctx context.Context, id int64, members []json.RawMessage) ([]api.DatasetMember, error) {
	v, _, err := sendFor[[]api.DatasetMember](ctx, c, create(v6("datasets", id), api.DatasetAdd{Data: members}))
	return v, err
}
