package server

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
)

const (
	defaultHeartbeat = 15 * time.Second // how often a quiet stream shows that it is alive
	eventTimeout     = 30 * time.Second // how long a client may take to read an event
)

// Streams that are open at the same time: of all users, and of one.
const (
	maxStreams        = 10_000
	maxStreamsPerUser = 2_000
	streamsFull       = 10 * time.Second // until one may have ended
)

// streams counts those who listen, by the id of their user.
type streams struct {
	mu     sync.Mutex
	total  int
	byUser map[int64]int
}

func (s *streams) take(user int64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.total >= maxStreams || s.byUser[user] >= maxStreamsPerUser {
		p := problemf(http.StatusServiceUnavailable, "There are too many streams of events: %d, and %d of this user; at most %d and %d are served. Ask again later, or read the recipe instead.",
			s.total, s.byUser[user], maxStreams, maxStreamsPerUser)
		p.retryAfter = streamsFull
		return p
	}
	if s.byUser == nil {
		s.byUser = map[int64]int{}
	}
	s.total++
	s.byUser[user]++
	return nil
}

func (s *streams) giveBack(user int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.total--
	if s.byUser[user]--; s.byUser[user] == 0 {
		delete(s.byUser, user)
	}
}

// streamRecipe is GET /v6/recipes/{id}/events/ (ours): the recipe as it is, and again
// after every change, as server-sent events. Each event "recipe" has the recipe's
// details; the last one, "completed", has them too, and the stream ends with it. A
// stream that breaks before is to be asked for again: it begins with the recipe as it
// is by then, so nothing is lost, and Last-Event-ID is not needed.
func (s *Server) streamRecipe(ctx context.Context, r *request) (*answer, error) {
	id, err := r.pathID()
	if err != nil {
		return nil, err
	}
	if _, err := s.store.Recipe(ctx, id); err != nil {
		return nil, err
	}
	if err := s.checkSees(ctx, r, &id, "recipe", id); err != nil {
		return nil, err
	}
	user := r.sender.User.ID
	if err := s.streams.take(user); err != nil {
		return nil, err
	}
	return &answer{status: http.StatusOK, write: func(w http.ResponseWriter, _ *http.Request) error {
		defer s.streams.giveBack(user)
		h := w.Header()
		h.Set("Content-Type", "text/event-stream")
		h.Set("X-Accel-Buffering", "no") // or proxies hold events back
		w.WriteHeader(http.StatusOK)
		if r.Method == http.MethodHead {
			return nil
		}
		out := eventWriter{w: w, control: http.NewResponseController(w)}
		defer out.end()
		return s.writeRecipeEvents(ctx, r, out, id)
	}}, nil
}

// writeRecipeEvents writes until the recipe is completed, the client has gone or may
// read no more, or the server stops.
func (s *Server) writeRecipeEvents(ctx context.Context, r *request, out eventWriter, id int64) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	changes := make(chan recipeChange)
	go func() {
		defer close(changes)
		for row, err := range s.engine.RecipeChanges(ctx, id) {
			select {
			case changes <- recipeChange{row, err}:
			case <-ctx.Done():
				return
			}
		}
	}()
	beat := time.NewTicker(s.cfg.Heartbeat)
	defer beat.Stop()
	for {
		select {
		case change, more := <-changes:
			if !more {
				return nil
			}
			if change.err != nil {
				return change.err
			}
			done, err := s.writeRecipeEvent(ctx, out, change.row)
			if done || err != nil {
				return err
			}
		case <-beat.C:
			if _, err := s.auth.Identify(ctx, r.origin(), r.Request); err != nil && problemOf(err).status == http.StatusUnauthorized {
				return err // the token has expired meanwhile
			}
			if err := out.write(": still here\n\n"); err != nil {
				return err
			}
		case <-s.stopped:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

type recipeChange struct {
	row store.Recipe
	err error
}

// writeRecipeEvent reports whether that was the last event.
func (s *Server) writeRecipeEvent(ctx context.Context, out eventWriter, row store.Recipe) (done bool, err error) {
	detail, err := s.views.RecipeDetail(ctx, row)
	if err != nil {
		return false, err
	}
	id := strconv.FormatInt(row.LastModified.UnixMicro(), 10)
	if err := out.event("recipe", id, detail); err != nil || !row.IsCompleted {
		return false, err
	}
	return true, out.event("completed", id, detail)
}

// eventWriter writes server-sent events.
type eventWriter struct {
	w       http.ResponseWriter
	control *http.ResponseController
}

func (e eventWriter) event(name, id string, data any) error {
	raw, err := json.Marshal(data) // has no line breaks
	if err != nil {
		return fmt.Errorf("encoding event: %w", err)
	}
	return e.write("event: " + name + "\nid: " + id + "\ndata: " + string(raw) + "\n\n")
}

func (e eventWriter) write(s string) error {
	_ = e.control.SetWriteDeadline(time.Now().Add(eventTimeout)) // not every connection can
	if _, err := e.w.Write([]byte(s)); err != nil {
		return err
	}
	return e.control.Flush()
}

func (e eventWriter) end() { _ = e.control.SetWriteDeadline(time.Time{}) }
