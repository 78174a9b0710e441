package order_test

import (
	"testing"

	"github.com/recipe-galley/terraform-provider-galley/internal/order"
)

// TestRunsBecome holds every pair of statuses against what users may see happen.
func TestRunsBecome(t *testing.T) {
	t.Parallel()
	all := []order.RunStatus{order.RunPlanned, order.RunActive, order.RunCompleted, order.RunStopped, order.RunFailed, order.RunResumed}
	for _, from := range all {
		for _, to := range all {
			want := false
			switch from {
			case order.RunPlanned: // it begins, cannot, or is called off
				want = to == order.RunActive || to == order.RunFailed || to == order.RunStopped
			case order.RunActive: // it ends in one of three ways
				want = to == order.RunCompleted || to == order.RunFailed || to == order.RunStopped
			case order.RunResumed: // another run has taken its place
			default: // its recipe goes on, or another run takes its place
				want = to == order.RunActive || to == order.RunResumed && from != order.RunCompleted ||
					from == order.RunFailed && to == order.RunStopped
			}
			if got := from.MayBecome(to); got != want {
				t.Errorf("%s may become %s: %v, want %v", from, to, got, want)
			}
		}
		if got, want := from.CanResume(), from == order.RunFailed || from == order.RunStopped; got != want {
			t.Errorf("%s can be resumed: %v, want %v", from, got, want)
		}
	}
}
