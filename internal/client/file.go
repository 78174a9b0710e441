package client

import (
	"context"
	"io"
	"iter"
	"net/http"
	"net/url"
	"time"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
)

// FileQuery filters files (contract 1.5); zero members don't, values of one member
// are ORed.
type FileQuery struct {
	Countries, FileTypes, MediaTypes []string
	DataStarted, DataEnded           time.Time
	CreatedStarted, CreatedEnded     time.Time
	ModifiedStarted, ModifiedEnded   time.Time
	SourceQuery
	JobTypeIDs, JobIDs       []int64
	JobTypeNames             []string
	FileNames                []string // exact
	FileNameSearch           string   // substring
	JobOutputs, RecipeNodes  []string
	RecipeIDs, RecipeTypeIDs []int64
	BatchIDs                 []int64
	FileIDs                  []int64  // this and the next four are galleyd's
	FilePaths, SHA256s       []string // exact
	Workspaces               []string // names
	IsDeleted                *bool
	Order                    []string // default: last_modified
	Limit                    int      // 0: all
}

// Files lists files.
func (c *Client) Files(ctx context.Context, q FileQuery) ([]api.File, error) {
	return collect(c.EachFile(ctx, q))
}

// EachFile is Files, page by page as they are used up.
func (c *Client) EachFile(ctx context.Context, q FileQuery) iter.Seq2[api.File, error] {
	p := params{}
	p.strs("countries", q.Countries)
	p.strs("file_type", q.FileTypes)
	p.strs("media_type", q.MediaTypes)
	p.time("data_started", q.DataStarted)
	p.time("data_ended", q.DataEnded)
	p.time("created_started", q.CreatedStarted)
	p.time("created_ended", q.CreatedEnded)
	p.time("modified_started", q.ModifiedStarted)
	p.time("modified_ended", q.ModifiedEnded)
	q.SourceQuery.add(p)
	p.ints("job_type_id", q.JobTypeIDs)
	p.strs("job_type_name", q.JobTypeNames)
	p.ints("job_id", q.JobIDs)
	p.strs("file_name", q.FileNames)
	p.str("file_name_search", q.FileNameSearch)
	p.strs("job_output", q.JobOutputs)
	p.ints("recipe_id", q.RecipeIDs)
	p.ints("recipe_type_id", q.RecipeTypeIDs)
	p.strs("recipe_node", q.RecipeNodes)
	p.ints("batch_id", q.BatchIDs)
	p.ints("file_id", q.FileIDs)
	p.strs("file_path", q.FilePaths)
	p.strs("sha256", q.SHA256s)
	p.strs("workspace", q.Workspaces)
	p.flag("is_deleted", q.IsDeleted)
	p.strs("order", q.Order)
	return each[api.File](ctx, c, v6("files"), url.Values(p), q.Limit)
}

// File returns one file with its metadata, also when it is deleted.
func (c *Client) File(ctx context.Context, id int64) (api.FileDetail, error) {
	return get[api.FileDetail](ctx, c, v6("files", id), nil)
}

// UploadFile sends body, from where it stands to its end, as the new content of
// (u.Workspace, u.Path). The bytes are streamed; body is rewound for a retry.
func (c *Client) UploadFile(ctx context.Context, u api.FileUpload, body io.ReadSeeker) (api.FileDetail, error) {
	form, err := newUpload(u, body)
	if err != nil {
		return api.FileDetail{}, err
	}
	k := create(v6("files"), form)
	k.stream = true
	v, _, err := send[api.FileDetail](ctx, c, k)
	return v, err
}

// PurgeFile deletes a source file (contract 1.5 purge-source).
func (c *Client) PurgeFile(ctx context.Context, id int64) error {
	return exec(ctx, c, call{
		method: http.MethodPost,
		path:   v6("files", "purge-source"),
		body:   map[string]int64{"file_id": id},
	})
}

// FileContent opens the bytes of a file. The caller closes it.
func (c *Client) FileContent(ctx context.Context, id int64) (io.ReadCloser, error) {
	resp, err := c.do(ctx, call{path: v6("files", id, "content"), stream: true, accept: "*/*"})
	if err != nil {
		return nil, err
	}
	return resp.Body, nil
}
