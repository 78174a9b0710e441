package engine

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
)

const (
	// Pauses of a job that meets a fault which passes begin with this one, double, and end with
	// the other; so many executions are made before it fails after all, which is half a day.
	passingFirst = 2 * time.Second
	passingMost  = 5 * time.Minute
	mostPassing  = 150

	// fitPause is how often a server looks whether it can run jobs at all.
	fitPause = 5 * time.Second
	// fitProbe is how many bytes it has to be able to write for that.
	fitProbe = 64 << 10
)

// passes tells whether a fault is one of the machine or of the database that goes away by
// itself or when somebody mends it: nothing is wrong with the job, and no try of it is used up.
func passes(err error) bool {
	if store.IsAway(err) {
		return true
	}
	for _, errno := range []syscall.Errno{syscall.ENOSPC, syscall.EMFILE, syscall.ENFILE, syscall.EROFS, syscall.EIO, syscall.ENOMEM} {
		if errors.Is(err, errno) {
			return true
		}
	}
	return errors.Is(err, syscall.EDQUOT)
}

// interruptedBy is how an execution ends that could not be carried out.
func interruptedBy(err error) outcome {
	o := failed(infrastructure(err))
	o.requeue = passes(err)
	return o
}

// passingPause is how long a job waits before execution exeNum+1 after a fault that passes.
func passingPause(exeNum int) time.Duration {
	pause := passingFirst
	for range exeNum - 1 {
		if pause *= 2; pause >= passingMost {
			return passingMost
		}
	}
	return pause
}

// Unfit says why this server takes no jobs at present; "": it does.
func (e *Engine) Unfit() string {
	if reason := e.unfit.Load(); reason != nil {
		return *reason
	}
	return ""
}

// fitLoop looks whether this server can run jobs: one without room on its disk would only
// fail them.
func (e *Engine) fitLoop(ctx context.Context) {
	tick := time.NewTicker(fitPause)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			e.lookWhetherFit(ctx)
		}
	}
}

func (e *Engine) lookWhetherFit(ctx context.Context) {
	reason, before := "", e.Unfit()
	err := probe(filepath.Join(e.dataDir, "work"))
	if err != nil { // anybody may read it at /readyz, so it names no folder
		cause := err
		if at, ok := errors.AsType[*fs.PathError](err); ok {
			cause = at.Err
		}
		reason = fmt.Sprintf("nothing can be written to the data folder: %v", cause)
	}
	e.unfit.Store(&reason)
	switch {
	case reason != "" && before == "":
		e.Log.ErrorContext(ctx, "this server takes no jobs until that is mended", slog.Any("error", err))
	case reason == "" && before != "":
		e.Log.InfoContext(ctx, "this server takes jobs again")
	}
}

// probe writes a file to a folder and removes it.
func probe(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(dir, ".probe-")
	if err != nil {
		return err
	}
	_, err = f.Write(make([]byte, fitProbe))
	return errors.Join(err, f.Close(), os.Remove(f.Name()))
}
