package provider

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/client"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/providertest"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/servertest"
)

// parentOf is the process that has started another one; 0 if that has ended.
func parentOf(pid int) int {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	fields := strings.Fields(string(raw[bytes.LastIndexByte(raw, ')')+1:]))
	if err != nil || len(fields) < 2 {
		return 0
	}
	parent, _ := strconv.Atoi(fields[1])
	return parent
}

// providerBelow is the provider that a Terraform has started, which is this test program.
func providerBelow(terraform int) (int, error) {
	self, err := os.Executable()
	if err != nil {
		return 0, err
	}
	programs, err := filepath.Glob("/proc/[0-9]*/exe")
	if err != nil {
		return 0, err
	}
	for _, path := range programs {
		pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(path)))
		if exe, err := os.Readlink(path); err != nil || exe != self {
			continue
		}
		for above := parentOf(pid); above > 1; above = parentOf(above) {
			if above == terraform {
				return pid, nil
			}
		}
	}
	return 0, errors.New("Terraform has no provider running")
}

// mustSignal starts an apply and sends a signal to its provider alone once that has a recipe
// that runs, by a create after the time since.
func mustSignal(t *testing.T, s *servertest.Server, c providertest.CLI, signal syscall.Signal, since api.Time) (output string, at api.Time, err error) {
	t.Helper()
	var out bytes.Buffer
	command := c.Command(t, "apply", "-auto-approve", "-input=false")
	command.Stdout, command.Stderr = &out, &out
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	servertest.Eventually(t, time.Minute, func() error {
		made, err := s.Client.Origins(t.Context(), client.OriginQuery{Kinds: []string{api.OriginRecipe}})
		if err == nil && (len(made) != 1 || !made[0].At.After(since.Time)) {
			err = fmt.Errorf("recipes are made by %+v, want one after %s", made, since)
		}
		if err == nil {
			at = made[0].At
		}
		return err
	})
	provider, err := providerBelow(command.Process.Pid)
	if err == nil {
		err = syscall.Kill(provider, signal)
	}
	if err != nil {
		t.Fatal(err)
	}
	err = command.Wait()
	return providertest.Plain(out.String()), at, err
}

// TestAccASignalToTheProviderLosesNoRun: SIGKILL leaves a run that no state knows, which the
// next apply finds; SIGTERM is Stop, and leaves it in the state. Either way it runs once.
func TestAccASignalToTheProviderLosesNoRun(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{})
	providertest.MustCreateJobType(t, s)
	providertest.MustCreateOne(t, s.Client)
	c := providertest.NewPluginCLI(t, providertest.RecipeConfig(s, `settings = { GALLEY_SIMULATE_DURATION = "20s" }`)+
		"output \"run\" { value = \"${galley_recipe.test.id} ${galley_recipe.test.status}\" }\n")
	out, at, err := mustSignal(t, s, c, syscall.SIGKILL, api.Time{})
	if err == nil {
		t.Errorf("an apply without its provider has succeeded:\n%s", out)
	}
	out, _, err = mustSignal(t, s, c, syscall.SIGTERM, at)
	if err != nil || !strings.Contains(out, "Recipe 1 goes on") || !strings.Contains(out, "the next apply waits for it") {
		t.Errorf("the apply after it, whose provider is told to stop: %v\n%s", err, out)
	}
	if out := c.MustRun(t, "apply", "-auto-approve"); !strings.Contains(out, `run = "1 COMPLETED"`) {
		t.Errorf("the last apply:\n%s", out)
	}
	if err := providertest.RecipeCount(s.Client, 1)(nil); err != nil {
		t.Error(err)
	}
}
