package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"

	"github.com/recipe-galley/terraform-provider-galley/internal/server/page/browsertest"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store/pgtest"
)

func main() {
	args := os.Args[1:]
	if len(args) > 0 && args[0] == "--" {
		args = args[1:]
	}
	if len(args) == 0 {
		fmt.Fprintln(os.Stderr, "usage: testpg -- COMMAND [ARGUMENT...]")
		os.Exit(2)
	}
	code, err := run(context.Background(), args)
	if err != nil {
		fmt.Fprintln(os.Stderr, "testpg:", err)
	}
	os.Exit(code)
}

// run runs the command with a server and returns its exit code.
func run(ctx context.Context, args []string) (code int, err error) {
	address := os.Getenv(pgtest.EnvURL)
	if address == "" {
		if err := install(ctx); err != nil {
			return 125, err
		}
		server, err := pgtest.Start(ctx)
		if err != nil {
			return 125, err
		}
		defer func() {
			if stopErr := server.Stop(); stopErr != nil {
				code, err = max(code, 1), errors.Join(err, stopErr)
			}
		}()
		address = server.URL
	}
	installContainers(ctx)
	installBrowser(ctx)
	installPromtool(ctx)
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	defer signal.Stop(signals)
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.Env = append(os.Environ(), pgtest.EnvURL+"="+address)
	if err := cmd.Start(); err != nil {
		return 125, fmt.Errorf("starting the command: %w", err)
	}
	done := make(chan error, 1)
	go func() { done <- cmd.Wait() }()
	for {
		select {
		case s := <-signals:
			// The terminal has sent its interrupt to the command too; a second one does no harm.
			_ = cmd.Process.Signal(s)
		case err := <-done:
			return exitCode(err)
		}
	}
}

// exitCode is the code that a shell would have for a command that ended with err.
func exitCode(err error) (int, error) {
	if err == nil {
		return 0, nil
	}
	exit, ok := errors.AsType[*exec.ExitError](err)
	if !ok {
		return 125, fmt.Errorf("waiting for the command: %w", err)
	}
	if status, ok := exit.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return 128 + int(status.Signal()), nil
	}
	return exit.ExitCode(), nil
}

// install makes sure that there is a PostgreSQL, where that is in our power.
func install(ctx context.Context) error {
	_, err := pgtest.Find()
	if !errors.Is(err, pgtest.ErrMissing) {
		return err
	}
	apt, aptErr := exec.LookPath("apt-get")
	if os.Geteuid() != 0 || aptErr != nil {
		return err
	}
	if err := aptInstall(ctx, apt, "postgresql"); err != nil {
		return fmt.Errorf("installing PostgreSQL: %w", err)
	}
	_, err = pgtest.Find()
	return err
}

// installContainers installs what the tests of containers need, where that is in our power.
// Without it they are skipped, each by its name.
func installContainers(ctx context.Context) {
	_, podmanErr := exec.LookPath("podman")
	_, runcErr := exec.LookPath("runc")
	apt, aptErr := exec.LookPath("apt-get")
	if podmanErr == nil && runcErr == nil || os.Geteuid() != 0 || aptErr != nil {
		return
	}
	if err := aptInstall(ctx, apt, "podman", "runc"); err != nil {
		fmt.Fprintln(os.Stderr, "testpg: the tests of containers will be skipped:", err)
	}
}

// installBrowser does the same for a Chromium, which looks at the page.
func installBrowser(ctx context.Context) {
	_, err := browsertest.Find()
	apt, aptErr := exec.LookPath("apt-get")
	if err == nil || os.Geteuid() != 0 || aptErr != nil {
		return
	}
	if err := aptInstall(ctx, apt, "chromium"); err != nil {
		fmt.Fprintln(os.Stderr, "testpg: the tests that look at the page will be skipped:", err)
	}
}

// installPromtool does the same for what tries the example's rules for alerts.
func installPromtool(ctx context.Context) {
	_, err := exec.LookPath("promtool")
	apt, aptErr := exec.LookPath("apt-get")
	if err == nil || os.Geteuid() != 0 || aptErr != nil {
		return
	}
	if err := aptInstall(ctx, apt, "prometheus"); err != nil {
		fmt.Fprintln(os.Stderr, "testpg: the rules for alerts will not be tried:", err)
	}
}

// aptInstall installs packages of Debian.
func aptInstall(ctx context.Context, apt string, packages ...string) error {
	fmt.Fprintln(os.Stderr, "testpg: installing Debian's", strings.Join(packages, " and "))
	for _, args := range [][]string{{"update"}, append([]string{"install", "-y", "--no-install-recommends"}, packages...)} {
		cmd := exec.CommandContext(ctx, apt, args...)
		cmd.Env = append(os.Environ(), "DEBIAN_FRONTEND=noninteractive")
		cmd.Stdout, cmd.Stderr = os.Stderr, os.Stderr
		if err := cmd.Run(); err != nil {
			return fmt.Errorf("running apt-get %v: %w", args, err)
		}
	}
	return nil
}
