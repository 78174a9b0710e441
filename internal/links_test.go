package internal

import (
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var (
	link    = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	heading = regexp.MustCompile("(?m)^#+ (.*)$")
	anchor  = regexp.MustCompile(`<a id="([^"]+)">`)
	fenced  = regexp.MustCompile("(?ms)^ *```.*?^ *```$")
)

// TestLinksLeadSomewhere follows the links between the pages as a code host does, by files and their headings. The
// registries take the .md of a link away.
func TestLinksLeadSomewhere(t *testing.T) {
	t.Parallel()
	followed := 0
	walkTree(t, func(name string) {
		if !strings.HasSuffix(name, ".md") || strings.HasPrefix(name, "templates/") || strings.HasPrefix(name, ".changes/") {
			return
		}
		text := fenced.ReplaceAllString(string(mustRead(t, name)), "")
		for _, m := range link.FindAllStringSubmatch(text, -1) {
			file, part, _ := strings.Cut(m[1], "#")
			if strings.Contains(m[1], "://") || strings.HasPrefix(m[1], "mailto:") {
				continue
			}
			followed++
			to := name
			if file != "" {
				to = path.Join(path.Dir(name), file)
			}
			if _, err := os.Stat(filepath.Join(root, filepath.FromSlash(to))); err != nil {
				t.Errorf("%s: %s leads nowhere: %v", name, m[1], err)
			} else if part != "" && !hasPlace(string(mustRead(t, to)), part) {
				t.Errorf("%s: %s leads to no heading", name, m[1])
			}
		}
	})
	if followed < 250 {
		t.Errorf("found only %d links", followed)
	}
}

// hasPlace tells whether a page has an anchor, or a heading that a code host gives that name.
func hasPlace(page, name string) bool {
	for _, m := range anchor.FindAllStringSubmatch(page, -1) {
		if m[1] == name {
			return true
		}
	}
	for _, m := range heading.FindAllStringSubmatch(fenced.ReplaceAllString(page, ""), -1) {
		slug := regexp.MustCompile(`[^\p{L}\p{N} _-]`).ReplaceAllString(strings.ToLower(m[1]), "")
		if strings.ReplaceAll(slug, " ", "-") == name {
			return true
		}
	}
	return false
}
