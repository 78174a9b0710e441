package page

import (
	"context"
	"crypto/sha256"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
)

// A page that is live is told that something has changed; its script then loads it again and
// replaces what differs. So what it shows is always what a reload would show, and who may
// see it no more is not told.
const (
	liveEvery = time.Second      // how often changes are looked for, and told at most
	liveBeat  = 15 * time.Second // how often a quiet stream shows that it is alive
	liveWrite = 30 * time.Second // how long a browser may take to read an event

	maxStreams     = 1000 // in all
	maxUserStreams = 20
)

// watch looks for changes for everybody whose page is live.
type watch struct {
	page *Page
	mu   sync.Mutex
	subs map[chan struct{}]bool
	of   map[int64]int      // streams of each user who has any
	stop context.CancelFunc // nil: nobody looks
}

// subscribe gives a user a channel that has something in it after a change, and how to end
// that; false: there are too many already.
func (w *watch) subscribe(user int64) (changes <-chan struct{}, end func(), ok bool) {
	ch := make(chan struct{}, 1)
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.subs) >= maxStreams || w.of[user] >= maxUserStreams {
		return nil, nil, false
	}
	if w.subs == nil {
		w.subs, w.of = map[chan struct{}]bool{}, map[int64]int{}
	}
	w.subs[ch] = true
	w.of[user]++
	if w.stop == nil {
		ctx, cancel := context.WithCancel(context.Background())
		w.stop = cancel
		go w.run(ctx)
	}
	return ch, func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		delete(w.subs, ch)
		if w.of[user]--; w.of[user] == 0 {
			delete(w.of, user)
		}
		if len(w.subs) == 0 && w.stop != nil {
			w.stop()
			w.stop = nil
		}
	}, true
}

func (w *watch) run(ctx context.Context) {
	tick := time.NewTicker(liveEvery)
	defer tick.Stop()
	last := w.page.fingerprint(ctx)
	for {
		select {
		case <-ctx.Done():
			return
		case <-w.page.Stopped:
			return
		case <-tick.C:
		}
		now := w.page.fingerprint(ctx)
		if now == last || now == "" {
			continue
		}
		last = now
		w.mu.Lock()
		for ch := range w.subs {
			select {
			case ch <- struct{}{}:
			default: // it has been told and not looked yet
			}
		}
		w.mu.Unlock()
	}
}

// fingerprint differs after any change of a recipe, a job or what waits; "": not known.
func (p *Page) fingerprint(ctx context.Context) string {
	newest := store.Paging{PageSize: 1, Order: []store.Order{{Field: "last_modified", Desc: true}}}
	recipes, recipeCount, err := p.Store.Recipes(ctx, store.RecipeFilter{Paging: newest})
	if err != nil {
		return ""
	}
	jobs, jobCount, err := p.Store.Jobs(ctx, store.JobFilter{Paging: newest})
	if err != nil {
		return ""
	}
	types, _, err := p.Store.JobTypes(ctx, store.JobTypeFilter{Paging: newest})
	if err != nil {
		return ""
	}
	orders, _, err := p.Store.RecipeOrders(ctx, store.RecipeOrderFilter{Paging: newest})
	if err != nil {
		return ""
	}
	sum := sha256.New()
	for _, r := range recipes {
		_, _ = fmt.Fprintln(sum, r.ID, r.LastModified, r.Counts)
	}
	for _, j := range jobs {
		_, _ = fmt.Fprintln(sum, j.ID, j.LastModified, j.Status)
	}
	for _, t := range types {
		_, _ = fmt.Fprintln(sum, t.ID, t.LastModified)
	}
	for _, o := range orders {
		_, _ = fmt.Fprintln(sum, o.ID, o.LastModified)
	}
	return fmt.Sprintf("%d %d %x", recipeCount, jobCount, sum.Sum(nil))
}

// live is the stream of changes.
func (p *Page) live(w http.ResponseWriter, r *http.Request) {
	token := p.cookieValue(r, sessionCookie)
	who, err := p.identify(r.Context(), r, token)
	if err != nil {
		http.Error(w, "not signed in", http.StatusUnauthorized)
		return
	}
	log, err := p.followed(r, token)
	if err != nil {
		http.Error(w, "there is no such log", http.StatusNotFound)
		return
	}
	h := w.Header()
	if r.Method == http.MethodHead {
		h.Set("Content-Type", "text/event-stream")
		return
	}
	changes, end, ok := p.watch.subscribe(who.User.ID)
	if !ok {
		http.Error(w, "too many streams", http.StatusTooManyRequests)
		return
	}
	defer end()
	control := http.NewResponseController(w)
	defer func() { _ = control.SetWriteDeadline(time.Time{}) }()
	h.Set("Content-Type", "text/event-stream")
	h.Set("X-Accel-Buffering", "no") // or proxies hold events back
	w.WriteHeader(http.StatusOK)
	say := func(text string) bool {
		_ = control.SetWriteDeadline(time.Now().Add(liveWrite)) // not every connection can
		_, err := w.Write([]byte(text))
		return err == nil && control.Flush() == nil
	}
	if !say("event: ready\ndata: \n\n") {
		return
	}
	beat, tick := time.NewTicker(liveBeat), time.NewTicker(liveEvery)
	defer beat.Stop()
	defer tick.Stop()
	for {
		select {
		case <-changes:
			if !say("event: changed\ndata: \n\n") {
				return
			}
		case <-tick.C:
			if log.hasGrown(r.Context()) && !say("event: changed\ndata: \n\n") {
				return
			}
		case <-beat.C:
			if _, err := p.identify(r.Context(), r, token); err != nil {
				return // the session has ended meanwhile
			}
			if !say("event: beat\ndata: \n\n") {
				return
			}
		case <-p.Stopped:
			return
		case <-r.Context().Done():
			return
		}
	}
}

// A followedLog is the log that a live page shows; nil: it shows none that can still grow.
type followedLog struct {
	page *Page
	exe  int64
	seq  int // of the last chunk that is known
}

// followed is the log of the execution that the query names, if who looks may see its job.
func (p *Page) followed(r *http.Request, token string) (*followedLog, error) {
	id, isID := number(r.URL.Query().Get("exe"))
	if !isID {
		return nil, nil
	}
	exe, err := p.Store.JobExecutionByID(r.Context(), id)
	if err != nil {
		return nil, err
	}
	call := caller{p.API, token}
	if err := call.get(r.Context(), fmt.Sprintf("/v6/jobs/%d/", exe.JobID), nil, nil); err != nil {
		return nil, err
	}
	log := &followedLog{page: p, exe: id, seq: -1}
	end, err := p.Store.LogEnd(r.Context(), id, 1)
	for _, c := range end {
		log.seq = c.Seq
	}
	return log, err
}

// hasGrown tells whether there is more of the log than at the last call.
func (l *followedLog) hasGrown(ctx context.Context) bool {
	if l == nil {
		return false
	}
	chunks, err := l.page.Store.Log(ctx, l.exe, l.seq, []string{"stdout", "stderr"})
	if err != nil || len(chunks) == 0 {
		return false
	}
	for _, c := range chunks {
		l.seq = max(l.seq, c.Seq)
	}
	return true
}

// liveWithLog is the path of the stream for a page that shows the log of an execution.
func liveWithLog(exe *api.JobExecution) string {
	if exe == nil || exe.Ended != nil {
		return Prefix + "live"
	}
	return fmt.Sprintf("%slive?exe=%d", Prefix, exe.ID)
}
