package recipe

import "testing"

func TestStatusSumsUpTheCounters(t *testing.T) {
	t.Parallel()
	jobs := func(total, blocked, queued, running, failed, completed, canceled int) JobCounts {
		return JobCounts{
			Total: total, Blocked: blocked, Queued: queued, Running: running,
			Failed: failed, Completed: completed, Canceled: canceled,
		}
	}
	tests := map[string]struct {
		completed bool
		counts    JobCounts
		want      JobStatus
		settled   bool
	}{
		"just created":               {want: Pending},
		"completed":                  {completed: true, counts: jobs(3, 0, 0, 0, 0, 3, 0), want: Completed, settled: true},
		"completed without any node": {completed: true, want: Completed, settled: true},
		"all queued":                 {counts: jobs(2, 0, 1, 0, 0, 0, 0), want: Pending},
		"one runs":                   {counts: jobs(2, 0, 0, 1, 0, 0, 0), want: Running},
		"one completed, one queued":  {counts: jobs(2, 0, 1, 0, 0, 1, 0), want: Running},
		"one completed, the next not yet created":  {counts: jobs(1, 0, 0, 0, 0, 1, 0), want: Running},
		"failed, another runs":                     {counts: jobs(3, 1, 0, 1, 1, 0, 0), want: Running},
		"failed, another queued":                   {counts: jobs(3, 1, 1, 0, 1, 0, 0), want: Running},
		"failed, another pending":                  {counts: jobs(2, 0, 0, 0, 1, 0, 0), want: Running},
		"failed, the rest blocked":                 {counts: jobs(3, 2, 0, 0, 1, 0, 0), want: Failed, settled: true},
		"failed and canceled":                      {counts: jobs(3, 1, 0, 0, 1, 0, 1), want: Failed, settled: true},
		"failed after others completed":            {counts: jobs(2, 0, 0, 0, 1, 1, 0), want: Failed, settled: true},
		"canceled":                                 {counts: jobs(2, 1, 0, 0, 0, 0, 1), want: Canceled, settled: true},
		"only blocked":                             {counts: jobs(2, 1, 0, 0, 0, 1, 0), want: Blocked, settled: true},
		"a status that nobody counts is pending":   {counts: jobs(1, 0, 0, 0, 0, 0, 0), want: Pending},
		"failed beside a status that nobody knows": {counts: jobs(2, 0, 0, 0, 1, 0, 0), want: Running},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := tt.counts.Status(tt.completed)
			if got != tt.want {
				t.Errorf("status = %s, want %s", got, tt.want)
			}
			if got.IsSettled() != tt.settled {
				t.Errorf("settled = %t, want %t", got.IsSettled(), tt.settled)
			}
		})
	}
}
