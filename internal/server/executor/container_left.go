package executor

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/containerd/errdefs"
	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/client"
)

// inspect is how a container is.
func (c *Container) inspect(ctx context.Context, id string) (container.State, error) {
	if ctx.Err() != nil {
		ctx = context.WithoutCancel(ctx)
	}
	ctx, cancel := context.WithTimeout(ctx, cleanupTimeout)
	defer cancel()
	found, err := c.engine.ContainerInspect(ctx, id, client.ContainerInspectOptions{})
	if err != nil {
		return container.State{}, fmt.Errorf("looking at container: %w", err)
	}
	if found.Container.State == nil {
		return container.State{}, fmt.Errorf("looking at container %s: the engine says nothing of its state", id)
	}
	return *found.Container.State, nil
}

// Left implements [Keeper]. Whatever runs an execution holds a lock on its folder, which the
// kernel takes back when that process ends, however it does.
func (c *Container) Left(ctx context.Context) ([]*Left, error) {
	byServer := client.Filters{}.Add("label", labelServer+"="+c.cfg.Work)
	containers, err := c.engine.ContainerList(ctx, client.ContainerListOptions{All: true, Filters: byServer})
	if err != nil {
		return nil, fmt.Errorf("listing containers: %w", err)
	}
	volumes, err := c.engine.VolumeList(ctx, client.VolumeListOptions{Filters: byServer})
	if err != nil {
		return nil, fmt.Errorf("listing volumes: %w", err)
	}
	var left []*Left
	seen := map[string]bool{}
	add := func(id string, labels map[string]string) error {
		l, err := c.leftOf(id, labels)
		if err != nil || l == nil || seen[l.folder] {
			return err
		}
		seen[l.folder] = true
		left = append(left, l)
		return nil
	}
	for _, found := range containers.Items {
		if err := add(found.ID, found.Labels); err != nil {
			return left, err
		}
	}
	for _, found := range volumes.Items {
		if err := add("", found.Labels); err != nil {
			return left, err
		}
	}
	return left, nil
}

// leftOf is the execution of a container or volume, nil if somebody runs it. Labels may be those
// of an image, so its folder has to be one that this server makes. After a boot of the machine no
// container can tell how its job has ended.
func (c *Container) leftOf(id string, labels map[string]string) (*Left, error) {
	job, jobErr := strconv.ParseInt(labels[labelJob], 10, 64)
	exe, exeErr := strconv.Atoi(labels[labelExecution])
	folder := filepath.Clean(labels[labelFolder])
	if jobErr != nil || exeErr != nil || filepath.Dir(folder) != filepath.Clean(c.cfg.Work) {
		return nil, nil
	}
	l := &Left{JobID: job, ExeNum: exe, container: id, folder: folder}
	lock, err := lockFolder(l.folder)
	switch {
	case errors.Is(err, errBusy):
		return nil, nil
	case errors.Is(err, fs.ErrNotExist):
		return l, nil
	case err != nil:
		return nil, err
	}
	l.lock = lock
	var state containerState
	l.Alive = id != "" && readState(l.folder, &state) == nil && state.Boot == bootID()
	return l, nil
}

// Remove implements [Keeper].
func (c *Container) Remove(ctx context.Context, l *Left) error {
	err := c.removeOf(ctx, l.JobID, l.ExeNum)
	if l.lock != nil {
		if err == nil {
			err = os.RemoveAll(l.folder)
		}
		err = errors.Join(err, l.lock.Close())
	}
	return err
}

// removeOf ends the containers of an execution and removes them, and its volumes. An engine may
// still be at it when it says that it has removed a container, so a failure is tried again.
func (c *Container) removeOf(ctx context.Context, job int64, exe int) error {
	const tries = 20
	for i := 1; ; i++ {
		err := c.tryRemoveOf(ctx, job, exe)
		if err == nil || i == tries {
			return err
		}
		select {
		case <-ctx.Done():
			return errors.Join(err, ctx.Err())
		case <-time.After(250 * time.Millisecond):
		}
	}
}

func (c *Container) tryRemoveOf(ctx context.Context, job int64, exe int) error {
	filters := client.Filters{}.Add("label", labelServer+"="+c.cfg.Work, labelJob+"="+strconv.FormatInt(job, 10), labelExecution+"="+strconv.Itoa(exe))
	containers, err := c.engine.ContainerList(ctx, client.ContainerListOptions{All: true, Filters: filters})
	if err != nil {
		return fmt.Errorf("listing containers: %w", err)
	}
	for _, found := range containers.Items {
		_, removeErr := c.engine.ContainerRemove(ctx, found.ID, client.ContainerRemoveOptions{Force: true, RemoveVolumes: true})
		if removeErr != nil && !errdefs.IsNotFound(removeErr) {
			err = errors.Join(err, fmt.Errorf("removing container: %w", removeErr))
		}
	}
	volumes, listErr := c.engine.VolumeList(ctx, client.VolumeListOptions{Filters: filters})
	if listErr != nil {
		return errors.Join(err, fmt.Errorf("listing volumes: %w", listErr))
	}
	for _, found := range volumes.Items {
		if _, removeErr := c.engine.VolumeRemove(ctx, found.Name, client.VolumeRemoveOptions{}); removeErr != nil && !errdefs.IsNotFound(removeErr) {
			err = errors.Join(err, fmt.Errorf("removing volume: %w", removeErr))
		}
	}
	return err
}
