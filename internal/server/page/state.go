package page

import (
	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/order"
	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/page/graph"
)

// stateOf is how a word of an API or of the plan is shown: never by its colour alone.
func stateOf(word string) graph.State {
	switch word {
	case string(order.RunFailed), string(order.Failed):
		return like("FAILED", word)
	case string(order.RunCompleted), string(order.Completed), "DELIVERED":
		return like("COMPLETED", word)
	case string(order.RunActive):
		return like("RUNNING", word)
	case string(order.Active):
		return like("ACCEPTED", word)
	case string(order.RunPlanned):
		return like("QUEUED", word)
	case string(order.RunStopped), string(order.Stopped), string(order.RunResumed):
		return like("CANCELED", word)
	case string(order.Paused):
		return like("PAUSED", word)
	case "STUCK":
		return like("LATE", word)
	case "":
		return like("PENDING", word)
	}
	if s := graph.StateOf(word); s.Shape != "" {
		return s
	}
	return like("PENDING", word)
}

// like is the state of another word, with this one on it.
func like(known, word string) graph.State {
	s := graph.StateOf(known)
	s.Word = shownWord(word)
	return s
}

// shownWord is the short word for what the order API has long names for.
func shownWord(word string) string {
	switch word {
	case string(order.RunFailed), string(order.Failed):
		return "FAILED"
	case string(order.RunCompleted), string(order.Completed):
		return "COMPLETED"
	case string(order.RunActive):
		return "RUNNING"
	case string(order.RunStopped), string(order.Stopped):
		return "STOPPED"
	case string(order.RunResumed):
		return "RESUMED"
	case string(order.Active):
		return "ACTIVE"
	case string(order.RunPlanned):
		return "PLANNED"
	case string(order.Paused):
		return "PAUSED"
	}
	return word
}

// A share is one piece of the bar of a recipe's jobs.
type share struct {
	Class string
	X, W  float64
	Count int
	Word  string
}

// bar is the jobs of a recipe by state, what needs somebody first, over the width of its picture.
func bar(n api.JobCounts) []share {
	const width = 150.0
	parts := []struct {
		word  recipe.JobStatus
		count int
	}{
		{recipe.Failed, n.JobsFailed}, {recipe.Running, n.JobsRunning}, {recipe.Queued, n.JobsQueued}, {recipe.Blocked, n.JobsBlocked},
		{recipe.Pending, n.JobsPending}, {recipe.Canceled, n.JobsCanceled}, {recipe.Completed, n.JobsCompleted},
	}
	total, kinds := 0, 0
	for _, p := range parts {
		total += p.count
		if p.count > 0 {
			kinds++
		}
	}
	if total == 0 {
		return nil
	}
	const gap, least = 1.5, 2.0
	room := width - gap*float64(kinds-1)
	var out []share
	x := 0.0
	for _, p := range parts {
		if p.count == 0 {
			continue
		}
		w := max(room*float64(p.count)/float64(total), least)
		out = append(out, share{stateOf(string(p.word)).Class, x, w, p.count, string(p.word)})
		x += w + gap
	}
	return out
}
