package recipe

import (
	"errors"
	"fmt"
	"path"
	"strings"
	"unicode"
)

// CheckFolder accepts the folder of a workspace on the backend's machine: absolute, or
// relative to the backend's data folder, which it must not leave, whichever way its
// system separates folders. The error is a clause to follow the name of the member.
func CheckFolder(folder string) error {
	switch {
	case strings.TrimSpace(folder) == "":
		return errors.New(`found no text, expected a folder for the files, such as "scenes" or "/srv/scenes"`)
	case strings.ContainsFunc(folder, unicode.IsControl):
		return fmt.Errorf("the folder %q contains a control character", folder)
	}
	if clean := path.Clean(strings.ReplaceAll(folder, `\`, "/")); clean == ".." || strings.HasPrefix(clean, "../") {
		return fmt.Errorf(`the folder %q leaves the data folder of the backend; use an absolute path or one without ".."`, folder)
	}
	return nil
}
