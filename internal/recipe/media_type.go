package recipe

import (
	"fmt"
	"mime"
	"strings"
)

// CheckMediaType accepts a media type such as image/tiff, with parameters or without
// (RFC 6838, RFC 2045). The error is a clause that begins with what was found.
func CheckMediaType(text string) error {
	name, _, err := mime.ParseMediaType(text)
	kind, sub, _ := strings.Cut(name, "/")
	if err != nil || kind == "" || sub == "" {
		return fmt.Errorf("found %q, expected a media type such as image/tiff", text)
	}
	return nil
}
