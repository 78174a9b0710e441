package main

import (
	"strings"

	"github.com/recipe-galley/terraform-provider-galley/internal/server/executor"
)

// sandbox are the flags of what jobs may.
type sandbox struct {
	RequireSandbox   string   `help:"Least that processes are locked in with: full (namespaces, system calls, limits), landlock (files and sockets; full where it can be had) or none (they can do whatever this user can)." enum:"full,landlock,none" default:"full" env:"GALLEYD_REQUIRE_SANDBOX"`
	AllowUnsandboxed bool     `help:"The same as --require-sandbox=none." env:"GALLEYD_ALLOW_UNSANDBOXED"`
	JobNetwork       []string `help:"Job types, by a pattern of their names such as load-*, whose jobs have a network: processes that of this machine, containers the one that is named, or else the engine's own for containers; may be given again. Default: none has." env:"GALLEYD_JOB_NETWORK" placeholder:"PATTERN[=NETWORK]"`
	JobMemory        int64    `help:"MiB of memory of a job whose manifest has no resource mem." default:"256" env:"GALLEYD_JOB_MEMORY" placeholder:"MIB"`
	JobDisk          int64    `help:"MiB that a job may write whose manifest has no resource disk." default:"256" env:"GALLEYD_JOB_DISK" placeholder:"MIB"`
	JobProcesses     int      `help:"Processes and threads of a job whose manifest has no resource processes." default:"256" env:"GALLEYD_JOB_PROCESSES" placeholder:"NUMBER"`
}

func (s sandbox) config() executor.ProcessConfig {
	c := executor.ProcessConfig{
		Require: executor.Sandbox(s.RequireSandbox), Network: s.JobNetwork,
		Limits: executor.Limits{Memory: s.JobMemory << 20, Disk: s.JobDisk << 20, Processes: s.JobProcesses},
	}
	if s.AllowUnsandboxed {
		c.Require = executor.Unsandboxed
	}
	return c
}

// containers are the flags of the executor container.
type containers struct {
	ContainerEngine     string   `help:"Where the engine for containers is: docker, podman, its socket as unix:///PATH, or the program podman as /PATH. Default: whichever answers." env:"GALLEYD_CONTAINER_ENGINE" placeholder:"ENGINE"`
	ContainerArgs       string   `help:"Options as of docker run that every container gets: --runtime NAME, --ulimit NAME=SOFT:HARD and --security-opt TEXT." env:"GALLEYD_CONTAINER_ARGS" placeholder:"'--OPTION …'"`
	Pull                string   `help:"When images are pulled: missing (those that are not on this machine), always (for each job) or never." enum:"missing,always,never" default:"missing" env:"GALLEYD_PULL"`
	VolumeDriver        []string `help:"Another driver of volumes than local that configurations may name. Whoever edits one can reach what it can." env:"GALLEYD_VOLUME_DRIVER" placeholder:"NAME"`
	RegistryCredentials string   `help:"Credentials of registries, a file as docker login writes it. It is read at each pull." type:"path" env:"GALLEYD_REGISTRY_CREDENTIALS" placeholder:"FILE"`
}

func (c containers) config() executor.ContainerConfig {
	return executor.ContainerConfig{Engine: c.ContainerEngine, Args: strings.Fields(c.ContainerArgs), Pull: c.Pull, Credentials: c.RegistryCredentials, VolumeDrivers: c.VolumeDriver}
}
