package store_test

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store/storetest"
)

func TestJobSummaries(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		failed := func(name, category string, changed int) store.Job {
			return store.Job{JobTypeID: w.jobType.ID, JobTypeRevID: w.jobTypeRevs[0].ID, EventID: w.event.ID, Status: "FAILED",
				ErrorName: name, ErrorTitle: "Title", ErrorCategory: category, Priority: 100 + changed, Created: day(changed),
				LastStatusChange: day(changed).Ptr(), LastModified: day(changed)}
		}
		old, late, other := failed("no-disk", "SYSTEM", 2), failed("no-disk", "SYSTEM", 6), failed("no-rows", "DATA", 4)
		gone := failed("no-disk", "SYSTEM", 1)
		gone.IsSuperseded = true
		mustInsert(t, s.Q, &old, &late, &other, &gone)

		noDisk := store.JobSummary{JobTypeID: w.jobType.ID, Status: "FAILED", ErrorName: "no-disk", ErrorTitle: "Title",
			ErrorCategory: "SYSTEM", Count: 2, Priority: 102, FirstCreated: day(2), FirstChanged: day(2).Ptr(), LastChanged: day(6).Ptr()}
		noRows := store.JobSummary{JobTypeID: w.jobType.ID, Status: "FAILED", ErrorName: "no-rows", ErrorTitle: "Title",
			ErrorCategory: "DATA", Count: 1, Priority: 104, FirstCreated: day(4), FirstChanged: day(4).Ptr(), LastChanged: day(4).Ptr()}
		lateOnly := noDisk
		lateOnly.Count, lateOnly.Priority, lateOnly.FirstCreated, lateOnly.FirstChanged = 1, 106, day(6), day(6).Ptr()
		for _, tt := range []struct {
			name   string
			filter store.JobSummaryFilter
			want   []store.JobSummary
		}{
			{"failed jobs are counted by error", store.JobSummaryFilter{ErrorCategories: []string{"SYSTEM", "DATA"}},
				[]store.JobSummary{noDisk, noRows}},
			{"by category", store.JobSummaryFilter{ErrorCategories: []string{"DATA"}}, []store.JobSummary{noRows}},
			{"since a change", store.JobSummaryFilter{Statuses: []string{"FAILED"}, Since: day(5).Ptr()}, []store.JobSummary{lateOnly}},
			{"none", store.JobSummaryFilter{Statuses: []string{"LOST"}}, nil},
		} {
			got, err := s.JobSummaries(context.Background(), tt.filter)
			if err != nil {
				t.Fatalf("%s: %v", tt.name, err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", tt.name, diff)
			}
		}
	})
}
