package engine_test

import (
	"testing"
	"time"

	"github.com/recipe-galley/terraform-provider-galley/internal/server/engine"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/engine/enginetest"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store/storetest"
)

// claimedJob is a job whose only execution was claimed, of a recipe of one.
func claimedJob(t *testing.T, k *enginetest.Kitchen) (store.Job, engine.Claimed) {
	t.Helper()
	k.JobType(t, enginetest.JobSpec{Name: "work"})
	r := k.Recipe(t, k.RecipeType(t, "One", enginetest.Definition(`{}`, map[string]string{"a": enginetest.JobNode("work", nil, nil)})), `{}`)
	job := *k.Node(t, r.ID, "a").Job
	c, err := k.Engine.Claim(t.Context(), job.ID)
	if err != nil || c.ExeID() == 0 {
		t.Fatalf("claimed execution %d, %v", c.ExeID(), err)
	}
	return job, c
}

// TestALeaseThatWasExtendedIsNotLost: its worker was heard of between the look of the reaper and its lock.
func TestALeaseThatWasExtendedIsNotLost(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		k := enginetest.New(t, s)
		job, _ := claimedJob(t, k)
		exe, err := s.JobExecution(t.Context(), job.ID, 1)
		if err != nil || exe.LeaseExpires == nil {
			t.Fatalf("the execution is %+v, %v", exe, err)
		}
		for _, look := range []struct {
			seen time.Time
			want string
		}{{exe.LeaseExpires.Add(-time.Second), "RUNNING"}, {exe.LeaseExpires.Add(time.Second), engine.ExeLost}} {
			if err := k.Engine.ReapOne(t.Context(), exe, store.At(look.seen)); err != nil {
				t.Fatal(err)
			}
			if now, err := s.JobExecution(t.Context(), job.ID, 1); err != nil || now.Status != look.want {
				t.Errorf("seen at %s, with a lease until %s, the execution is %s, %v, want %s", look.seen, exe.LeaseExpires, now.Status, err, look.want)
			}
		}
	})
}

// TestASupersededJobIsNotTriedAgain hands one back, as a server does that stops.
func TestASupersededJobIsNotTriedAgain(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		k := enginetest.New(t, s)
		job, c := claimedJob(t, k)
		job.IsSuperseded, job.Status = true, "RUNNING"
		if err := s.Update(t.Context(), &job, "is_superseded"); err != nil {
			t.Fatal(err)
		}
		if fenced, err := k.Engine.HandBack(t.Context(), c); fenced || err != nil {
			t.Fatalf("handing it back: %v, %v", fenced, err)
		}
		if got := k.Executions(t, job.ID); len(got) != 1 {
			t.Errorf("the job has the executions %v, want no other", got)
		}
	})
}
