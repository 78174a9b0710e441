package recipe_test

import (
	"strings"
	"testing"

	"github.com/recipe-galley/terraform-provider-galley/internal/provider/providertest"
	"github.com/recipe-galley/terraform-provider-galley/internal/server"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/servertest"
)

// A plan of what runs says once that jobs are only simulated; of a backend that runs them, nothing.
func TestPlansTellThatJobsAreSimulated(t *testing.T) {
	t.Parallel()
	for executor, want := range map[string]int{server.ExecutorSimulate: 1, "": 0} {
		s := servertest.New(t, servertest.Options{Executor: executor})
		providertest.MustCreateJobType(t, s)
		providertest.MustCreateOne(t, s.Client)
		p := providertest.NewProtocol(t, s)
		told := 0
		for range 2 {
			plan := p.MustPlan(t, providertest.Thing{Type: "galley_recipe"}, `{"recipe_type": "one"}`)
			if len(plan.Errors) > 0 {
				t.Fatal(plan.Errors)
			}
			for _, w := range plan.Warnings {
				if strings.Contains(w, "Jobs are only simulated") {
					told++
				}
			}
		}
		if told != want {
			t.Errorf("executor %q: two plans have told %d times, want %d", executor, told, want)
		}
		if version, err := s.Client.Version(t.Context()); err != nil || version.Executor != executor {
			t.Errorf("executor %q: the version is %+v, %v", executor, version, err)
		}
	}
}
