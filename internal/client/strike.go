package client

import (
	"context"
	"iter"
	"net/url"
	"time"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
)

// ArrivalQuery filters strikes and scans (contract D3, D4); zero members don't.
type ArrivalQuery struct {
	Started, Ended time.Time // of last_modified
	Names          []string  // of strikes whole, of scans a part
	Order          []string  // default: last_modified
	Limit          int       // 0: all
}

func (q ArrivalQuery) params() url.Values {
	p := params{}
	p.time("started", q.Started)
	p.time("ended", q.Ended)
	p.strs("name", q.Names)
	p.strs("order", q.Order)
	return url.Values(p)
}

// EachStrike lists strikes, page by page as they are used up.
func (c *Client) EachStrike(ctx context.Context, q ArrivalQuery) iter.Seq2[api.Strike, error] {
	return each[api.Strike](ctx, c, v6("strikes"), q.params(), q.Limit)
}

// Strikes lists strikes.
func (c *Client) Strikes(ctx context.Context, q ArrivalQuery) ([]api.Strike, error) {
	return collect(c.EachStrike(ctx, q))
}

// Strike returns one strike with its configuration.
func (c *Client) Strike(ctx context.Context, id int64) (api.StrikeDetail, error) {
	v, h, err := sendFor[api.StrikeDetail](ctx, c, call{path: v6("strikes", id)})
	v.ETag = h.etag
	return v, err
}

// CreateStrike creates a strike, which begins to watch at once; the server makes its name of the title.
func (c *Client) CreateStrike(ctx context.Context, s api.StrikeCreate) (api.StrikeDetail, error) {
	v, h, err := sendFor[api.StrikeDetail](ctx, c, create(v6("strikes"), s))
	v.ETag, v.TakenOver = h.etag, h.taken
	return v, err
}

// EditStrike changes what is not nil.
func (c *Client) EditStrike(ctx context.Context, id int64, e api.StrikeEdit) error {
	return exec(ctx, c, edit(v6("strikes", id), e, e.IfMatch))
}

// ValidateStrike says what is wrong or doubtful with the configuration of a strike.
func (c *Client) ValidateStrike(ctx context.Context, v api.ArrivalValidate) (api.Validation, error) {
	out, _, err := send[api.Validation](ctx, c, check(v6("strikes", "validation"), v))
	return out, err
}

// EachScan lists scans, page by page as they are used up.
func (c *Client) EachScan(ctx context.Context, q ArrivalQuery) iter.Seq2[api.Scan, error] {
	return each[api.Scan](ctx, c, v6("scans"), q.params(), q.Limit)
}

// Scans lists scans.
func (c *Client) Scans(ctx context.Context, q ArrivalQuery) ([]api.Scan, error) {
	return collect(c.EachScan(ctx, q))
}

// Scan returns one scan with its configuration.
func (c *Client) Scan(ctx context.Context, id int64) (api.ScanDetail, error) {
	v, h, err := sendFor[api.ScanDetail](ctx, c, call{path: v6("scans", id)})
	v.ETag = h.etag
	return v, err
}

// CreateScan creates a scan, which runs when it is processed; the server makes its name of the title.
func (c *Client) CreateScan(ctx context.Context, s api.ScanCreate) (api.ScanDetail, error) {
	v, h, err := sendFor[api.ScanDetail](ctx, c, create(v6("scans"), s))
	v.ETag, v.TakenOver = h.etag, h.taken
	return v, err
}

// EditScan changes what is not nil, of a scan that has not begun to ingest.
func (c *Client) EditScan(ctx context.Context, id int64, e api.ScanEdit) error {
	return exec(ctx, c, edit(v6("scans", id), e, e.IfMatch))
}

// ValidateScan says what is wrong or doubtful with the configuration of a scan.
func (c *Client) ValidateScan(ctx context.Context, v api.ArrivalValidate) (api.Validation, error) {
	out, _, err := send[api.Validation](ctx, c, check(v6("scans", "validation"), v))
	return out, err
}

// ProcessScan runs a scan: to ingest, which it does once for ever, or else only to count.
func (c *Client) ProcessScan(ctx context.Context, id int64, p api.ScanProcess) (api.ScanDetail, error) {
	v, h, err := sendFor[api.ScanDetail](ctx, c, create(v6("scans", id, "process"), p))
	v.ETag, v.TakenOver = h.etag, h.taken
	return v, err
}

// CancelScan cancels what a scan ingests, and the scan; it says which jobs were canceled.
func (c *Client) CancelScan(ctx context.Context, id int64) (api.ScanCanceled, error) {
	v, _, err := send[api.ScanCanceled](ctx, c, check(v6("scans", "cancel", id), struct{}{}))
	return v, err
}

// IngestQuery filters ingests (contract D5.1); zero members don't.
type IngestQuery struct {
	Started, Ended     time.Time // of last_modified
	Statuses           []string
	StrikeIDs, ScanIDs []int64
	FileName           string   // a part
	Order              []string // default: last_modified
	Limit              int      // 0: all
}

// EachIngest lists ingests, page by page as they are used up.
func (c *Client) EachIngest(ctx context.Context, q IngestQuery) iter.Seq2[api.Ingest, error] {
	p := params{}
	p.time("started", q.Started)
	p.time("ended", q.Ended)
	p.strs("status", q.Statuses)
	p.ints("strike_id", q.StrikeIDs)
	p.ints("scan_id", q.ScanIDs)
	p.str("file_name", q.FileName)
	p.strs("order", q.Order)
	return each[api.Ingest](ctx, c, v6("ingests"), url.Values(p), q.Limit)
}

// Ingests lists ingests.
func (c *Client) Ingests(ctx context.Context, q IngestQuery) ([]api.Ingest, error) {
	return collect(c.EachIngest(ctx, q))
}

// Ingest returns one ingest with all that it refers to.
func (c *Client) Ingest(ctx context.Context, id int64) (api.IngestDetail, error) {
	return get[api.IngestDetail](ctx, c, v6("ingests", id), nil)
}
