package ingest

import (
	"path"
	"strconv"
	"strings"
	"time"
)

// Folders of a watched workspace that a strike moves files into.
const (
	IngestingFolder = "ingesting" // what is whole
	DeferredFolder  = "deferred"  // what no rule is for
)

// WithoutSuffix is the name that a file has when it is whole, and whether it has that name
// already. The suffix is taken off once: the original takes off all letters that the suffix has.
func WithoutSuffix(name, suffix string) (whole string, isWhole bool) {
	whole, has := strings.CutSuffix(name, suffix)
	if suffix == "" || !has || whole == "" {
		return name, true
	}
	return whole, false
}

// Numbered is a name beside one that is taken: a.tif becomes a_1.tif. Number 0 is the name itself.
func Numbered(name string, number int64) string {
	if number == 0 {
		return name
	}
	ext := path.Ext(name)
	if ext == name { // such as .hidden
		ext = ""
	}
	return strings.TrimSuffix(name, ext) + "_" + strconv.FormatInt(number, 10) + ext
}

// Dated is where a file goes below a folder: in one for each day, by UTC.
func Dated(folder string, day time.Time, name string) string {
	return path.Join(folder, day.UTC().Format("2006/01/02"), name)
}
