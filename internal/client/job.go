package client

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
)

// The streams of a job's log.
const (
	LogStdout   = "stdout"
	LogStderr   = "stderr"
	LogCombined = "combined"
)

// JobQuery filters jobs (contract 1.4); zero members don't, values of one member
// are ORed.
type JobQuery struct {
	Started, Ended time.Time // of last_modified
	SourceQuery
	Statuses            []string
	JobIDs, JobTypeIDs  []int64
	JobTypeNames        []string
	BatchIDs, RecipeIDs []int64
	ErrorCategories     []string
	ErrorIDs            []int64
	IsSuperseded        *bool
	Order               []string // default: last_modified
	Limit               int      // 0: all
}

// Jobs lists jobs.
func (c *Client) Jobs(ctx context.Context, q JobQuery) ([]api.Job, error) {
	p := params{}
	p.time("started", q.Started)
	p.time("ended", q.Ended)
	q.SourceQuery.add(p)
	p.strs("status", q.Statuses)
	p.ints("job_id", q.JobIDs)
	p.ints("job_type_id", q.JobTypeIDs)
	p.strs("job_type_name", q.JobTypeNames)
	p.ints("batch_id", q.BatchIDs)
	p.ints("recipe_id", q.RecipeIDs)
	p.strs("error_category", q.ErrorCategories)
	p.ints("error_id", q.ErrorIDs)
	p.flag("is_superseded", q.IsSuperseded)
	p.strs("order", q.Order)
	return list[api.Job](ctx, c, v6("jobs"), url.Values(p), q.Limit)
}

// Job returns one job with input, output and its latest execution.
func (c *Client) Job(ctx context.Context, id int64) (api.JobDetail, error) {
	return get[api.JobDetail](ctx, c, v6("jobs", id), nil)
}

// CancelJobs asks for the cancellation of the jobs of a filter; the answer comes
// before it has happened. An empty filter is every job.
func (c *Client) CancelJobs(ctx context.Context, f api.JobFilter) error {
	return exec(ctx, c, call{method: http.MethodPost, path: v6("jobs", "cancel"), body: f})
}

// RequeueJobs runs the jobs of a filter again that have ended without success or still
// wait. An empty filter is every job.
func (c *Client) RequeueJobs(ctx context.Context, r api.JobRequeue) error {
	return exec(ctx, c, call{method: http.MethodPost, path: v6("jobs", "requeue"), body: r})
}

// CreateJob queues a job that belongs to no recipe.
func (c *Client) CreateJob(ctx context.Context, j api.JobCreate) (api.JobDetail, error) {
	v, _, err := send[api.JobDetail](ctx, c, create(v6("jobs"), j))
	return v, err
}

// JobExecutions lists the executions of a job, the newest first.
func (c *Client) JobExecutions(ctx context.Context, jobID int64) ([]api.JobExecution, error) {
	return list[api.JobExecution](ctx, c, v6("jobs", jobID, "executions"), nil, 0)
}

// JobLog returns a stream of an execution's log as text, "" when there is none.
func (c *Client) JobLog(ctx context.Context, exeID int64, stream string) (string, error) {
	resp, err := c.do(ctx, call{path: v6("job-executions", exeID, "logs", stream), accept: "text/plain"})
	if err != nil {
		return "", err
	}
	defer func() { _ = resp.Body.Close() }()
	raw, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswerSize))
	if err != nil {
		return "", fmt.Errorf("reading log: %w", err)
	}
	return string(raw), nil
}
