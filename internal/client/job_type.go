package client

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"net/http"
	"net/url"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
)

// JobTypeQuery filters job types (contract 1.3); zero members don't.
type JobTypeQuery struct {
	Keywords           []string // substrings of name or tags, ORed
	IDs                []int64
	IsActive, IsSystem *bool
	Limit              int // 0: all
}

// JobTypes lists job types, sorted by name.
func (c *Client) JobTypes(ctx context.Context, q JobTypeQuery) ([]api.JobType, error) {
	return collect(c.EachJobType(ctx, q))
}

// EachJobType is JobTypes, page by page as they are used up.
func (c *Client) EachJobType(ctx context.Context, q JobTypeQuery) iter.Seq2[api.JobType, error] {
	p := params{}
	p.strs("keyword", q.Keywords)
	p.ints("id", q.IDs)
	p.flag("is_active", q.IsActive)
	p.flag("is_system", q.IsSystem)
	return each[api.JobType](ctx, c, v6("job-types"), url.Values(p), q.Limit)
}

// JobTypeVersions lists the job types of that name, newest version first; of an unknown
// name: none.
func (c *Client) JobTypeVersions(ctx context.Context, name string) ([]api.JobType, error) {
	return list[api.JobType](ctx, c, v6("job-types", name), nil, 0)
}

// JobType returns one job type with manifest and configuration.
func (c *Client) JobType(ctx context.Context, name, version string) (api.JobTypeDetail, error) {
	v, h, err := sendFor[api.JobTypeDetail](ctx, c, call{path: v6("job-types", name, version)})
	v.ETag = h.etag
	return v, err
}

// CreateJobType creates a job type. If the name and version of its manifest exist,
// the server edits that one instead; the details are then read back.
func (c *Client) CreateJobType(ctx context.Context, j api.JobTypeCreate) (api.JobTypeDetail, error) {
	raw, h, err := sendFor[json.RawMessage](ctx, c, create(v6("job-types"), j).sparing(j.Spare))
	if err != nil {
		return api.JobTypeDetail{}, err
	}
	if h.status == http.StatusCreated {
		v := api.JobTypeDetail{ETag: h.etag}
		if err := json.Unmarshal(raw, &v); err != nil {
			return v, fmt.Errorf("decoding job type: %w", err)
		}
		return v, nil
	}
	var manifest struct {
		Job struct {
			Name       string `json:"name"`
			JobVersion string `json:"jobVersion"`
		} `json:"job"`
	}
	if err := json.Unmarshal(j.Manifest, &manifest); err != nil {
		return api.JobTypeDetail{}, fmt.Errorf("decoding manifest: %w", err)
	}
	v, err := c.JobType(ctx, manifest.Job.Name, manifest.Job.JobVersion)
	v.TakenOver = h.taken
	return v, err
}

// EditJobType changes what is not nil.
func (c *Client) EditJobType(ctx context.Context, name, version string, e api.JobTypeEdit) (api.Validation, error) {
	v, _, err := send[api.Validation](ctx, c, edit(v6("job-types", name, version), e, e.IfMatch).sparing(e.Spare))
	return v, err
}

// JobTypeRevisions lists the revisions of a job type, newest first.
func (c *Client) JobTypeRevisions(ctx context.Context, name, version string) ([]api.JobTypeRevision, error) {
	return list[api.JobTypeRevision](ctx, c, v6("job-types", name, version, "revisions"), nil, 0)
}

// JobTypeRevision returns one revision with its manifest.
func (c *Client) JobTypeRevision(ctx context.Context, name, version string, num int) (api.JobTypeRevisionDetail, error) {
	return get[api.JobTypeRevisionDetail](ctx, c, v6("job-types", name, version, "revisions", num), nil)
}

// ValidateJobType says what is wrong or doubtful with a manifest and its configuration.
func (c *Client) ValidateJobType(ctx context.Context, j api.JobTypeValidate) (api.Validation, error) {
	v, _, err := send[api.Validation](ctx, c, check(v6("job-types", "validation"), j))
	return v, err
}
