package page_test

import (
	"archive/zip"
	"bytes"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/recipe-galley/terraform-provider-galley/internal/server/servertest"
)

// exported is the text of all files of an export.
func (b *browser) exported(path string) string {
	b.t.Helper()
	raw := b.mustGet(path)
	archive, err := zip.NewReader(bytes.NewReader([]byte(raw)), int64(len(raw)))
	if err != nil {
		b.t.Fatal(err)
	}
	var out strings.Builder
	for _, f := range archive.File {
		in, err := f.Open()
		if err != nil {
			b.t.Fatal(err)
		}
		if _, err := io.Copy(&out, in); err != nil {
			b.t.Fatal(err)
		}
	}
	return out.String()
}

// An export has what its reader may see, and of what is hidden from them it says so.
func TestExportsHaveWhatTheirReaderMaySee(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{KitchenRead: "staff"})
	for _, name := range []string{"open", "closed"} {
		send(t, s, http.MethodPut, "/v2/kitchen/create/None/"+name, `{}`)
	}
	send(t, s, http.MethodPost, "/v2/kitchen/update/open", `{"kitchen.json": {"name": "open", "recipeoverrides": {"region": "north"}, "secretoverrides": {"KEY": "hidden-value"},
		"settings": {"alerts": {"orderrunError": ["https://hooks.galley.example/known-to-few"]}}}}`)
	send(t, s, http.MethodPost, "/v2/kitchen/update/closed", `{"kitchen.json": {"name": "closed", "kitchen-staff": ["admin"]}}`)
	admin, viewer := asAdmin(t, s), as(t, s, "vera", "viewer")
	for _, c := range []struct {
		name        string
		text        string
		has, hasNot []string
	}{
		{"admin", admin.exported("/ui/export.zip"), []string{`"closed"`, "known-to-few", "KEY", "required_providers"}, []string{"hidden-value"}},
		{"viewer", viewer.exported("/ui/export.zip"), []string{`"open"`, "KEY", "ignore_changes = [alerts]"}, []string{"closed", "known-to-few", "hidden-value"}},
		{"viewer of one", viewer.exported("/ui/kitchens/open/export.zip"), []string{"galley_kitchen.open", "north"}, []string{"known-to-few"}},
	} {
		for _, want := range c.has {
			if !strings.Contains(c.text, want) {
				t.Errorf("%s: it lacks %q\n%s", c.name, want, c.text)
			}
		}
		for _, not := range c.hasNot {
			if strings.Contains(c.text, not) {
				t.Errorf("%s: it has %q\n%s", c.name, not, c.text)
			}
		}
	}
	for _, path := range []string{"/ui/kitchens/closed/export.zip", "/ui/types/nothing/export.zip"} {
		if got := viewer.get(path); got.status != http.StatusNotFound {
			t.Errorf("%s: got %d", path, got.status)
		}
	}
}
