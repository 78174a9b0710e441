package server

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"regexp"
	"time"

	"github.com/recipe-galley/terraform-provider-galley/internal/server/catalog"
)

const (
	filePart     = "file"
	maxFields    = 1 << 20          // bytes of the fields before the file
	uploadIdle   = time.Minute      // how long an upload may stand still
	extendEvery  = 10 * time.Second // how often a moving upload gets more time
	maxFormParts = 1000
)

var goodSHA256 = regexp.MustCompile(`^[0-9a-fA-F]{64}$`)

// uploadFile is POST /v6/files/: a multipart form whose last part is the file. The
// bytes go straight to the workspace, whatever their number.
func (s *Server) uploadFile(ctx context.Context, r *request) (*answer, error) {
	r.Body = http.MaxBytesReader(r.w, r.Body, s.cfg.MaxUpload+maxFields)
	form, err := r.MultipartReader()
	if err != nil {
		return nil, errUnsupportedMedia(r.Header.Get("Content-Type"))
	}
	progress := &movingDeadline{control: http.NewResponseController(r.w)}
	defer progress.end()
	progress.extend()
	part, err := r.readFields(form)
	if err != nil {
		return nil, err
	}
	spec := r.fileSpec()
	spec.MaxBytes, spec.Key = s.cfg.MaxUpload, r.idempotencyKey()
	body := &uploadBody{part: part, form: form, progress: progress}
	spec.Body = body
	if r.err != nil {
		return nil, r.err
	}
	row, err := s.catalog.UploadFile(ctx, spec)
	if body.err != nil {
		return nil, body.err
	}
	if err != nil {
		return nil, err
	}
	detail, err := s.views.FileDetail(ctx, row)
	if err != nil {
		return nil, err
	}
	return createdOnce(detail, fmt.Sprintf("/v6/files/%d/", row.ID), spec.Key), nil
}

// readFields reads the form's fields into the parameters, up to the part with the file.
func (r *request) readFields(form *multipart.Reader) (*multipart.Part, error) {
	values := map[string][]string{}
	left := int64(maxFields)
	for range maxFormParts {
		part, err := form.NextPart()
		if errors.Is(err, io.EOF) {
			return nil, badRequest(`The form has no part %q with the bytes of the file: it must be the last part.`, filePart)
		}
		if err != nil {
			return nil, bodyError(err)
		}
		name := part.FormName()
		if name == filePart {
			body, err := formParams(values)
			r.params.body = body
			return part, err
		}
		raw, err := io.ReadAll(io.LimitReader(part, left+1))
		if err != nil {
			return nil, bodyError(err)
		}
		if left -= int64(len(raw)); left < 0 {
			return nil, problemf(http.StatusRequestEntityTooLarge, "The fields of the form have more than %d bytes.", maxFields)
		}
		values[name] = append(values[name], string(raw))
	}
	return nil, badRequest("The form has more than %d parts.", maxFormParts)
}

func (r *request) fileSpec() catalog.FileSpec {
	r.require("workspace", "file_path")
	started, ended := r.time("source_started"), r.time("source_ended")
	if started != nil && ended != nil && started.After(ended.Time) {
		r.fail(badRequest("Start time must come before end time"))
	}
	spec := catalog.FileSpec{
		Workspace: r.textOr("workspace", ""), Path: r.textOr("file_path", ""), MediaType: r.textOr("media_type", ""),
		DataTypes: r.strings("data_type_tags"), SHA256: r.textOr("sha256", ""),
	}
	spec.Sources.SourceStarted, spec.Sources.SourceEnded = started, ended
	spec.Sources.SourceSensorClass, spec.Sources.SourceSensor = r.text("source_sensor_class"), r.text("source_sensor")
	spec.Sources.SourceCollection, spec.Sources.SourceTask = r.text("source_collection"), r.text("source_task")
	if spec.SHA256 != "" && !goodSHA256.MatchString(spec.SHA256) {
		r.fail(badRequest(`Parameter must be 64 hexadecimal digits: "sha256"`))
	}
	return spec
}

// uploadBody is the part with the file. It ends well only if the form ends with it:
// a field behind it would have been overlooked. What went wrong stays in err, so that
// it is told apart from a failure of storing.
type uploadBody struct {
	part     *multipart.Part
	form     *multipart.Reader
	progress *movingDeadline
	err      error
}

// Read implements io.Reader.
func (b *uploadBody) Read(p []byte) (int, error) {
	n, err := b.part.Read(p)
	b.progress.extend()
	switch {
	case errors.Is(err, io.EOF):
		next, nextErr := b.form.NextPart()
		switch {
		case errors.Is(nextErr, io.EOF):
			return n, io.EOF
		case nextErr != nil:
			b.err = bodyError(nextErr)
		default:
			b.err = badRequest("The form has a part %q behind the file: the part %q must be the last.", next.FormName(), filePart)
		}
		return n, b.err
	case err != nil:
		b.err = bodyError(err)
		return n, b.err
	}
	return n, nil
}

// movingDeadline lets an upload take as long as it takes, but not stand still.
type movingDeadline struct {
	control *http.ResponseController
	last    time.Time
}

func (d *movingDeadline) extend() {
	if now := time.Now(); now.Sub(d.last) > extendEvery {
		d.last = now
		_ = d.control.SetReadDeadline(now.Add(uploadIdle)) // not every connection can
	}
}

func (d *movingDeadline) end() { _ = d.control.SetReadDeadline(time.Time{}) }
