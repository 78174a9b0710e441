package recipe

import (
	"fmt"
	"regexp"
)

var imageTag = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$`)

// CheckImageTag accepts what may follow the colon in the name of an image.
func CheckImageTag(tag string) error {
	if !imageTag.MatchString(tag) {
		return fmt.Errorf("found %q, expected the tag of an image such as 1.4.0: letters, digits, '_', '.' and '-', at most 128", Shorten(tag))
	}
	return nil
}
