package executor

import (
	"fmt"
	"io"
	"sync"
)

// maxLog is how much of one stream of a job's output is kept, in bytes.
const maxLog = 16 << 20

// A logWriter passes the first bytes of a job's output on and drops the rest, so
// that a job that floods its output is neither stopped nor able to fill the disk.
// It takes everything: the first error of w is kept for later.
type logWriter struct {
	mu   *sync.Mutex // of both streams of a job, which may go to one w
	w    io.Writer
	left int64
	cut  bool
	err  error
}

// newLogWriters makes the writers of a job's two streams; limit is that of each.
func newLogWriters(stdout, stderr io.Writer, limit int64) (out, err *logWriter) {
	if stdout == nil {
		stdout = io.Discard
	}
	if stderr == nil {
		stderr = io.Discard
	}
	var mu sync.Mutex
	return &logWriter{mu: &mu, w: stdout, left: limit}, &logWriter{mu: &mu, w: stderr, left: limit}
}

// Write implements [io.Writer]; it never fails.
func (l *logWriter) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	taken := len(p)
	if l.err != nil || l.cut {
		return taken, nil
	}
	kept := min(int64(len(p)), l.left)
	l.left -= kept
	if kept > 0 {
		_, l.err = l.w.Write(p[:kept])
	}
	if kept < int64(taken) && l.err == nil {
		l.cut = true
		_, l.err = fmt.Fprintln(l.w, "\n[galley: the log is full, the rest of the output was dropped]")
	}
	return taken, nil
}

// note adds lines of galleyd's own, even to a log that is full.
func (l *logWriter) note(lines []string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, line := range lines {
		if _, err := fmt.Fprintf(l.w, "[galley: %s]\n", line); err != nil {
			return err
		}
	}
	return nil
}
