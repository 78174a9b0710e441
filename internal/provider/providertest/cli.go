package providertest

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6/tf6server"

	"github.com/recipe-galley/terraform-provider-galley/internal/server/servertest"
)

// serveVariable makes a test program the provider of the tests of another one.
const serveVariable = "GALLEY_TEST_SERVE_PROVIDER"

func providerHost() string { return cmp.Or(os.Getenv("TF_ACC_PROVIDER_HOST"), "registry.terraform.io") }

// serveProvider is a program of its own that serves the provider, for tests that interrupt
// Terraform.
func serveProvider() {
	err := tf6server.Serve(providerHost()+"/recipe-galley/galley", func() tfprotov6.ProviderServer { return newServer() }, tf6server.WithManagedDebug())
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// MustServeProvider starts the provider as a program of its own. It returns the
// environment that makes Terraform use it.
func MustServeProvider(t *testing.T) (environment string) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	serve := exec.CommandContext(ctx, self)
	serve.Env = append(os.Environ(), serveVariable+"=1")
	out, err := serve.StdoutPipe()
	if err == nil {
		err = serve.Start()
	}
	if err != nil {
		cancel()
		t.Fatalf("starting the provider: %v", err)
	}
	t.Cleanup(func() {
		cancel()
		_ = serve.Wait() // it was killed
	})
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if name, value, found := strings.Cut(strings.TrimSpace(lines.Text()), "="); found && name == "TF_REATTACH_PROVIDERS" {
			return name + "=" + strings.Trim(value, "'")
		}
	}
	t.Fatal("the provider has ended without saying where it is")
	return ""
}

const requirement = "terraform {\n  required_providers {\n    galley = { source = \"recipe-galley/galley\" }\n  }\n}\n"

// CLI is Terraform in a folder of the test's own.
type CLI struct {
	Dir         string
	Environment []string
}

// NewCLI initializes a folder with config, and serves the provider for it in a program of its own.
func NewCLI(t *testing.T, config string) CLI {
	t.Helper()
	c := CLI{Dir: t.TempDir(), Environment: append(os.Environ(), MustServeProvider(t))}
	if err := os.WriteFile(filepath.Join(c.Dir, "main.tf"), []byte(requirement+config), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := c.Command(t, "init").CombinedOutput(); err != nil {
		t.Fatalf("init: %v\n%s", err, out)
	}
	return c
}

// PluginVariable makes a test program the provider as Terraform starts it: who has it in the
// environment serves with it.
const PluginVariable = "GALLEY_TEST_PLUGIN"

// NewPluginCLI is a folder with config whose provider Terraform starts itself, as a process of
// its own each time. The test program has to serve it: see PluginVariable.
func NewPluginCLI(t testing.TB, config string) CLI {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := CLI{Dir: t.TempDir()}
	plugin := filepath.Join(c.Dir, "plugin", "terraform-provider-galley")
	rc := filepath.Join(c.Dir, "terraform.rc")
	for name, text := range map[string]string{
		plugin:                          "#!/bin/sh\n" + PluginVariable + "=1 exec '" + self + "'\n",
		rc:                              fmt.Sprintf("provider_installation {\n  dev_overrides {\n    %q = %q\n  }\n  direct {}\n}\n", providerHost()+"/recipe-galley/galley", filepath.Dir(plugin)),
		filepath.Join(c.Dir, "main.tf"): requirement + config,
	} {
		if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o700); err != nil { //nolint:gosec // one of them is a program
			t.Fatal(err)
		}
	}
	c.Environment = append(os.Environ(), "TF_CLI_CONFIG_FILE="+rc)
	return c
}

// Command is a command of Terraform that has not started.
func (c CLI) Command(t testing.TB, args ...string) *exec.Cmd {
	t.Helper()
	//nolint:gosec // the path is the developer's
	command := exec.CommandContext(context.WithoutCancel(t.Context()), os.Getenv("TF_ACC_TERRAFORM_PATH"), append(args, "-no-color")...)
	command.Dir, command.Env = c.Dir, c.Environment
	return command
}

// MustInterrupt starts a command, sends it what Ctrl-C sends once ready is true, and
// returns what it has written.
func (c CLI) MustInterrupt(t *testing.T, ready func() error, args ...string) string {
	t.Helper()
	var out bytes.Buffer
	command := c.Command(t, args...)
	command.Stdout, command.Stderr = &out, &out
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = command.Wait() // the test looks at the output
	}()
	servertest.Eventually(t, 30*time.Second, ready)
	if err := command.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	select {
	case <-ended:
	case <-time.After(30 * time.Second):
		_ = command.Process.Kill()
		<-ended
		t.Fatalf("an interrupt does not end it:\n%s", out.String())
	}
	return Plain(out.String())
}

// MustRun runs a command, which has to succeed, and returns what it has written.
func (c CLI) MustRun(t testing.TB, args ...string) string {
	t.Helper()
	out, err := c.Command(t, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %v\n%s", args, err, out)
	}
	return string(out)
}

// Plain is what Terraform has written, without frames and line breaks.
func Plain(output string) string {
	return strings.Join(strings.Fields(strings.NewReplacer("│", " ", "╷", " ", "╵", " ").Replace(output)), " ")
}
