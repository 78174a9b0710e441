package server_test

import (
	"errors"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/recipe-galley/terraform-provider-galley/internal/server/servertest"
)

// seedOfOrders is the document whose programs have to run, from the module's root. It is
// not part of the repository; without it the programs of testdata make the same calls.
const seedOfOrders = "../shared/seeds/run-orders-via-api.txt"

// program is a program of the seed as it is printed, or else the one of testdata.
func program(t *testing.T, language, file string) string {
	t.Helper()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(root, "go.mod")); err != nil {
		t.Fatalf("the module's root is not where this test looks for it: %v", err)
	}
	seed, err := os.ReadFile(filepath.Join(root, seedOfOrders))
	if errors.Is(err, os.ErrNotExist) {
		t.Logf("there is no %s: testdata/programs/%s makes the same calls", seedOfOrders, file)
		own, err := os.ReadFile(filepath.Join("testdata", "programs", file))
		if err != nil {
			t.Fatal(err)
		}
		return string(own)
	}
	if err != nil {
		t.Fatal(err)
	}
	// The last section of the document has one heading for each language.
	_, text, found := strings.Cut(strings.ReplaceAll(string(seed), "\r\n", "\n"), "\nExamples of running orders via API\n")
	bash, python, both := strings.Cut(text, "\nPython\n")
	if !found || !both {
		t.Fatalf("%s does not have the programs where they were", seedOfOrders)
	}
	if language == "Python" {
		return python
	}
	_, bash, found = strings.Cut(bash, "\nBash\n")
	if !found || !strings.Contains(bash, "#!/bin/bash") {
		t.Fatalf("%s does not have the Bash program where it was", seedOfOrders)
	}
	return strings.TrimLeft(bash, "\n")
}

// substituted replaces placeholders, each of which has to be there.
func substituted(t *testing.T, program string, pairs ...string) string {
	t.Helper()
	for i := 0; i < len(pairs); i += 2 {
		if !strings.Contains(program, pairs[i]) {
			t.Fatalf("the program has no %s:\n%s", pairs[i], program)
		}
		program = strings.ReplaceAll(program, pairs[i], pairs[i+1])
	}
	return program
}

// lacks tells whether the machine lacks one of the programs. Then the test sends by
// itself what they would send.
func lacks(t *testing.T, programs ...string) bool {
	t.Helper()
	for _, name := range programs {
		if _, err := exec.LookPath(name); err != nil {
			t.Logf("the test sends the same requests by itself: %v", err)
			return true
		}
	}
	return false
}

// orderLike logs in and orders with a body under a label, and returns the answer.
func (k *kitchens) orderLike(label, body string) string {
	k.t.Helper()
	header := http.Header{"Content-Type": {label}, "Authorization": {"Bearer " + mustLogin(k.t, k.Server, k.Username, k.Password)}}
	resp, raw := k.Do(k.t, "PUT", "/v2/order/create/Prod/hello/now", header, strings.NewReader(body))
	if resp.StatusCode != http.StatusOK {
		k.t.Fatalf("ordering: got %d %s", resp.StatusCode, raw)
	}
	return string(raw)
}

// runProgram runs a program and returns all of its output.
func runProgram(t *testing.T, env []string, name string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Env = append(os.Environ(), env...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v:\n%s", name, err, out)
	}
	return string(out)
}

// orderedBy is the id of the order that a program's output tells of.
func orderedBy(t *testing.T, output string) string {
	t.Helper()
	found := regexp.MustCompile(`["']order_id["']: ?["']([0-9a-f-]{36})["']`).FindStringSubmatch(output)
	if found == nil {
		t.Fatalf("the output has no order:\n%s", output)
	}
	return found[1]
}

// TestBashProgramOfTheSeed runs as it is printed: its JSON is labelled as a form, since an
// assignment lacks its =.
func TestBashProgramOfTheSeed(t *testing.T) {
	t.Parallel()
	k := newKitchens(t, servertest.Options{})
	want := map[string]string{"testvar": "override_value"}
	if lacks(t, "bash", "curl") {
		k.checkRan(orderedBy(t, k.orderLike("application/x-www-form-urlencoded", `{"parameters":{"testvar":"override_value"}}`)), want)
		return
	}
	text := substituted(t, program(t, "Bash", "order.sh"), "https://cloud.datakitchen.io", k.URL, "<USERNAME>", k.Username,
		"<PASSWORD>", k.Password, "<KITCHEN_NAME>", "Prod", "<RECIPE_NAME>", "hello", "<VARIATION_NAME>", "now")
	file := filepath.Join(t.TempDir(), "order.sh")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	output := runProgram(t, nil, "bash", file)
	if !strings.Contains(output, "Order run created successfully") {
		t.Errorf("the program says:\n%s", output)
	}
	k.checkRan(orderedBy(t, output), want)
}

// TestPythonProgramOfTheSeed: nothing is changed but the print statements, which Python 3
// refuses, and what stands for something else.
func TestPythonProgramOfTheSeed(t *testing.T) {
	t.Parallel()
	k := newKitchens(t, servertest.Options{})
	want := map[string]string{"variable1": "one", "value2": "two"}
	if lacks(t, "python3") {
		k.checkRan(orderedBy(t, k.orderLike("application/json", `{"parameters": {"variable1": "one", "value2": "two"}}`)), want)
		return
	}
	text := substituted(t, program(t, "Python", "order.py"), "https://cloud.datakitchen.io", k.URL, "your_kitchen", "Prod",
		"your_recipe", "hello", "your_variation", "now")
	text = regexp.MustCompile(`(?m)^print ([^(\n].*)$`).ReplaceAllString(text, "print($1)")
	file := filepath.Join(t.TempDir(), "order.py")
	if err := os.WriteFile(file, []byte("override1 = 'one'\noverride2 = 'two'\n"+text), 0o600); err != nil {
		t.Fatal(err)
	}
	env := []string{"username=" + k.Username, "password=" + k.Password}
	if err := exec.CommandContext(t.Context(), "python3", "-c", "import requests").Run(); err != nil {
		t.Log("the package requests is missing: testdata/requests sends the same by urllib")
		own, err := filepath.Abs("testdata/requests")
		if err != nil {
			t.Fatal(err)
		}
		env = append(env, "PYTHONPATH="+own, "PYTHONDONTWRITEBYTECODE=1")
	}
	output := runProgram(t, env, "python3", file)
	k.checkRan(orderedBy(t, output), want)
}

// checkRan waits until the order's run is completed and looks for its overrides.
func (k *kitchens) checkRan(order string, overrides map[string]string) {
	k.t.Helper()
	run := k.wait(order, "COMPLETED_SERVING")
	var variables map[string]any
	decode(k.t, k.details(run.HID, "").Variables, &variables)
	for name, want := range overrides {
		if variables[name] != want {
			k.t.Errorf("the run had %s = %v, want %s", name, variables[name], want)
		}
	}
}
