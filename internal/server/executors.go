package server

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/recipe-galley/terraform-provider-galley/internal/server/executor"
)

// newExecutor makes the executor that cfg names.
func newExecutor(ctx context.Context, cfg Config) (executor.Executor, error) {
	switch cfg.Executor {
	case ExecutorSimulate:
		return executor.NewSimulate(), nil
	case ExecutorProcess:
		p, err := newProcesses(cfg)
		if err != nil {
			return nil, fmt.Errorf("preparing executor process: %w", err)
		}
		return p, nil
	}
	containers, err := newContainers(ctx, cfg)
	switch {
	case errors.Is(err, executor.ErrNoEngine) && cfg.Executor == ExecutorAuto && cfg.Container.Engine == "":
		return newAlone(cfg, err)
	case err != nil:
		return nil, fmt.Errorf("preparing executor container: %w", err)
	}
	both := &executor.ByImage{Containers: containers}
	processes, err := newProcesses(cfg)
	if err != nil {
		both.Why = err
		cfg.Logger.Warn("jobs without an image cannot run", "error", err)
		return both, nil
	}
	both.Processes = processes
	return both, nil
}

// newAlone is for a machine without an engine for containers: all jobs are processes, fully locked in.
func newAlone(cfg Config, noEngine error) (executor.Executor, error) {
	p, err := newProcesses(cfg)
	if err != nil {
		return nil, fmt.Errorf("this machine can run jobs neither in containers (%w) nor as processes (%w): install podman or docker, "+
			"see what the sandbox lacks, or pass --executor=simulate to run none", noEngine, err)
	}
	cfg.Logger.Info("no engine for containers answers: all jobs run as processes", "error", noEngine)
	return p, nil
}

func newContainers(ctx context.Context, cfg Config) (*executor.Container, error) {
	c := cfg.Container
	c.Work, c.Logger = filepath.Join(cfg.DataDir, "work"), cfg.Logger
	c.Network, c.Limits = cfg.Process.Network, cfg.Process.Limits
	containers, err := executor.NewContainer(ctx, c)
	if err != nil {
		return nil, err
	}
	cfg.Logger.Info("jobs with an image run in containers", "engine", containers.Engine(), "network", c.Network)
	return containers, nil
}

func newProcesses(cfg Config) (*executor.Process, error) {
	p, err := executor.NewProcess(cfg.Process)
	if err != nil {
		return nil, err
	}
	cfg.Logger.Info("jobs run in a sandbox", "sandbox", p.Sandbox(), "network", cfg.Process.Network)
	for _, line := range p.Lacks() {
		cfg.Logger.Warn("sandbox: " + line)
	}
	return p, nil
}
