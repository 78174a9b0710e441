package plan

import (
	"strings"
	"testing"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
)

func TestOnExisting(t *testing.T) {
	t.Parallel()
	inactive := func(o *api.Origin) Existing { return Existing{IsSame: true, Origin: o, Origins: true} }
	active := func(o *api.Origin) Existing { return Existing{IsSame: true, Origin: o, Origins: true, IsActive: true} }
	own, lost, other := &api.Origin{IsOwn: true}, &api.Origin{IsOwn: true, IsLost: true}, &api.Origin{}
	for name, tt := range map[string]struct {
		existing         Existing
		own, adopt, fail bool
		why              string // of "own"
	}{
		"an inactive one of the same origin":             {existing: inactive(own), own: true, adopt: true},
		"an inactive one of others":                      {existing: inactive(other), adopt: true, why: `on_existing = "adopt" would do so`},
		"an inactive one of nobody knows whom":           {existing: inactive(nil), adopt: true, why: "nobody knows who has destroyed it"},
		"an inactive one of a backend without origins":   {existing: Existing{IsSame: true}, own: true, adopt: true},
		"an inactive one of another title":               {existing: Existing{Origin: own, Origins: true}, why: "it is another one"},
		"an active one that is lost":                     {existing: active(lost), own: true, adopt: true},
		"an active one of the same origin":               {existing: active(own)},
		"an active one of others":                        {existing: active(other)},
		"an active one of nobody knows whom":             {existing: active(nil)},
		"an active one of a backend without origins":     {existing: Existing{IsSame: true, IsActive: true}},
		"an active one that is lost, with another title": {existing: Existing{IsActive: true, Origin: lost, Origins: true}, why: "it is another one"},
		"an inactive one that was lost before it was so": {existing: inactive(lost), own: true, adopt: true},
	} {
		for word, want := range map[string]bool{OnExistingOwn: tt.own, OnExistingAdopt: tt.adopt, OnExistingFail: tt.fail} {
			ok, why := tt.existing.Takes(word)
			if ok != want || word == OnExistingOwn && (why == "") != (tt.why == "") || word == OnExistingOwn && !strings.Contains(why, tt.why) {
				t.Errorf("%s, %s: got %t, %q, want %t, %q", name, word, ok, why, want, tt.why)
			}
		}
	}
}

func TestWhoseText(t *testing.T) {
	t.Parallel()
	for want, o := range map[string]api.Origin{
		"It was made by ann at ":                                {Username: "ann", Action: "made"},
		"It was changed last by bob for acme/etl (run-abc) at ": {Username: "bob", Action: "changed", Origin: "acme/etl", Run: "run-abc"},
	} {
		if got := WhoseText(o); !strings.HasPrefix(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
