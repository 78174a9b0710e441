package engine

import (
	"path"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	maxPath = 1000 // bytes
	// hiddenPrefix starts the names of files that are not there yet.
	hiddenPrefix = ".galley-"
)

// checkPath accepts the path of a file within a workspace: relative, separated by
// slashes, and without anything that could lead or seem to lead elsewhere.
func checkPath(p string) error {
	switch {
	case p == "":
		return errorf(Invalid, "The file path is empty; give a relative path such as scenes/a.tif")
	case len(p) > maxPath:
		return errorf(Invalid, "The file path has %d bytes; at most %d are allowed", len(p), maxPath)
	case !utf8.ValidString(p):
		return errorf(Invalid, "The file path %q is not valid UTF-8", p)
	case strings.HasPrefix(p, "/"):
		return errorf(Invalid, "The file path %q is absolute; give it relative to the workspace", p)
	case strings.Contains(p, `\`):
		return errorf(Invalid, "The file path %q contains a backslash; separate folders with /", p)
	case strings.ContainsFunc(p, unicode.IsControl):
		return errorf(Invalid, "The file path %q contains a control character", p)
	}
	for segment := range strings.SplitSeq(p, "/") {
		switch {
		case segment == "":
			return errorf(Invalid, "The file path %q has an empty part; write a single / between names and none at the end", p)
		case segment == "." || segment == "..":
			return errorf(Invalid, "The file path %q contains %q; it must not leave or repeat a folder", p, segment)
		case len(segment) > 255:
			return errorf(Invalid, "The file path has a part of %d bytes; at most 255 are allowed", len(segment))
		case strings.HasPrefix(segment, hiddenPrefix):
			return errorf(Invalid, "The file path %q has a part that starts with %s, which is reserved", p, hiddenPrefix)
		}
	}
	return nil
}

// hiddenName is where the bytes of the file at p lie until they are complete:
// beside it, under a name that no file can have.
func hiddenName(p string) string {
	return path.Join(path.Dir(p), hiddenPrefix+randomHex(24))
}
