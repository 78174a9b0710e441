package file

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"os"

	"github.com/hashicorp/terraform-plugin-framework/path"
)

// fileBytes are the opened bytes of a source file with their digest, which was
// taken before and leaves them at the start.
type fileBytes struct {
	io.ReadSeeker
	close  func() error
	size   int64
	sha256 string // hex
}

// bytesKnown reports whether the configuration of the bytes is known.
func (m sourceFileModel) bytesKnown() bool {
	return !m.Source.IsUnknown() && !m.Content.IsUnknown() && !m.ContentBase64.IsUnknown()
}

// bytesAttribute is the attribute that gives the bytes.
func (m sourceFileModel) bytesAttribute() path.Path {
	switch {
	case !m.Content.IsNull():
		return path.Root("content")
	case !m.ContentBase64.IsNull():
		return path.Root("content_base64")
	}
	return path.Root("source")
}

// open reads the bytes once for their digest and returns them rewound. The caller
// closes them.
func (m sourceFileModel) open() (*fileBytes, error) {
	b := &fileBytes{close: func() error { return nil }}
	switch {
	case !m.Content.IsNull():
		b.ReadSeeker = bytes.NewReader([]byte(m.Content.ValueString()))
	case !m.ContentBase64.IsNull():
		raw, err := base64.StdEncoding.DecodeString(m.ContentBase64.ValueString())
		if err != nil {
			return nil, fmt.Errorf("decoding base64: %w", err)
		}
		b.ReadSeeker = bytes.NewReader(raw)
	default:
		f, err := os.Open(m.Source.ValueString())
		if err != nil {
			return nil, fmt.Errorf("opening source: %w", err)
		}
		b.ReadSeeker, b.close = f, f.Close
	}
	h := sha256.New()
	n, err := io.Copy(h, b)
	if err == nil {
		_, err = b.Seek(0, io.SeekStart)
	}
	if err != nil {
		_ = b.close()
		return nil, fmt.Errorf("reading source: %w", err)
	}
	b.size, b.sha256 = n, hex.EncodeToString(h.Sum(nil))
	return b, nil
}
