package provider

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/recipe-galley/terraform-provider-galley/internal/provider/providertest"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/servertest"
)

// TestTheDriftTableIsComplete holds the table of the guide against the schemas, so that each argument is in it, and against
// the cases of TestAccDriftIsDetected, which see what it says is seen.
func TestTheDriftTableIsComplete(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../templates/guides/drift-detection.md")
	if err != nil {
		t.Fatal(err)
	}
	quoted := regexp.MustCompile("`([a-z_0-9]+)`")
	names := func(text string) (out []string) {
		for _, name := range quoted.FindAllStringSubmatch(text, -1) {
			out = append(out, name[1])
		}
		return out
	}
	detected := map[string][]string{}
	for _, cases := range []map[string]driftCase{driftCases(), orderDriftCases()} {
		for _, tt := range cases {
			resource := regexp.MustCompile(`resource "(\w+)" "test"`).FindStringSubmatch(tt.config)
			for _, change := range tt.changes {
				detected[resource[1]] = append(detected[resource[1]], strings.Fields(change.attributes)...)
			}
		}
	}
	p := providertest.NewProtocol(t, servertest.New(t, servertest.Options{}))
	for resource, schema := range p.Schemas.ResourceSchemas {
		row := regexp.MustCompile("(?m)^\\| `" + resource + "` \\|(.*)$").FindSubmatch(page)
		if row == nil {
			t.Errorf("the table of drift-detection.md has no %s", resource)
			continue
		}
		cells := strings.Split(string(row[1]), "|")
		listed := names(string(row[1]))
		var arguments []string
		for _, a := range schema.Block.Attributes {
			if a.Required || a.Optional {
				arguments = append(arguments, a.Name)
			}
		}
		for _, name := range arguments {
			if !slices.Contains(listed, name) {
				t.Errorf("drift-detection.md does not say whether %s.%s is seen", resource, name)
			}
		}
		seen, _, _ := strings.Cut(cells[0], "In the short form")
		for _, name := range names(seen) {
			if len(detected[resource]) > 0 && slices.Contains(arguments, name) && !slices.Contains(detected[resource], name) && name != "path" {
				t.Errorf("drift-detection.md says that %s.%s is seen, and no case of TestAccDriftIsDetected changes it", resource, name)
			}
		}
	}
}
