package plan

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/client"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/providertest"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/servertest"
)

// TestAccARefreshOfManyNeedsFewRequests counts the requests of real plans.
func TestAccARefreshOfManyNeedsFewRequests(t *testing.T) {
	t.Parallel()
	var r servertest.Faults
	s := servertest.New(t, servertest.Options{Middleware: r.Middleware})
	const n = 30
	tf := providertest.NewCLI(t, providertest.ProviderBlock(s)+fmt.Sprintf(`
resource "galley_job_type" "test" {
  count    = %d
  manifest = replace(%q, "Calibrate", "calibrate-${count.index}")

  configuration = { output_workspaces = { default = "default" } }
}
resource "galley_recipe_type" "test" {
  count = %[1]d
  title = "Type ${count.index}"
  definition = {
    input = { files = { scene = {} } }
    nodes = {
      a = {
        job   = { name = galley_job_type.test[count.index].name, version = galley_job_type.test[count.index].version, revision = galley_job_type.test[count.index].revision_num }
        input = { scene = { recipe_input = "scene" } }
      }
    }
  }
}
`, n, strings.ReplaceAll(providertest.Manifest, "${", "$${")))
	run := func(wantCode int, args ...string) string {
		t.Helper()
		out, err := tf.Command(t, args...).CombinedOutput()
		code := 0
		if e, ok := errors.AsType[*exec.ExitError](err); ok {
			code, err = e.ExitCode(), nil
		}
		if err != nil || code != wantCode {
			t.Fatalf("%v: %v, code %d, want %d\n%s", args, err, code, wantCode, out)
		}
		return string(out)
	}
	claims := 0
	total := func() (sum int) {
		for request, times := range r.Requests() {
			if request == "POST /v6/origins/claim/" { // once in the life of a thing
				claims += times
				continue
			}
			sum += times
		}
		return sum
	}
	run(0, "apply", "-auto-approve")
	total()
	run(0, "plan", "-detailed-exitcode")
	const most = 2 + 2*(readAlone+1) // a login; each kind one by one, and its list; what counts as lost
	if got := total(); got > most {
		t.Errorf("a plan without changes of %d resources took %d requests, want at most %d", 2*n, got, most)
	}

	another := s.NewClient(t, client.Config{Token: s.Token, Origin: client.Origin{Session: "another"}})
	servertest.Eventually(t, time.Minute, func() error {
		lost, err := another.Origins(t.Context(), client.OriginQuery{IsLost: true})
		if err == nil && len(lost) > 0 {
			err = fmt.Errorf("%d things of the state count as lost", len(lost))
		}
		return err
	})
	if total(); claims == 0 || claims > n {
		t.Errorf("what the state has was claimed by %d requests, want one for many", claims)
	}

	// What somebody else changes is seen, whichever resource it is.
	for i := range n {
		if _, err := s.Client.EditRecipeType(t.Context(), fmt.Sprintf("type-%d", i), api.RecipeTypeEdit{Description: new("theirs")}); err != nil {
			t.Fatal(err)
		}
	}
	_, err := s.Client.EditJobType(t.Context(), "calibrate-7", "1.2.0", api.JobTypeEdit{IsPaused: new(true)})
	if err != nil {
		t.Fatal(err)
	}
	if out := run(2, "plan", "-detailed-exitcode"); !providertest.Words(fmt.Sprintf("Plan: 0 to add, %d to change, 0 to destroy.", n+1)).MatchString(out) {
		t.Errorf("the plan does not show the changes:\n%s", out)
	}
}

func TestAListConfirmsOnlyWhatItSays(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	c, err := client.New(client.Config{Endpoint: "http://127.0.0.1:1", Token: "x", MaxRetries: -1})
	if err != nil {
		t.Fatal(err)
	}
	write := func() {
		if err := c.PurgeFile(ctx, 1); err == nil {
			t.Error("there is a server")
		}
	}
	lists := 0
	server := map[string]int{"a": 1, "b": 2}
	l := listed[int]{client: c, list: func(context.Context) (map[string]int, error) {
		lists++
		out := map[string]int{}
		for name, v := range server {
			out[name] = v
		}
		return out, nil
	}}
	for range readAlone {
		if l.confirms(ctx, "a", 1) {
			t.Error("one of the first is confirmed")
		}
	}
	if lists > 0 {
		t.Error("a list is read for a few")
	}
	got := map[string]bool{
		"the same": l.confirms(ctx, "a", 1), "another value": l.confirms(ctx, "b", 1), "what is not there": l.confirms(ctx, "c", 0),
	}
	if diff := cmp.Diff(map[string]bool{"the same": true, "another value": false, "what is not there": false}, got); diff != "" {
		t.Errorf("confirmed (-want +got):\n%s", diff)
	}

	server["a"] = 3
	write()
	if l.confirms(ctx, "a", 1) {
		t.Error("what was before a write is confirmed after it")
	}
	for range readAlone {
		l.confirms(ctx, "b", 2)
	}
	if !l.confirms(ctx, "a", 3) || lists != 2 {
		t.Errorf("after a write there were %d lists, want 2, with the new value", lists)
	}
}

func TestAListThatFailsOrIsOutdatedConfirmsNothing(t *testing.T) {
	t.Parallel()
	c, err := client.New(client.Config{Endpoint: "http://127.0.0.1:1", Token: "x", MaxRetries: -1})
	if err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		list  func(context.Context) (map[string]int, error)
		lists int
	}{
		"it fails": {func(context.Context) (map[string]int, error) { return map[string]int{"a": 1}, errors.New("down") }, 1},
		"a write comes in between": {func(ctx context.Context) (map[string]int, error) {
			_ = c.PurgeFile(ctx, 1) // nobody is there; it counts all the same
			return map[string]int{"a": 1}, nil
		}, 2},
	} {
		t.Run(name, func(t *testing.T) { // not parallel: they share the client
			lists := 0
			l := listed[int]{client: c, list: func(ctx context.Context) (map[string]int, error) {
				lists++
				return tt.list(ctx)
			}}
			for range 2 * (readAlone + 1) {
				if l.confirms(t.Context(), "a", 1) {
					t.Error("it is confirmed")
				}
			}
			if lists != tt.lists {
				t.Errorf("%d lists, want %d", lists, tt.lists)
			}
		})
	}
	var none *Refresh
	if Confirms[int](t.Context(), none, "things", "a", 1, nil) {
		t.Error("without a client something is confirmed")
	}
}
