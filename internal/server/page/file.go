package page

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
)

const (
	listSize   = 50
	maxPreview = 64 << 10 // bytes of a file that its page shows
)

// A pager leads through the pages of a list.
type pager struct {
	Total, From, To int
	Previous, Next  string
}

// pagerOf is that of a list of the API, which the parameter page of the URL leads through.
func (v *visit) pagerOf(total, shown int) pager {
	n := v.pageNumber()
	p := pager{Total: total, From: (n-1)*listSize + 1, To: (n-1)*listSize + shown}
	if n > 1 {
		p.Previous = frame{v: v}.Keep("page", strconv.Itoa(n-1))
	}
	if p.To < total {
		p.Next = frame{v: v}.Keep("page", strconv.Itoa(n+1))
	}
	return p
}

func (v *visit) pageNumber() int {
	n, err := strconv.Atoi(v.query().Get("page"))
	if err != nil || n < 1 {
		return 1
	}
	return n
}

// listing is the query of a list of the API: the filters of this page that it knows, by the
// same names, and which part of it is wanted.
func (v *visit) listing(order string, names ...string) url.Values {
	out := url.Values{"page_size": {strconv.Itoa(listSize)}, "page": {strconv.Itoa(v.pageNumber())}, "order": {order}}
	for _, name := range names {
		for _, value := range v.query()[name] {
			if value != "" {
				out.Add(name, value)
			}
		}
	}
	return out
}

// filesByID are files that who looks may see.
func (v *visit) filesByID(ctx context.Context, ids []int64) (map[int64]api.File, error) {
	out := map[int64]api.File{}
	if len(ids) == 0 {
		return out, nil
	}
	const most = 200
	q := url.Values{"page_size": {strconv.Itoa(most)}}
	for _, id := range ids[:min(len(ids), most)] {
		q.Add("file_id", strconv.FormatInt(id, 10))
	}
	var files api.Page[api.File]
	if err := v.call.get(ctx, "/v6/files/", q, &files); err != nil {
		return nil, err
	}
	for _, f := range files.Results {
		out[f.ID] = f
	}
	return out, nil
}

type filesView struct {
	Files  []api.File
	Pager  pager
	Search string
	Type   string
}

func (p *Page) files(ctx context.Context, v *visit) (*sheet, error) {
	var files api.Page[api.File]
	if err := v.call.get(ctx, "/v6/files/", v.listing("-id", "file_name_search", "file_type", "workspace", "recipe_id", "job_type_name", "media_type"), &files); err != nil {
		return nil, err
	}
	d := filesView{files.Results, v.pagerOf(files.Count, len(files.Results)), v.query().Get("file_name_search"), v.query().Get("file_type")}
	return &sheet{template: "files", title: "Files", section: "files", data: d}, nil
}

type fileView struct {
	File    api.FileDetail
	Meta    string
	Preview string
	Cut     bool // the preview is not the whole file
	Used    []use
	Made    []given // what the job had as input that made it
}

// A use is a job or a recipe that took a file in.
type use struct {
	Recipe, Job int64
	Name, Node  string
	State       string
	At          moment
}

func (p *Page) file(ctx context.Context, v *visit) (*sheet, error) {
	id, err := v.id()
	if err != nil {
		return nil, err
	}
	var d fileView
	if err := v.call.get(ctx, fmt.Sprintf("/v6/files/%d/", id), nil, &d.File); err != nil {
		return nil, err
	}
	if len(d.File.MetaData) > 0 {
		raw, err := json.Marshal(d.File.MetaData)
		if err != nil {
			return nil, err
		}
		d.Meta = pretty(raw)
	}
	if d.Preview, d.Cut, err = v.preview(ctx, d.File); err != nil {
		return nil, err
	}
	if d.File.Job != nil {
		var job api.JobDetail
		if err := v.call.get(ctx, fmt.Sprintf("/v6/jobs/%d/", d.File.Job.ID), nil, &job); err == nil {
			if d.Made, err = v.inputsOf(ctx, job.Input); err != nil {
				return nil, err
			}
		}
	}
	if d.Used, err = v.usesOf(ctx, d.File); err != nil {
		return nil, err
	}
	return &sheet{template: "file", title: d.File.FileName, section: "files", data: d}, nil
}

// preview is the beginning of a file that is text.
func (v *visit) preview(ctx context.Context, f api.FileDetail) (text string, cut bool, err error) {
	kind := strings.ToLower(f.MediaType)
	isText := strings.HasPrefix(kind, "text/") || strings.Contains(kind, "json") || strings.Contains(kind, "xml") || strings.Contains(kind, "yaml")
	if f.IsDeleted || !isText || f.FileSize == 0 {
		return "", false, nil
	}
	r, err := v.call.request(ctx, http.MethodGet, fmt.Sprintf("/v6/files/%d/content/", f.ID), http.NoBody)
	if err != nil {
		return "", false, err
	}
	r.Header.Set("Range", fmt.Sprintf("bytes=0-%d", maxPreview-1))
	w := &kept{header: http.Header{}}
	v.page.API.ServeHTTP(w, r)
	if w.status >= http.StatusBadRequest {
		return "", false, nil // the bytes are gone, which the page of the file need not fail for
	}
	raw, err := io.ReadAll(io.LimitReader(&w.body, maxPreview))
	if err != nil {
		return "", false, err
	}
	cut = f.FileSize > maxPreview
	for i := 0; cut && i < utf8.UTFMax && !utf8.Valid(raw); i++ {
		raw = raw[:len(raw)-1] // of a letter that is cut
	}
	if !utf8.Valid(raw) {
		return "", false, nil
	}
	if strings.Contains(kind, "json") && !cut {
		return pretty(raw), false, nil
	}
	return string(raw), cut, nil
}

// usesOf is what took a file in: recipes whose input it is, and jobs of the recipe that it
// was made in.
func (v *visit) usesOf(ctx context.Context, f api.FileDetail) ([]use, error) {
	rows, err := v.page.Store.RecipesOfInputFile(ctx, f.ID, listSize)
	if err != nil {
		return nil, err
	}
	ids := make([]string, len(rows))
	for i, id := range rows {
		ids[i] = strconv.FormatInt(id, 10)
	}
	var out []use
	if len(ids) > 0 {
		recipes, err := all[api.Recipe](ctx, v.call, "/v6/recipes/", url.Values{"recipe_id": ids, "order": {"-id"}})
		if err != nil {
			return nil, err
		}
		for _, r := range recipes.Results {
			out = append(out, use{Recipe: r.ID, Name: r.RecipeType.Name, State: string(r.Status(r.IsCompleted)), At: v.at(r.Created)})
		}
	}
	if f.Recipe == nil {
		return out, nil
	}
	jobs, _, err := v.page.Store.Jobs(ctx, store.JobFilter{RecipeIDs: []int64{f.Recipe.ID}})
	if err != nil {
		return nil, err
	}
	for _, j := range jobs {
		if takes(j.Input, f.ID) {
			out = append(out, use{Recipe: f.Recipe.ID, Job: j.ID, Name: j.RecipeNode, Node: j.RecipeNode, State: j.Status, At: v.at(j.Queued)})
		}
	}
	return out, nil
}

func takes(input store.JSON, file int64) bool {
	var data recipe.Data
	if len(input) == 0 || json.Unmarshal(input, &data) != nil {
		return false
	}
	for _, ids := range data.Files {
		if slices.Contains(ids, file) {
			return true
		}
	}
	return false
}

// fileContent is the bytes of a file, as the API gives them: to keep, not to be shown here.
func (p *Page) fileContent(w http.ResponseWriter, r *http.Request) {
	v, ok := p.enter(w, r)
	if !ok {
		return
	}
	id, err := v.id()
	if err != nil {
		p.render(w, v, p.trouble(v, err))
		return
	}
	p.pass(bytesOnly{w}, v, fmt.Sprintf("/v6/files/%d/content/", id))
}

// bytesOnly gives bytes without saying what they are. They come from where the page comes from, so a
// browser that was brought to ask for them as a script or a style sheet would take them for one of the
// page's own; it does not with this type, since it may not guess (nosniff).
type bytesOnly struct{ http.ResponseWriter }

func (w bytesOnly) WriteHeader(status int) {
	w.hide()
	w.ResponseWriter.WriteHeader(status)
}

func (w bytesOnly) Write(b []byte) (int, error) {
	w.hide() // of use before the first bytes only, which may come without WriteHeader
	return w.ResponseWriter.Write(b)
}

func (w bytesOnly) hide() {
	if h := w.Header(); h.Get("Content-Disposition") != "" { // not an error
		h.Set("Content-Type", "application/octet-stream")
	}
}

func (w bytesOnly) Unwrap() http.ResponseWriter { return w.ResponseWriter }
