package executor

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/moby/moby/client"
)

const answerTimeout = time.Minute // of an engine that is asked whether it is there

// An engine is a connection to Docker or Podman.
type engine struct {
	*client.Client
	name     string // as people know it, with its version
	isPodman bool
	rootless bool
	service  *podmanService // that we have started; nil: somebody else's
}

// connect finds the engine that name means, see ContainerConfig.Engine. The error wraps
// ErrNoEngine if none answers.
func connect(ctx context.Context, name string, args containerArgs) (*engine, error) {
	var tried []error
	for _, host := range socketsOf(name) {
		e, err := dial(ctx, host, nil)
		if err == nil {
			return e, nil
		}
		tried = append(tried, err)
	}
	program := ""
	switch {
	case filepath.IsAbs(name):
		program = name
	case name == "" || name == "podman":
		program, _ = exec.LookPath("podman")
	}
	if program != "" {
		service, err := newPodmanService(program, args.runtime)
		if err == nil {
			var e *engine
			if e, err = dial(ctx, "unix://"+service.socket, service); err == nil {
				return e, nil
			}
			service.close()
		}
		tried = append(tried, err)
	}
	if len(tried) == 0 {
		return nil, fmt.Errorf("%w: found neither a socket of Docker or Podman nor the program podman", ErrNoEngine)
	}
	return nil, fmt.Errorf("%w: %w", ErrNoEngine, errors.Join(tried...))
}

// socketsOf are the sockets that an engine may listen on, those that exist.
func socketsOf(name string) []string {
	if strings.HasPrefix(name, "unix://") {
		return []string{name}
	}
	run := cmp.Or(os.Getenv("XDG_RUNTIME_DIR"), "/nonexistent")
	sockets := map[string][]string{
		"docker": {"/var/run/docker.sock", filepath.Join(run, "docker.sock")},
		"podman": {"/run/podman/podman.sock", filepath.Join(run, "podman", "podman.sock")},
	}
	found := sockets[name]
	if name == "" {
		found = slices.Concat(sockets["docker"], sockets["podman"])
	}
	found = slices.DeleteFunc(found, func(at string) bool {
		_, err := os.Stat(at)
		return err != nil
	})
	for i := range found {
		found[i] = "unix://" + found[i]
	}
	if host := os.Getenv(client.EnvOverrideHost); name == "" && strings.HasPrefix(host, "unix://") {
		found = append([]string{host}, found...)
	}
	return found
}

// dial asks the engine behind a socket who it is.
func dial(ctx context.Context, host string, service *podmanService) (*engine, error) {
	options := []client.Opt{client.WithHost(host)}
	if service != nil {
		options = append(options, client.WithDialContext(func(ctx context.Context, _, _ string) (net.Conn, error) { return service.dial(ctx) }))
	}
	c, err := client.New(options...)
	if err != nil {
		return nil, fmt.Errorf("connecting to %s: %w", host, err)
	}
	ctx, cancel := context.WithTimeout(ctx, answerTimeout)
	defer cancel()
	version, err := c.ServerVersion(ctx, client.ServerVersionOptions{})
	if err != nil {
		return nil, fmt.Errorf("asking %s: %w", host, err)
	}
	info, err := c.Info(ctx, client.InfoOptions{})
	if err != nil {
		return nil, fmt.Errorf("asking %s: %w", host, err)
	}
	e := &engine{Client: c, name: "Docker " + version.Version, service: service}
	for _, component := range version.Components {
		if component.Name == "Podman Engine" {
			e.isPodman, e.name = true, "Podman "+component.Version
		}
	}
	e.rootless = slices.ContainsFunc(info.Info.SecurityOptions, func(o string) bool { return strings.Contains(o, "rootless") })
	return e, nil
}

// podmanService is `podman system service` as a child of this process. It ends with it; the
// containers do not: each has a process of its own that watches it.
type podmanService struct {
	program        string
	runtime        string // of containers; "": podman's own
	folder, socket string

	mu      sync.Mutex
	running chan struct{} // closed when it has ended; nil: not started yet
	kill    func()
	closed  bool
}

func newPodmanService(program, runtime string) (*podmanService, error) {
	folder, err := os.MkdirTemp("", "galley-podman-*") // the path of a socket is short
	if err != nil {
		return nil, fmt.Errorf("making a folder for the socket of podman: %w", err)
	}
	return &podmanService{program: program, runtime: runtime, folder: folder, socket: filepath.Join(folder, "s")}, nil
}

// dial connects to the service, which is started if it does not run.
func (s *podmanService) dial(ctx context.Context) (net.Conn, error) {
	ended, err := s.start()
	if err != nil {
		return nil, err
	}
	var d net.Dialer
	for {
		conn, err := d.DialContext(ctx, "unix", s.socket)
		if err == nil {
			return conn, nil
		}
		select {
		case <-ended:
			return nil, fmt.Errorf("podman system service has ended; try it by hand: %s system service --time 0 unix://%s", s.program, s.socket)
		case <-ctx.Done():
			return nil, err
		case <-time.After(20 * time.Millisecond):
		}
	}
}

func (s *podmanService) start() (<-chan struct{}, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, net.ErrClosed
	}
	if s.running != nil {
		select {
		case <-s.running:
		default:
			return s.running, nil
		}
	}
	_ = os.Remove(s.socket)
	var args []string
	if s.runtime != "" {
		args = append(args, "--runtime", s.runtime)
	}
	cmd := exec.Command(s.program, append(args, "system", "service", "--time", "0", "unix://"+s.socket)...)
	cmd.Env = slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "GALLEYD_") }) // secrets of the server
	cmd.Dir = s.folder                                                                                         // those who watch its containers leave files where it stands
	cmd.SysProcAttr = serviceAttributes()
	ended, started := make(chan struct{}), make(chan error)
	go func() {
		defer close(ended)
		runtime.LockOSThread() // the death signal comes when the thread ends that started it
		err := cmd.Start()
		started <- err
		if err == nil {
			_ = cmd.Wait()
		}
	}()
	if err := <-started; err != nil {
		return nil, fmt.Errorf("starting podman: %w", err)
	}
	s.running, s.kill = ended, func() { _ = cmd.Process.Kill() }
	return ended, nil
}

func (s *podmanService) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	if s.running != nil {
		s.kill()
		<-s.running
	}
	_ = os.RemoveAll(s.folder)
}
