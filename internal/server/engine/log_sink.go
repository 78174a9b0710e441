package engine

import (
	"context"
	"io"
	"log/slog"
	"sync"
	"time"

	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/usecase"
)

const (
	logChunk   = 64 << 10 // bytes: a chunk is written when it is full…
	logFlush   = 200 * time.Millisecond
	logPending = 1 << 20  // bytes not yet stored; then writers wait
	logMost    = 64 << 20 // bytes of an execution; the rest is left out
)

// logSink stores what a job prints, in chunks, in the order in which it was printed.
// A full chunk or one that has waited for a moment is written, so that the log can
// be followed. A database that is away makes the job wait, not lose its log.
type logSink struct {
	ctx   context.Context //nolint:containedctx // of the execution
	store *store.Store
	log   *slog.Logger
	exeID int64
	clock func() store.Time

	mu      sync.Mutex
	room    *sync.Cond
	chunks  []store.LogChunk // waiting
	frozen  int              // of chunks: may be stored already, so they must stay as they are
	pending int              // bytes in chunks
	total   int
	seq     int
	stored  map[string]int64 // bytes of a stream that another worker has stored, and that come again
	closed  bool

	wake chan struct{}
	done chan struct{}
}

func (e *Engine) newLogSink(ctx context.Context, exeID int64, log *slog.Logger) *logSink {
	s := &logSink{
		ctx: ctx, store: e.Store, log: log, exeID: exeID, clock: e.Now,
		wake: make(chan struct{}, 1), done: make(chan struct{}),
	}
	s.room = sync.NewCond(&s.mu)
	go s.loop()
	return s
}

// resume lets the log go on where another worker left it: the first bytes that come are those
// that it has stored. Nothing may have been written.
func (s *logSink) resume(lost context.Context) error {
	return usecase.RetryWhile(lost, func(ctx context.Context) error {
		stored, seq, err := s.store.LogLength(ctx, s.exeID)
		if err != nil {
			return err
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		s.stored, s.seq = stored, seq
		return nil
	}, func(err error) { s.log.Warn("reading how far the log goes; trying again", slog.Any("error", err)) })
}

// stream returns the writer of one stream. Both may be used at the same time.
func (s *logSink) stream(name string) io.Writer { return logStream{s, name} }

type logStream struct {
	sink *logSink
	name string
}

// Write implements io.Writer. It fails only after the execution had to stop.
func (w logStream) Write(p []byte) (int, error) {
	for rest := p; len(rest) > 0; {
		n, err := w.sink.add(w.name, rest)
		if err != nil {
			return len(p) - len(rest), err
		}
		rest = rest[n:]
	}
	return len(p), nil
}

func (s *logSink) add(stream string, p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for s.pending >= logPending && s.ctx.Err() == nil && !s.closed {
		s.room.Wait()
	}
	if s.ctx.Err() != nil || s.closed {
		return 0, io.ErrClosedPipe
	}
	if s.total >= logMost {
		return len(p), nil
	}
	if again := int(min(s.stored[stream], int64(len(p)))); again > 0 {
		s.stored[stream] -= int64(again)
		s.total += again
		return again, nil
	}
	p = p[:min(len(p), logChunk, logMost-s.total)]
	n := len(p)
	s.total += n
	if s.total == logMost {
		p = append(append([]byte{}, p...), "\n[galley: the log is full; the rest is left out]\n"...)
	}
	s.pending += len(p)
	if last := len(s.chunks) - 1; last >= s.frozen && s.chunks[last].Stream == stream && len(s.chunks[last].Text)+len(p) <= logChunk {
		s.chunks[last].Text = append(s.chunks[last].Text, p...)
	} else {
		s.seq++
		s.chunks = append(s.chunks, store.LogChunk{
			JobExeID: s.exeID, Seq: s.seq, Stream: stream, Written: s.clock(), Text: append([]byte{}, p...),
		})
	}
	if s.pending >= logChunk {
		select {
		case s.wake <- struct{}{}:
		default:
		}
	}
	return n, nil
}

// loop stores chunks until the sink is closed.
func (s *logSink) loop() {
	defer close(s.done)
	tick := time.NewTicker(logFlush)
	defer tick.Stop()
	stop := context.AfterFunc(s.ctx, func() {
		s.mu.Lock() // nobody is between looking at ctx and waiting
		defer s.mu.Unlock()
		s.room.Broadcast()
	})
	defer stop()
	for {
		select {
		case <-s.wake:
		case <-tick.C:
		}
		s.mu.Lock()
		closed := s.closed
		s.mu.Unlock()
		if err := s.flush(s.ctx); err != nil && s.ctx.Err() == nil {
			s.log.Warn("storing log; trying again", slog.Any("error", err))
		}
		if closed {
			return
		}
	}
}

// flush stores what waits. What could not be stored waits on.
func (s *logSink) flush(ctx context.Context) error {
	s.mu.Lock()
	chunks := s.chunks
	s.chunks, s.frozen = nil, 0
	s.mu.Unlock()
	if len(chunks) == 0 {
		return nil
	}
	err := s.store.AppendLog(ctx, chunks)
	s.mu.Lock()
	defer s.mu.Unlock()
	if err != nil {
		s.chunks, s.frozen = append(chunks, s.chunks...), len(chunks)
		return err
	}
	for _, c := range chunks {
		s.pending -= len(c.Text)
	}
	s.room.Broadcast()
	return nil
}

// close stores the rest, also when the execution had to stop: its log tells why. It
// tries until it succeeds or lost ends.
func (s *logSink) close(lost context.Context) {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	s.room.Broadcast()
	select {
	case s.wake <- struct{}{}:
	default:
	}
	<-s.done
	err := usecase.RetryWhile(lost, s.flush, func(err error) {
		s.log.Warn("storing the end of the log; trying again", slog.Any("error", err))
	})
	if err != nil {
		s.log.Error("the end of the log is lost: it could not be stored within the lease", slog.Any("error", err))
	}
}
