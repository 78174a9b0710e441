package executor

import (
	"cmp"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path"
	"strings"
	"time"

	"github.com/docker/go-units"
	"github.com/moby/moby/api/types/container"
)

// ContainerConfig says how [Container] runs jobs. Work is required.
type ContainerConfig struct {
	// Engine is where to find Docker or Podman: "docker", "podman", the socket of one as
	// unix:///PATH, or the program podman as an absolute path. Empty: whichever answers.
	Engine string
	// Args are options as of `docker run` that every container gets: --runtime, --ulimit and --security-opt.
	Args []string
	// Work is the folder in which the folders of executions lie. Containers are labelled with
	// it, and so told from those of other servers on the machine.
	Work string
	// Network are the job types whose jobs have a network, NAME or NAME=NETWORK with a pattern
	// ([path.Match]) of names. Without NETWORK it is the engine's own one for containers.
	Network []string
	Limits  Limits // of jobs whose manifests ask for nothing else
	// Pull is when images are asked of their registry: PullMissing (the default), PullAlways or PullNever.
	Pull string
	// Credentials is a file with those of registries, as `docker login` writes it; empty: none.
	Credentials string
	// VolumeDrivers are those of volumes that configurations may name, beside "local". What such a
	// driver can reach, whoever edits a job type's configuration can.
	VolumeDrivers []string
	Grace         time.Duration // how long a stopped job may take to clean up; 0: 3 seconds
	MaxLog        int64         // how much of stdout and of stderr is kept, in bytes; 0: 16 MiB
	Logger        *slog.Logger  // nil: discards
}

// When images are pulled.
const (
	PullMissing = "missing"
	PullAlways  = "always"
	PullNever   = "never"
)

// Where a job finds its folders in its container.
const (
	jobInputs  = "/galley/inputs"
	jobOutputs = "/galley/outputs"
	jobTmp     = "/tmp"
)

// Labels of containers and volumes: whose they are.
const (
	labelServer    = "galley.server"
	labelJob       = "galley.job"
	labelExecution = "galley.execution"
	labelFolder    = "galley.folder" // of the execution
)

// ErrNoEngine says that no engine for containers answers.
var ErrNoEngine = errors.New("no engine for containers answers")

// withDefaults fills in what is left open and says what is wrong.
func (c ContainerConfig) withDefaults() (ContainerConfig, error) {
	c.Limits = c.Limits.withDefaults()
	c.Grace = cmp.Or(max(c.Grace, 0), defaultGrace)
	c.MaxLog = cmp.Or(max(c.MaxLog, 0), maxLog)
	c.Pull = cmp.Or(c.Pull, PullMissing)
	if c.Pull != PullMissing && c.Pull != PullAlways && c.Pull != PullNever {
		return c, fmt.Errorf("checking when images are pulled: found %q, expected %s, %s or %s", c.Pull, PullMissing, PullAlways, PullNever)
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if c.Credentials != "" {
		if _, err := os.Stat(c.Credentials); err != nil {
			return c, fmt.Errorf("finding the credentials of registries: %w", err)
		}
	}
	return c, nil
}

// containerArgs are the options that every container gets.
type containerArgs struct {
	runtime  string
	ulimits  []*container.Ulimit
	security []string
}

// parseContainerArgs reads options as `docker run` has them.
func parseContainerArgs(args []string) (containerArgs, error) {
	var a containerArgs
	flags := flag.NewFlagSet("container-args", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.StringVar(&a.runtime, "runtime", "", "")
	flags.Func("ulimit", "", func(text string) error {
		limit, err := units.ParseUlimit(text)
		a.ulimits = append(a.ulimits, limit)
		return err
	})
	flags.Func("security-opt", "", func(text string) error {
		a.security = append(a.security, text)
		return nil
	})
	err := flags.Parse(args)
	if err == nil && flags.NArg() > 0 {
		err = fmt.Errorf("found %q", flags.Arg(0))
	}
	if err != nil {
		return a, fmt.Errorf("reading the arguments for containers: %w; expected --runtime NAME, --ulimit NAME=SOFT:HARD and --security-opt TEXT", err)
	}
	return a, nil
}

// A jobNetwork says which network the jobs of some job types have.
type jobNetwork struct{ pattern, network string }

// parseNetworks reads NAME and NAME=NETWORK.
func parseNetworks(texts []string) ([]jobNetwork, error) {
	var networks []jobNetwork
	for _, text := range texts {
		pattern, network, _ := strings.Cut(text, "=")
		if _, err := path.Match(pattern, ""); err != nil {
			return nil, fmt.Errorf("checking which jobs may use the network: %q is not a pattern such as load-*", pattern)
		}
		networks = append(networks, jobNetwork{pattern, network})
	}
	return networks, nil
}

// networkOf is the network of the jobs of that name, and whether they have any.
func networkOf(networks []jobNetwork, job string) (name string, ok bool) {
	for _, n := range networks {
		if ok, _ := path.Match(n.pattern, job); ok { // the pattern is valid: parseNetworks checked it
			return n.network, true
		}
	}
	return "", false
}
