package client

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
)

// DefaultPatience is how long questions wait for a backend that gives no answer.
const DefaultPatience = 8 * time.Second

// lateAfter is when an answer is late: a backend that is well answers before.
const lateAfter = time.Second

// UnreachableError says that the backend as a whole cannot be asked, which one question has
// found out for all that follow it.
type UnreachableError struct {
	Err   error // why
	Again bool  // it was reported before: this question did not wait
}

// Error is that of the reason.
func (e *UnreachableError) Error() string { return e.Err.Error() }

// Unwrap returns the reason.
func (e *UnreachableError) Unwrap() error { return e.Err }

type askingKey struct{}

// Asking marks ctx as that of a plan, which asks about many things and shall not wait for
// each of them. The calls under it are questions: once one of them has found the backend
// unreachable, or no question was answered in time for as long as Config.Patience says,
// all others of this client end with an UnreachableError, now and later. One that the
// backend keeps waiting for longer than limit (0: no limit) is given up alone. What does
// the work of an apply is no question: it waits as long as its own limits say.
func Asking(ctx context.Context, limit time.Duration) context.Context {
	return context.WithValue(ctx, askingKey{}, limit)
}

// Aside takes the mark of Asking away: a call under ctx neither waits for the verdict of the
// questions nor makes it.
func Aside(ctx context.Context) context.Context { return context.WithValue(ctx, askingKey{}, nil) }

// IsUnavailable tells whether err is about the backend as a whole, not about what it was
// asked: nobody answers, somebody else does, it does not work, or it does not take the
// credentials.
func IsUnavailable(err error) bool {
	if e, isAnswer := errors.AsType[*api.Error](err); isAnswer {
		switch e.Status {
		case http.StatusUnauthorized, http.StatusForbidden, http.StatusProxyAuthRequired, http.StatusRequestTimeout, http.StatusTooManyRequests:
			return true
		}
		return e.Foreign || e.Status/100 == 3 || e.Status >= http.StatusInternalServerError
	}
	if _, verdict := errors.AsType[*UnreachableError](err); verdict {
		return true
	}
	_, network := errors.AsType[*url.Error](err)
	return network && !errors.Is(err, context.Canceled)
}

// patience is what all questions of a client share. Its stopwatch runs while at least one
// of them is late, and starts anew after an answer in time: a backend with much to do
// can answer thousands of questions, however long that takes.
type patience struct {
	limit   time.Duration
	over    context.Context // ends with the verdict, an *UnreachableError, as its cause
	verdict context.CancelCauseFunc

	mu      sync.Mutex
	late    int // questions
	since   time.Time
	left    time.Duration
	watch   *time.Timer
	failure error // the last one of a question that was late
	told    bool  // somebody has the verdict
}

func newPatience(limit time.Duration) *patience {
	p := &patience{limit: limit, left: limit}
	p.over, p.verdict = context.WithCancelCause(context.Background())
	return p
}

// question is one call that does not wait for ever. A nil one does.
type question struct {
	patience *patience
	limit    time.Duration // of its waiting; 0: none
	release  func() bool
	cancel   context.CancelFunc

	mu   sync.Mutex
	grow *time.Timer // makes it late; nil: the backend does not keep it waiting
	late bool
	been bool // late, now or before
	cut  *time.Timer
	gone bool // it was given up alone
}

type questionKey struct{}

func questionOf(ctx context.Context) *question {
	q, _ := ctx.Value(questionKey{}).(*question)
	return q
}

// ask begins a question, if ctx is that of a plan. Its end is told by answered.
func (p *patience) ask(ctx context.Context) (context.Context, *question, error) {
	limit, isAsking := ctx.Value(askingKey{}).(time.Duration)
	if !isAsking {
		return ctx, nil, nil
	}
	if p.over.Err() != nil {
		return ctx, nil, p.tell()
	}
	q := &question{patience: p, limit: limit}
	ctx, q.cancel = context.WithCancel(context.WithValue(ctx, questionKey{}, q))
	q.release = context.AfterFunc(p.over, q.cancel)
	return ctx, q, nil
}

// wait lets the time count from now on, if it does not already.
func (q *question) wait() {
	if q == nil {
		return
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.grow == nil {
		q.grow = time.AfterFunc(lateAfter, q.becomeLate)
	}
}

func (q *question) becomeLate() {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.grow != nil && !q.late {
		q.late, q.been = true, true
		q.patience.begin()
		if q.limit > 0 {
			q.cut = time.AfterFunc(q.limit-lateAfter, q.giveUp)
		}
	}
}

func (q *question) giveUp() {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.late {
		q.gone = true
		q.cancel()
	}
}

// IsLate tells whether err is about one question that took longer than its own limit.
func IsLate(err error) bool { return errors.Is(err, errLate) }

func (q *question) isGone() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.gone
}

// rest ends the counting until the next wait.
func (q *question) rest() {
	if q == nil {
		return
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.grow == nil {
		return
	}
	q.grow.Stop()
	q.grow = nil
	if q.cut != nil {
		q.cut.Stop()
		q.cut = nil
	}
	if q.late {
		q.late = false
		q.patience.end()
	}
}

// noted remembers why an attempt has failed, for a verdict that may follow.
func (q *question) noted(err error) {
	if q == nil || err == nil {
		return
	}
	q.patience.mu.Lock()
	defer q.patience.mu.Unlock()
	q.patience.failure = err
}

// errLate is about one question that got no answer within its own limit.
var errLate = errors.New("the backend was too slow for this question")

// answered ends a question of the asker, who may have given it up. err is what has become of
// all its attempts. The error that it returns is for the asker.
func (q *question) answered(asker context.Context, err error) error {
	if q == nil {
		return err
	}
	q.rest()
	q.release()
	q.cancel()
	p := q.patience
	switch {
	case err == nil:
	case asker.Err() != nil:
		return err // that says nothing about the backend
	case p.over.Err() != nil:
		return p.tell()
	case q.isGone():
		return fmt.Errorf("%w: no answer within %s", errLate, q.limit)
	case isDown(err):
		p.verdict(&UnreachableError{Err: err})
		return p.tell()
	}
	if !q.been && !hasFailed(err) {
		p.inTime()
	}
	return err
}

// hasFailed tells whether a call ended without an answer, or with that of a server that
// does not work.
func hasFailed(err error) bool {
	e, isAnswer := errors.AsType[*api.Error](err)
	return err != nil && (!isAnswer || e.Status >= http.StatusInternalServerError)
}

// isDown tells whether a failure is one of the backend as a whole: there was no answer, or
// it was that of a proxy that has none.
func isDown(err error) bool {
	e, isAnswer := errors.AsType[*api.Error](err)
	if !isAnswer {
		_, network := errors.AsType[*url.Error](err)
		return network
	}
	return e.Status == http.StatusBadGateway || e.Status == http.StatusServiceUnavailable || e.Status == http.StatusGatewayTimeout
}

// tell returns the verdict: to the first as it is, to the others as one that is known.
func (p *patience) tell() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	cause, _ := errors.AsType[*UnreachableError](context.Cause(p.over))
	again := p.told
	p.told = true
	return &UnreachableError{Err: cause.Err, Again: again}
}

func (p *patience) begin() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.late++; p.late == 1 {
		p.since = time.Now()
		p.watch = time.AfterFunc(p.left, p.expire)
	}
}

func (p *patience) end() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.late--; p.late == 0 {
		p.watch.Stop()
		p.left = max(0, p.left-time.Since(p.since))
	}
}

func (p *patience) inTime() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.left = p.limit
	if p.late > 0 {
		p.since = time.Now()
		p.watch.Reset(p.limit)
	}
}

func (p *patience) expire() {
	p.mu.Lock()
	err := fmt.Errorf("the backend did not answer in time: a plan waits for %s", p.limit)
	if p.failure != nil {
		err = fmt.Errorf("%w; the last failure: %w", err, p.failure)
	}
	p.mu.Unlock()
	p.verdict(&UnreachableError{Err: err})
}
