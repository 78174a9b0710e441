package order_test

import (
	"archive/zip"
	"bytes"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/order"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/providertest"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/servertest"
)

// mustExport signs in to the web page and unpacks what it gives to keep into a folder.
func mustExport(t *testing.T, s *servertest.Server, path, folder string) {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	browser := &http.Client{Jar: jar}
	read := func(method, path string, form url.Values) []byte {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), method, s.URL+path, strings.NewReader(form.Encode()))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Accept", "text/html")
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		resp, err := browser.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = resp.Body.Close() }()
		raw, err := io.ReadAll(resp.Body)
		if err != nil || resp.StatusCode != http.StatusOK {
			t.Fatalf("%s %s: %d %v\n%s", method, path, resp.StatusCode, err, raw)
		}
		return raw
	}
	form := url.Values{"username": {s.Username}, "password": {s.Password}}
	for _, hidden := range regexp.MustCompile(`<input type="hidden" name="([a-z]+)" value="([^"]*)">`).FindAllSubmatch(read(http.MethodGet, "/ui/sign-in", nil), -1) {
		form.Set(string(hidden[1]), string(hidden[2]))
	}
	read(http.MethodPost, "/ui/sign-in", form)
	raw := read(http.MethodGet, path, nil)
	archive, err := zip.NewReader(bytes.NewReader(raw), int64(len(raw)))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range archive.File {
		in, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(in)
		if err == nil {
			err = os.WriteFile(filepath.Join(folder, filepath.Base(f.Name)), text, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%s\n%s", f.Name, text)
	}
}

// What was made by hand moves into Terraform by the web page: its export is imported, and nothing changes.
func TestAccWhatThePageExportsIsImportedWithoutAChange(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{})
	providertest.MustOffer(t, s, `{"once": {}, "nightly": {"schedule-setting": "nightly", "description": "at ${night}", "max-duration": "PT2H", "overlap": "skip",
		"configuration": {"priority": 7, "settings": {"GALLEY_SIMULATE_DURATION": "1s"}}}}`)
	if _, err := s.Client.CreateKitchen(t.Context(), "production", "below, really", api.KitchenCreate{Description: "tests"}); err != nil {
		t.Fatal(err)
	}
	providertest.EditKitchen(t, s, "production", func(k *api.Kitchen) {
		k.Overrides = []byte(`{"bands": {"red": 5}, "deep": [1, "two", null]}`)
		k.Settings.Alerts.Error = []string{"on-call@galley.example", "https://hooks.galley.example/secret"}
	})
	for kitchen, asked := range map[string]api.OrderCreate{
		"production": {},
		"below, really": {Parameters: []byte(`{"bands": {"red": 4}, "tag": "$${x}", "source_date": "2026-03-01", "alert_destinations": ["a@galley.example"]}`), Schedule: "0 6 * * MON", TimeZone: "Europe/Paris",
			MaxRuns: 9, Overlap: string(order.OverlapSkip), CatchUp: string(order.CatchUpLast), Paused: true},
	} {
		if _, err := s.Client.CreateOrder(t.Context(), kitchen, "ndvi", "nightly", asked); err != nil {
			t.Fatal(err)
		}
	}
	for path, want := range map[string]string{
		// workspaces, a job type, a recipe type, two kitchens, a recipe of one, an order of each
		"/ui/export.zip":                            "to import, 0 to add, 0 to change, 0 to destroy.",
		"/ui/types/one/export.zip":                  "Plan: 3 to import, 0 to add, 0 to change, 0 to destroy.",
		"/ui/kitchens/below%2C%20really/export.zip": "Plan: 7 to import, 0 to add, 0 to change, 0 to destroy.",
	} {
		c := providertest.NewCLI(t, "")
		if err := os.WriteFile(filepath.Join(c.Dir, "main.tf"), []byte(providertest.ProviderBlock(s)), 0o600); err != nil {
			t.Fatal(err)
		}
		mustExport(t, s, path, c.Dir)
		if out := c.MustRun(t, "apply", "-auto-approve"); !providertest.Words(want).MatchString(out) {
			t.Errorf("%s: the plan of the import changes something:\n%s", path, out)
		}
		c.MustRun(t, "plan", "-detailed-exitcode")
	}
}
