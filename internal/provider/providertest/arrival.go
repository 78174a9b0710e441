package providertest

import (
	"encoding/json"
	"testing"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/servertest"
)

// FiltersOfArrivals has every filter of galley_strikes, galley_scans and galley_ingests.
const FiltersOfArrivals = `
data "galley_strikes" "named" {
  name    = ["inbox"]
  started = "PT1H"
  order   = ["-id"]
  limit   = 5
}
data "galley_strikes" "before" {
  ended = "PT1H"
}
data "galley_scans" "named" {
  name    = ["arch"]
  started = "PT1H"
  order   = ["-id"]
  limit   = 5
}
data "galley_scans" "before" {
  ended = "PT1H"
}
data "galley_ingests" "some" {
  strike_id = [1]
  status    = ["INGESTED", "DUPLICATE"]
  file_name = "txt"
  started   = "PT1H"
  order     = ["-id"]
  limit     = 5
}
data "galley_ingests" "none" {
  scan_id = [1]
  ended   = "PT1H"
}
`

// MustArrive makes a strike and a scan over the workspace "default".
func MustArrive(t testing.TB, s *servertest.Server) (api.StrikeDetail, api.ScanDetail) {
	t.Helper()
	strike, err := s.Client.CreateStrike(t.Context(), api.StrikeCreate{Title: "Inbox", Configuration: json.RawMessage(
		`{"workspace": "default", "monitor": {"type": "dir-watcher"}, "files_to_ingest": [{"filename_regex": ".*"}]}`)})
	if err != nil {
		t.Fatal(err)
	}
	scan, err := s.Client.CreateScan(t.Context(), api.ScanCreate{Title: "Archive", Configuration: json.RawMessage(
		`{"workspace": "default", "scanner": {"type": "dir"}, "files_to_ingest": [{"filename_regex": ".*"}]}`)})
	if err != nil {
		t.Fatal(err)
	}
	return strike, scan
}
