package client

import (
	"bytes"
	"fmt"
	"io"
	"mime/multipart"
	"path"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
)

// upload is a multipart form around a file that is never in memory as a whole.
type upload struct {
	head, tail  []byte
	file        io.ReadSeeker
	start, size int64
	contentType string
}

func newUpload(u api.FileUpload, file io.ReadSeeker) (*upload, error) {
	start, err := file.Seek(0, io.SeekCurrent)
	if err != nil {
		return nil, fmt.Errorf("reading upload: %w", err)
	}
	end, err := file.Seek(0, io.SeekEnd)
	if err != nil {
		return nil, fmt.Errorf("reading upload: %w", err)
	}
	var buf bytes.Buffer
	w := multipart.NewWriter(&buf)
	for _, f := range uploadFields(u) {
		if err := w.WriteField(f[0], f[1]); err != nil {
			return nil, fmt.Errorf("writing form: %w", err)
		}
	}
	if _, err := w.CreateFormFile("file", path.Base(u.Path)); err != nil {
		return nil, fmt.Errorf("writing form: %w", err)
	}
	head := bytes.Clone(buf.Bytes())
	buf.Reset()
	if err := w.Close(); err != nil {
		return nil, fmt.Errorf("writing form: %w", err)
	}
	return &upload{
		head: head, tail: buf.Bytes(),
		file: file, start: start, size: end - start,
		contentType: w.FormDataContentType(),
	}, nil
}

// uploadFields are the form's fields, before the file so that the server knows
// where to put the bytes when they come.
func uploadFields(u api.FileUpload) [][2]string {
	var fields [][2]string
	add := func(name, value string) {
		if value != "" {
			fields = append(fields, [2]string{name, value})
		}
	}
	addTime := func(name string, t *api.Time) {
		if t != nil {
			add(name, t.String())
		}
	}
	addStr := func(name string, s *string) {
		if s != nil {
			add(name, *s)
		}
	}
	add("workspace", u.Workspace)
	add("file_path", u.Path)
	add("media_type", u.MediaType)
	for _, t := range u.DataTypes {
		add("data_type_tags", t)
	}
	add("sha256", u.SHA256)
	addTime("source_started", u.SourceStarted)
	addTime("source_ended", u.SourceEnded)
	addStr("source_sensor_class", u.SourceSensorClass)
	addStr("source_sensor", u.SourceSensor)
	addStr("source_collection", u.SourceCollection)
	addStr("source_task", u.SourceTask)
	return fields
}

// open returns the form from its start.
func (u *upload) open() (io.Reader, error) {
	if _, err := u.file.Seek(u.start, io.SeekStart); err != nil {
		return nil, fmt.Errorf("rewinding upload: %w", err)
	}
	return &sizedReader{
		Reader: io.MultiReader(bytes.NewReader(u.head), io.LimitReader(u.file, u.size), bytes.NewReader(u.tail)),
		size:   len(u.head) + int(u.size) + len(u.tail),
	}, nil
}

// sizedReader tells retryablehttp the Content-Length.
type sizedReader struct {
	io.Reader
	size int
}

// Len implements retryablehttp.LenReader.
func (r *sizedReader) Len() int { return r.size }
