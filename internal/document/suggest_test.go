package document_test

import (
	"strings"
	"testing"

	"github.com/recipe-galley/terraform-provider-galley/internal/document"
)

func TestDidYouMeanCountsEdits(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, give, is, want string }{
		{"a letter is missing", "calibate", "calibrate", "calibrate"},
		{"a letter is too much", "requiredd", "required", "required"},
		{"another letter", "dependancies", "dependencies", "dependencies"},
		{"an underscore is missing", "timezone", "time_zone", "time_zone"},
		{"two letters are swapped", "tpye", "type", "type"},
		{"the first two are swapped", "onde", "node", "node"},
		{"the last two are swapped", "cornx", "cronx", "cronx"},
		{"in a short word", "frmo", "from", "from"},
		{"two swaps in a short word", "rfmo", "from", ""},
		{"swapped and one more", "shceduel", "schedule", "schedule"},
		{"the case differs", "MERGE", "merge", "merge"},
		{"nothing is close", "publish", "merge", ""},
		{"no letters of other scripts are cut", "größr", "größe", "größe"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			want := ""
			if tt.want != "" {
				want = "; did you mean '" + tt.want + "'?"
			}
			if got := document.DidYouMean(tt.give, []string{tt.is}); got != want {
				t.Errorf("got %q, want %q", got, want)
			}
		})
	}
}

// TestEverySwapOfNeighboursIsFound holds for every word of three letters and more.
func TestEverySwapOfNeighboursIsFound(t *testing.T) {
	t.Parallel()
	words := []string{"cron", "interval", "time_zone", "expires", "max_runs", "definition", "media_types", "host_path"}
	for _, word := range words {
		for i := range len(word) - 1 {
			swapped := word[:i] + word[i+1:i+2] + word[i:i+1] + word[i+2:]
			if got := document.DidYouMean(swapped, words); !strings.Contains(got, "'"+word+"'") {
				t.Errorf("%s for %s: %q", swapped, word, got)
			}
		}
	}
}
