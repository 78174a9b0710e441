//go:build unix

package executor

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/recipe-galley/terraform-provider-galley/internal/seed"
)

// NewProcess returns an executor for local processes, after trying out that the
// sandbox works. The error says what is missing and what can be done about it.
func NewProcess(cfg ProcessConfig) (*Process, error) {
	networks, err := parseNetworks(cfg.Network)
	if err != nil {
		return nil, err
	}
	cfg.Limits = cfg.Limits.withDefaults()
	if cfg.SearchPath == "" {
		cfg.SearchPath = defaultSearchPath
	}
	if cfg.Grace <= 0 {
		cfg.Grace = defaultGrace
	}
	if cfg.MaxLog <= 0 {
		cfg.MaxLog = maxLog
	}
	for _, root := range cfg.ReadOnlyRoots {
		if _, err := os.Stat(root); err != nil || !filepath.IsAbs(root) {
			return nil, fmt.Errorf("checking what jobs may read: %q is not an existing absolute path", root)
		}
	}
	if len(cfg.SandboxCommand) == 0 {
		self, err := os.Executable()
		if err != nil {
			return nil, fmt.Errorf("finding the running program: %w", err)
		}
		cfg.SandboxCommand = []string{self}
	}
	bash, err := findBash(cfg.SearchPath)
	if err != nil {
		return nil, err
	}
	p := &Process{cfg: cfg, bash: bash, networks: networks}
	if err := p.choose(); err != nil {
		return nil, err
	}
	return p, nil
}

// choose takes the strongest sandbox that works here, but none that is weaker than required.
func (p *Process) choose() error {
	var weaker []string
	for _, sandbox := range []Sandbox{Full, Landlock, Unsandboxed} {
		if p.cfg.Require == Unsandboxed && sandbox != Unsandboxed {
			continue
		}
		p.sandbox = sandbox
		err := p.equip()
		if err == nil {
			err = p.try()
		}
		if err == nil {
			p.lacks = append(weaker, p.lacks...)
			return nil
		}
		if sandbox == cmp.Or(p.cfg.Require, Full) {
			return fmt.Errorf("trying the sandbox %q: %w%s", sandbox, err, advice(sandbox))
		}
		weaker = append(weaker, fmt.Sprintf("no namespaces for jobs: %s", err))
	}
	return fmt.Errorf("unknown sandbox %q: expected %s, %s or %s", p.cfg.Require, Full, Landlock, Unsandboxed)
}

// advice is what to do where a sandbox cannot be had.
func advice(sandbox Sandbox) string {
	switch sandbox {
	case Full:
		return "; to lock jobs in fully, run galleyd as root (in a container with CAP_SYS_ADMIN and an unmasked /proc), or let its user make user " +
			"namespaces (see the sysctls user.max_user_namespaces, kernel.unprivileged_userns_clone and kernel.apparmor_restrict_unprivileged_userns); " +
			"to accept less, pass --require-sandbox=landlock"
	case Landlock:
		return "; to run jobs with all rights of the server's user, pass --require-sandbox=none"
	}
	return ""
}

func findBash(searchPath string) (string, error) {
	for dir := range strings.SplitSeq(searchPath, ":") {
		name, err := exec.LookPath(filepath.Join(dir, "bash"))
		if err == nil {
			return name, nil
		}
	}
	return "", fmt.Errorf("finding bash: it is not in %s; jobs are run by it", searchPath)
}

// try starts a job that does nothing. It shows that the helper is one, and that
// the sandbox lets bash in.
func (p *Process) try() error {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	dir, err := os.MkdirTemp("", "galley-try-*")
	if err != nil {
		return fmt.Errorf("making a folder: %w", err)
	}
	defer os.RemoveAll(dir)
	l, err := newLayout(dir)
	if err != nil {
		return err
	}
	var log bytes.Buffer
	stdout, stderr := newLogWriters(&log, &log, 1<<10)
	code, err := p.start(ctx, p.spec("exit 42", l, Task{Manifest: &seed.Manifest{}}), stdout, stderr)
	if err == nil && code != 42 {
		err = fmt.Errorf("%s ended with exit code %d, expected 42; does it call executor.MaybeSandbox first in main? It said: %s",
			p.cfg.SandboxCommand[0], code, strings.TrimSpace(log.String()))
	}
	return err
}
