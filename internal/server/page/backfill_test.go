package page_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/servertest"
)

// sourceDates are those of all orders of the kitchen, sorted.
func sourceDates(t *testing.T, s *servertest.Server) (out []string) {
	t.Helper()
	list, err := s.Client.Orders(t.Context(), "Prod", api.OrderQuery{})
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range list.Orders {
		var asked struct {
			Schedule   string         `json:"schedule"`
			Parameters map[string]any `json:"parameters"`
		}
		if err := json.Unmarshal(o.InputSettings, &asked); err != nil {
			t.Fatal(err)
		}
		if date, isText := asked.Parameters["source_date"].(string); isText {
			out = append(out, date+" "+asked.Schedule)
			if asked.Parameters["mine"] != "<script>" {
				t.Errorf("the order of %s has the parameters %v", date, asked.Parameters)
			}
		}
	}
	slices.Sort(out)
	return out
}

func TestBackfillOfARangeOfDates(t *testing.T) {
	t.Parallel()
	s := newServer(t, servertest.Options{})
	hid := newOrder(t, s)
	b := as(t, s, "olga", "operator")
	page := "/ui/orders/" + hid + "/backfill"
	b.mustHave("/ui/orders/"+hid, `href="`+page+`"`)
	b.mustHave(page, `type="date" name="from"`)
	path := page + "?from=2026-02-27&to=2026-03-01"
	form := formOf(b.mustHave(path, "Nothing has been changed yet.", "3 runs: one for each date from 2026-02-27 to 2026-03-01", "Start 3 runs of hello / nightly"))
	if have := sourceDates(t, s); len(have) > 0 {
		t.Fatalf("asking has made orders: %v", have)
	}
	for range 2 { // a form that is sent twice
		if got := b.post(path, form); got.status != http.StatusSeeOther {
			t.Fatalf("got %d\n%s", got.status, got.body)
		}
	}
	want := []string{"2026-02-27 now", "2026-02-28 now", "2026-03-01 now"}
	if have := sourceDates(t, s); !slices.Equal(have, want) {
		t.Errorf("got the orders %v, want %v", have, want)
	}
	form.Del("form")
	form.Set("once", strings.Repeat("x", 26))
	if got := b.post(path, form); got.status < 400 {
		t.Errorf("without the token of the form: got %d", got.status)
	}
	for query, want := range map[string]string{"?from=2026-03-02&to=2026-03-01": "comes first", "?from=x&to=2026-03-01": "expected two such as", "?from=2020-01-01&to=2026-03-01": "at most 100"} {
		if got := b.get(page + query); got.status != http.StatusUnprocessableEntity || !strings.Contains(got.body, want) {
			t.Errorf("%s: got %d without %q", query, got.status, want)
		}
	}
	viewer := as(t, s, "vera", "viewer")
	if got := viewer.get(path); got.status != http.StatusForbidden {
		t.Errorf("a viewer: got %d", got.status)
	}
	if have := sourceDates(t, s); !slices.Equal(have, want) {
		t.Errorf("afterwards there are the orders %v, want %v", have, want)
	}
}
