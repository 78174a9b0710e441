package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/client"
)

type filesCmd struct {
	Ls  filesLsCmd  `cmd:"" help:"List files, newest first."`
	Get filesGetCmd `cmd:"" help:"Download a file."`
	Put filesPutCmd `cmd:"" help:"Upload a file."`
}

type filesLsCmd struct {
	listing
	Workspace string `help:"Only files of this workspace." placeholder:"NAME"`
	Name      string `help:"Only files with this text in their names." placeholder:"TEXT"`
	ID        int64  `name:"run" help:"Only files that this run has made." placeholder:"NUMBER"`
	Deleted   bool   `help:"Deleted files instead."`
	Limit     int    `short:"n" help:"At most so many; 0: all." default:"20"`
}

// Run is `galley files ls`.
func (l filesLsCmd) Run(ctx context.Context, p *program) error {
	c, err := p.client()
	if err != nil {
		return err
	}
	q := client.FileQuery{FileNameSearch: l.Name, IsDeleted: &l.Deleted, Order: []string{"-id"}, Limit: l.Limit}
	if l.Workspace != "" {
		q.Workspaces = []string{l.Workspace}
	}
	if l.ID != 0 {
		q.RecipeIDs = []int64{l.ID}
	}
	files, err := c.Files(ctx, q)
	if err != nil {
		return err
	}
	var rows [][]string
	for _, f := range files {
		rows = append(rows, []string{
			strconv.FormatInt(f.ID, 10), f.Workspace.Name + ":" + f.FilePath, f.MediaType, strconv.FormatInt(f.FileSize, 10), when(&f.Created),
		})
	}
	return l.print(p, orNone(files), []string{"FILE", "PLACE", "MEDIA TYPE", "BYTES", "CREATED"}, rows)
}

// findFile looks for a file by its id, or by its place, WORKSPACE:PATH.
func findFile(ctx context.Context, c *client.Client, name string) (api.File, error) {
	if id, err := strconv.ParseInt(name, 10, 64); err == nil {
		f, err := c.File(ctx, id)
		return f.File, err
	}
	workspace, at, isPlace := strings.Cut(name, ":")
	if !isPlace {
		return api.File{}, fmt.Errorf("found %q, expected the number of a file or its place, WORKSPACE:PATH", name)
	}
	isDeleted := false
	files, err := c.Files(ctx, client.FileQuery{Workspaces: []string{workspace}, FilePaths: []string{at}, IsDeleted: &isDeleted})
	if err != nil {
		return api.File{}, err
	}
	for _, f := range files { // another backend may not filter by place
		if f.Workspace.Name == workspace && f.FilePath == at {
			return f, nil
		}
	}
	return api.File{}, fmt.Errorf("there is no file %s; galley files ls --workspace %s lists what there is", name, workspace)
}

type filesGetCmd struct {
	File  string `arg:"" help:"Number of a file, or WORKSPACE:PATH."`
	To    string `arg:"" optional:"" help:"Where to write it; - is stdout. Default: a file of its name, here." type:"path"`
	Force bool   `short:"f" help:"Replace a file that exists."`
}

// Run is `galley files get`.
func (g filesGetCmd) Run(ctx context.Context, p *program) (err error) {
	c, err := p.client()
	if err != nil {
		return err
	}
	f, err := findFile(ctx, c, g.File)
	if err != nil {
		return err
	}
	if g.To == "-" {
		return g.print(ctx, p, c, f)
	}
	to := g.To
	if to == "" {
		if to = filepath.Base(filepath.FromSlash(f.FileName)); to != visible(to) || !filepath.IsLocal(to) {
			return fmt.Errorf("the file's name is %q: say where to write it", f.FileName)
		}
	}
	if _, err := os.Lstat(to); err == nil && !g.Force {
		return fmt.Errorf("%s exists: give another name, or --force to replace it", to)
	}
	// Beside, and moved into place: half a file is never found under its name.
	part, err := os.CreateTemp(filepath.Dir(to), ".galley-*")
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(part.Name()) }()
	if err := errors.Join(p.download(ctx, c, f, part), part.Chmod(0o644), part.Close()); err != nil {
		return err
	}
	if err := os.Rename(part.Name(), to); err != nil {
		return err
	}
	p.say("%s: %d bytes", to, f.FileSize)
	return nil
}

// print writes a file to stdout, where a terminal gets nothing that it would obey.
func (g filesGetCmd) print(ctx context.Context, p *program, c *client.Client, f api.File) error {
	if !p.outTerminal {
		return p.download(ctx, c, f, p.stdout)
	}
	var text strings.Builder
	if err := p.download(ctx, c, f, &text); err != nil {
		return err
	}
	return p.foreign(text.String())
}

// download copies the bytes of f, and compares them with what the backend says of them.
func (p *program) download(ctx context.Context, c *client.Client, f api.File, to io.Writer) error {
	body, err := c.FileContent(ctx, f.ID)
	if err != nil {
		return err
	}
	defer func() { _ = body.Close() }()
	sum := sha256.New()
	_, err = io.Copy(io.MultiWriter(to, sum), &metered{Reader: body, p: p, what: f.FileName, size: f.FileSize})
	if err != nil {
		return fmt.Errorf("downloading file %d: %w", f.ID, err)
	}
	if got := hex.EncodeToString(sum.Sum(nil)); f.SHA256 != "" && got != f.SHA256 {
		return fmt.Errorf("file %d has come with the SHA-256 %s, which the backend has as %s: try again", f.ID, got, f.SHA256)
	}
	return nil
}

type filesPutCmd struct {
	File      string   `arg:"" help:"The file." type:"existingfile"`
	To        string   `arg:"" help:"WORKSPACE:PATH; after WORKSPACE: alone, or a path that ends with /, comes the file's name."`
	MediaType string   `help:"Media type. Default: the backend goes by the name." placeholder:"TYPE"`
	DataType  []string `help:"Data type; may be given again." placeholder:"NAME"`
}

// Run is `galley files put`.
func (u filesPutCmd) Run(ctx context.Context, p *program) error {
	workspace, to, isPlace := strings.Cut(u.To, ":")
	if !isPlace || workspace == "" {
		return fmt.Errorf("found %q, expected where to put the file, WORKSPACE:PATH", u.To)
	}
	if to == "" || strings.HasSuffix(to, "/") {
		to = path.Join(to, filepath.Base(u.File))
	}
	c, err := p.client()
	if err != nil {
		return err
	}
	file, err := os.Open(u.File)
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }()
	sum := sha256.New()
	size, err := io.Copy(sum, file)
	if err == nil {
		_, err = file.Seek(0, io.SeekStart)
	}
	if err != nil {
		return fmt.Errorf("reading %s: %w", u.File, err)
	}
	upload := api.FileUpload{
		Workspace: workspace, Path: to, MediaType: u.MediaType, DataTypes: u.DataType, SHA256: hex.EncodeToString(sum.Sum(nil)),
	}
	f, err := c.UploadFile(ctx, upload, &metered{Reader: file, Seeker: file, p: p, what: u.File, size: size})
	if err != nil {
		return err
	}
	p.say("File %d: %s:%s, %d bytes", f.ID, f.Workspace.Name, f.FilePath, f.FileSize)
	return nil
}

// metered shows how much of something has been read.
type metered struct {
	io.Reader
	io.Seeker
	p          *program
	what       string
	size, read int64
	shown      int64 // per cent and one, so that 0 is shown, too
}

// Read implements io.Reader.
func (m *metered) Read(b []byte) (int, error) {
	n, err := m.Reader.Read(b)
	m.read += int64(n)
	if percent := m.read * 100 / max(m.size, 1); percent+1 != m.shown {
		m.shown = percent + 1
		m.p.progress("%s: %d%% of %d bytes", m.what, min(percent, 100), m.size)
	}
	return n, err
}

// Seek implements io.Seeker: a retry begins anew.
func (m *metered) Seek(offset int64, whence int) (int64, error) {
	m.read = 0
	return m.Seeker.Seek(offset, whence)
}
