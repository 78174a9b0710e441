package executor

import (
	"context"
	"io"
	"time"

	"github.com/moby/moby/api/pkg/stdcopy"
	"github.com/moby/moby/client"
)

// lastOfLog is how long the log of a container that has ended may take to arrive.
const lastOfLog = time.Minute

// A logStream copies the log of a container as it grows.
type logStream struct {
	cancel context.CancelFunc
	done   chan struct{} // closed when all is copied
}

// streamLogs copies the log of a container from its beginning. A connection that is lost is
// made again, and what was copied before is left out.
func (c *Container) streamLogs(ctx context.Context, id string, stdout, stderr io.Writer) *logStream {
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	s := &logStream{cancel: cancel, done: make(chan struct{})}
	go func() {
		defer close(s.done)
		var copiedOut, copiedErr int64
		ended := false
		for {
			out, err := resumed{w: stdout, skip: copiedOut}, resumed{w: stderr, skip: copiedErr}
			complete := c.copyLog(ctx, id, !ended, &out, &err)
			copiedOut, copiedErr = max(copiedOut, out.seen), max(copiedErr, err.seen)
			if complete && ended {
				return
			}
			if state, err := c.inspect(ctx, id); err == nil && !state.Running && !ended {
				// Podman follows a log until the container ends, not until the log does.
				ended = true
				continue
			}
			select {
			case <-ctx.Done():
				return
			case <-time.After(200 * time.Millisecond):
			}
		}
	}()
	return s
}

// copyLog copies the log, as it is or as long as it grows, and tells whether it came to its end.
func (c *Container) copyLog(ctx context.Context, id string, follow bool, stdout, stderr io.Writer) bool {
	log, err := c.engine.ContainerLogs(ctx, id, client.ContainerLogsOptions{ShowStdout: true, ShowStderr: true, Follow: follow})
	if err != nil {
		return false
	}
	defer log.Close()
	_, err = stdcopy.StdCopy(stdout, stderr, log)
	return err == nil
}

// finish waits for the end of the log of a container that has ended.
func (s *logStream) finish() {
	select {
	case <-s.done:
	case <-time.After(lastOfLog):
	}
	s.stop()
}

// stop ends the copying.
func (s *logStream) stop() {
	s.cancel()
	<-s.done
}

// resumed leaves out what was written before.
type resumed struct {
	w    io.Writer
	skip int64
	seen int64
}

// Write implements [io.Writer].
func (r *resumed) Write(p []byte) (int, error) {
	taken := len(p)
	r.seen += int64(taken)
	skipped := min(r.skip, int64(taken))
	r.skip -= skipped
	if rest := p[skipped:]; len(rest) > 0 {
		if _, err := r.w.Write(rest); err != nil {
			return 0, err
		}
	}
	return taken, nil
}
