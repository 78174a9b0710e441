package kit

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
)

// seen is a recipe with that many jobs in each state.
func seen(id int64, completed bool, n api.JobCounts) api.RecipeDetail {
	var d api.RecipeDetail
	d.ID, d.IsCompleted, d.JobCounts = id, completed, n
	return d
}

func TestRecipeWaitEndsWhenTheRecipeIsSettledOrTheTimeIsUp(t *testing.T) {
	t.Parallel()
	running := seen(7, false, api.JobCounts{JobsTotal: 1, JobsRunning: 1})
	done := seen(7, true, api.JobCounts{JobsTotal: 1, JobsCompleted: 1})
	down, gone := errors.New("connection refused"), &api.Error{Status: 404}
	type answer struct {
		recipe api.RecipeDetail
		err    error
	}
	tests := map[string]struct {
		answers []answer
		want    api.RecipeDetail
		wantErr error
	}{
		"completed at once":                 {answers: []answer{{recipe: done}}, want: done},
		"completed after a while":           {answers: []answer{{recipe: running}, {recipe: running}, {recipe: done}}, want: done},
		"a server that comes back":          {answers: []answer{{recipe: running}, {err: down}, {err: &api.Error{Status: 503}}, {recipe: done}}, want: done},
		"a recipe that is gone":             {answers: []answer{{recipe: running}, {err: gone}}, want: running, wantErr: gone},
		"time up while it runs":             {answers: []answer{{recipe: running}}, want: running, wantErr: context.DeadlineExceeded},
		"time up with the server away":      {answers: []answer{{recipe: running}, {err: down}}, want: running, wantErr: down},
		"time up before anything was heard": {answers: []answer{{err: down}}, wantErr: context.DeadlineExceeded},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			looks := 0
			w := RecipeWait{
				Look: func(context.Context) (api.RecipeDetail, error) {
					a := tt.answers[looks]
					looks++
					return a.recipe, a.err
				},
				Pause: func(_ context.Context, n int) error {
					if n != looks {
						t.Errorf("pause %d before look %d", n, looks)
					}
					if looks == len(tt.answers) {
						return context.DeadlineExceeded
					}
					return nil
				},
			}
			got, err := w.Run(t.Context())
			if !errors.Is(err, tt.wantErr) {
				t.Errorf("error = %v, want %v", err, tt.wantErr)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("recipe (-want +got):\n%s", diff)
			}
		})
	}
}

func TestPausesGrowAndStayBounded(t *testing.T) {
	t.Parallel()
	var got []time.Duration
	for _, n := range []int{0, 1, 2, 3, 4, 5, 6, 7, 100, 1 << 40} {
		got = append(got, pauseLength(n))
	}
	ms := time.Millisecond
	want := []time.Duration{250 * ms, 250 * ms, 500 * ms, 1000 * ms, 2000 * ms, 4000 * ms, 5000 * ms, 5000 * ms, 5000 * ms, 5000 * ms}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("pauses (-want +got):\n%s", diff)
	}
}

func TestPauseEndsWithItsContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := PauseBetweenLooks(ctx, 100); !errors.Is(err, context.Canceled) {
		t.Errorf("error = %v, want that of the context", err)
	}
}

func TestTimeoutTextSaysWhatTheJobsWereDoing(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		recipe api.RecipeDetail
		err    error
		want   []string
		not    string
	}{
		"running":     {recipe: seen(7, false, api.JobCounts{JobsTotal: 2, JobsRunning: 1, JobsQueued: 1}), want: []string{"1 running, 1 queued", "Jobs were still running"}, not: "workers"},
		"queued":      {recipe: seen(7, false, api.JobCounts{JobsTotal: 1, JobsQueued: 1}), want: []string{"is PENDING", "Jobs were still queued", "Are there workers"}},
		"nothing yet": {recipe: seen(7, false, api.JobCounts{}), want: []string{"0 of 0 jobs completed", "No job was queued or running yet"}},
		"never seen":  {want: []string{"Nothing could be learned about it within 5s"}, not: "completed"},
		"server is down": {
			recipe: seen(7, false, api.JobCounts{JobsTotal: 1, JobsRunning: 1}),
			err:    errors.Join(context.DeadlineExceeded, errors.New("connection refused")),
			want:   []string{"The backend could not be read at last: Connection refused."}, not: "deadline",
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if tt.err == nil {
				tt.err = context.DeadlineExceeded
			}
			got := TimeoutText(tt.recipe, 5*time.Second, tt.err)
			for _, want := range tt.want {
				if !strings.Contains(got, want) {
					t.Errorf("text = %q, want %q in it", got, want)
				}
			}
			if tt.not != "" && strings.Contains(got, tt.not) {
				t.Errorf("text = %q, want no %q in it", got, tt.not)
			}
		})
	}
}
