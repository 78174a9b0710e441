package workspace

import (
	"errors"
	"fmt"
	"path"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	maxFilePath     = 1000 // bytes
	maxFilePathPart = 255  // bytes; what file systems take
	// HiddenPrefix starts the names of files that a backend has not completed yet.
	HiddenPrefix = ".galley-"
	// SideCarSuffix, behind the name of a file that a job made, is the name of the file
	// with its metadata (Seed 1.0.0).
	SideCarSuffix = ".metadata.json"
	maxFileName   = maxFilePathPart - len(SideCarSuffix)
)

// CheckFilePath accepts the path of a file within a workspace, or within the outputs of a
// job: relative, separated by slashes, without anything that could lead or seem to lead
// elsewhere, and with room for a side-car beside the file. The error is a sentence for
// who wrote the path; bytes that cannot be shown are escaped in it.
func CheckFilePath(p string) error {
	switch {
	case p == "":
		return errors.New("the file path is empty; give a relative path such as scenes/a.tif")
	case len(p) > maxFilePath:
		return fmt.Errorf("the file path has %d bytes; at most %d are allowed", len(p), maxFilePath)
	case !utf8.ValidString(p):
		return fmt.Errorf("the file path %q is not valid UTF-8", p)
	case strings.HasPrefix(p, "/"):
		return fmt.Errorf("the file path %q is absolute; give it relative to the workspace", p)
	case strings.Contains(p, `\`):
		return fmt.Errorf("the file path %q contains a backslash; separate folders with /", p)
	case strings.ContainsFunc(p, unicode.IsControl):
		return fmt.Errorf("the file path %q contains a control character", p)
	}
	if name := path.Base(p); len(name) > maxFileName && len(name) <= maxFilePathPart {
		return fmt.Errorf("the file name has %d bytes; at most %d are allowed, so that %s fits behind it",
			len(name), maxFileName, SideCarSuffix)
	}
	for segment := range strings.SplitSeq(p, "/") {
		switch {
		case segment == "":
			return fmt.Errorf("the file path %q has an empty part; write a single / between names and none at the end", p)
		case segment == "." || segment == "..":
			return fmt.Errorf("the file path %q contains %q; it must not leave or repeat a folder", p, segment)
		case len(segment) > maxFilePathPart:
			return fmt.Errorf("the file path has a part of %d bytes; at most %d are allowed", len(segment), maxFilePathPart)
		case strings.HasPrefix(segment, HiddenPrefix):
			return fmt.Errorf("the file path %q has a part that starts with %s, which is reserved", p, HiddenPrefix)
		}
	}
	return nil
}
