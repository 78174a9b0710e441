package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"

	"github.com/recipe-galley/terraform-provider-galley/internal/client"
)

const (
	version  = "0.1.0" // of the provider in the local mirror
	username = "demo"
	password = "demo-on-loopback-only"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Getenv("KEEP") != ""); err != nil {
		fmt.Fprintln(os.Stderr, "demo:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, keep bool) (err error) {
	started := time.Now()
	root, err := os.Getwd()
	if err != nil {
		return err
	}
	cli, err := findCLI()
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "galley-demo-")
	if err != nil {
		return fmt.Errorf("making a folder for the demo: %w", err)
	}
	d := &demo{dir: dir, work: filepath.Join(dir, "quickstart"), cli: cli}
	defer func() {
		if keep && err == nil {
			return
		}
		d.stop()
		_ = os.RemoveAll(dir)
	}()

	say("Starting galleyd in %s", dir)
	if err := d.startBackend(ctx, filepath.Join(root, "bin", "galleyd")); err != nil {
		return err
	}
	if err := os.CopyFS(d.work, os.DirFS(filepath.Join(root, "examples", "quickstart"))); err != nil {
		return fmt.Errorf("copying the example: %w", err)
	}
	if err := d.installProvider(filepath.Join(root, "bin", "terraform-provider-galley")); err != nil {
		return err
	}
	if err := d.story(ctx); err != nil {
		return err
	}
	if keep {
		d.explain()
		return nil
	}
	say("Done in %s; everything is stopped and removed", time.Since(started).Round(time.Second))
	fmt.Println("Where to look: make demo KEEP=1 leaves galleyd, the files and Terraform's whole output; what was applied is examples/quickstart, " +
		"and the guide Getting started explains it.")
	return nil
}

// demo is one run: a folder, a backend in it, and a copy of the example.
type demo struct {
	dir, work, cli string
	answer         string // the last product that people can read
	backend        *exec.Cmd
	url            string
}

// story is what the demo shows.
func (d *demo) story(ctx context.Context) error {
	say("%s init && %[1]s apply", d.cli)
	if err := d.terraform(ctx, "init", "-no-color", "-input=false"); err != nil {
		return err
	}
	if err := d.apply(ctx); err != nil {
		return err
	}

	say("A second plan")
	if err := d.terraform(ctx, "plan", "-no-color", "-input=false", "-detailed-exitcode"); err != nil {
		return fmt.Errorf("the second plan is not empty: %w", err)
	}

	say("The input file changes: only the first 100 days are left. Apply again")
	data := filepath.Join(d.work, "data", "seattle-2015.csv")
	if err := keepLines(data, 101); err != nil {
		return err
	}
	if err := d.apply(ctx); err != nil {
		return err
	}
	say("The answer, of the first 100 days")
	fmt.Println(d.answer)
	return nil
}

// apply applies the example and shows the outputs and the products of its recipe.
func (d *demo) apply(ctx context.Context) error {
	if err := d.terraform(ctx, "apply", "-no-color", "-input=false", "-auto-approve"); err != nil {
		return err
	}
	out, err := d.command(ctx, "output", "-json").Output()
	if err != nil {
		return fmt.Errorf("reading the outputs: %w", err)
	}
	var outputs struct {
		RecipeID struct {
			Value int64 `json:"value"`
		} `json:"recipe_id"`
	}
	if err := json.Unmarshal(out, &outputs); err != nil {
		return fmt.Errorf("reading the outputs: %w", err)
	}
	return d.showProducts(ctx, outputs.RecipeID.Value)
}

// showProducts prints the readable products of the recipe.
func (d *demo) showProducts(ctx context.Context, recipeID int64) error {
	c, err := client.New(client.Config{Endpoint: d.url, Username: username, Password: password})
	if err != nil {
		return err
	}
	recipes, err := c.Recipes(ctx, client.RecipeQuery{RootRecipeIDs: []int64{recipeID}})
	if err != nil {
		return fmt.Errorf("listing the recipe and its sub-recipes: %w", err)
	}
	var ids []int64
	for _, r := range recipes {
		ids = append(ids, r.ID)
	}
	files, err := c.Files(ctx, client.FileQuery{RecipeIDs: ids})
	if err != nil {
		return fmt.Errorf("listing the products: %w", err)
	}
	for _, f := range files {
		fmt.Printf("Product %s (%s, %d bytes)\n", f.FileName, f.MediaType, f.FileSize)
		if f.MediaType == "text/csv" {
			continue
		}
		body, err := c.FileContent(ctx, f.ID)
		if err != nil {
			return fmt.Errorf("reading %s: %w", f.FileName, err)
		}
		text, err := io.ReadAll(body)
		if err := errors.Join(err, body.Close()); err != nil {
			return fmt.Errorf("reading %s: %w", f.FileName, err)
		}
		d.answer = firstLines(string(text), answerLines)
	}
	return nil
}

// startBackend starts galleyd and waits for its ready line.
func (d *demo) startBackend(ctx context.Context, galleyd string) error {
	d.backend = exec.Command(galleyd, "serve", "--listen", "127.0.0.1:0", "--data-dir", filepath.Join(d.dir, "galleyd"), "--executor", "process",
		"--require-sandbox", "landlock") // more where the machine has it
	d.backend.Env = append(os.Environ(), "GALLEYD_ADMIN_USERNAME="+username, "GALLEYD_ADMIN_PASSWORD="+password)
	d.backend.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // Ctrl-C is for us; we stop it in order
	logs, err := os.Create(filepath.Join(d.dir, "galleyd.log"))
	if err != nil {
		return err
	}
	defer logs.Close()
	d.backend.Stderr = logs
	stdout, err := d.backend.StdoutPipe()
	if err != nil {
		return err
	}
	if err := d.backend.Start(); err != nil {
		return fmt.Errorf("starting galleyd: %w", err)
	}
	ready := make(chan string, 1)
	go func() {
		defer close(ready)
		lines := bufio.NewScanner(stdout)
		for lines.Scan() {
			var line struct{ Msg, URL string }
			if json.Unmarshal(lines.Bytes(), &line) == nil && line.Msg == "ready" {
				ready <- line.URL
			}
		}
	}()
	select {
	case url, ok := <-ready:
		if !ok {
			text, _ := os.ReadFile(logs.Name())
			return fmt.Errorf("galleyd ended before it was ready:\n%s", text)
		}
		d.url = url
		return nil
	case <-time.After(30 * time.Second):
		return errors.New("galleyd was not ready within 30 s")
	case <-ctx.Done():
		return ctx.Err()
	}
}

// installProvider lays the provider out as a filesystem mirror, for Terraform's and for OpenTofu's registry address.
func (d *demo) installProvider(binary string) error {
	mirror := filepath.Join(d.dir, "mirror")
	for _, host := range []string{"registry.terraform.io", "registry.opentofu.org"} {
		folder := filepath.Join(mirror, host, "recipe-galley", "galley", version, runtime.GOOS+"_"+runtime.GOARCH)
		if err := os.MkdirAll(folder, 0o755); err != nil {
			return err
		}
		if err := os.Symlink(binary, filepath.Join(folder, "terraform-provider-galley_v"+version)); err != nil {
			return err
		}
	}
	rc := fmt.Sprintf("provider_installation {\n  filesystem_mirror {\n    path = %q\n  }\n}\n", mirror)
	return os.WriteFile(filepath.Join(d.dir, "terraform.rc"), []byte(rc), 0o600)
}

func (d *demo) env() []string {
	return []string{
		"GALLEY_ENDPOINT=" + d.url,
		"GALLEY_USERNAME=" + username,
		"GALLEY_PASSWORD=" + password,
		"TF_CLI_CONFIG_FILE=" + filepath.Join(d.dir, "terraform.rc"),
		"TF_VAR_workspace_path=files",
	}
}

func (d *demo) command(ctx context.Context, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, d.cli, args...)
	cmd.Dir = d.work
	cmd.Env = append(os.Environ(), d.env()...)
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	return cmd
}

// terraform runs a command of Terraform and prints what is essential of its output. All of it is in
// terraform.log.
func (d *demo) terraform(ctx context.Context, args ...string) error {
	out, err := d.command(ctx, args...).CombinedOutput()
	if err := d.log(out); err != nil {
		return err
	}
	if err != nil {
		return fmt.Errorf("%s %s: %w\n%s", d.cli, args[0], err, lastLines(string(out), errorLines))
	}
	for _, line := range essential(string(out)) {
		fmt.Println(line)
	}
	return nil
}

func (d *demo) log(text []byte) error {
	f, err := os.OpenFile(filepath.Join(d.dir, "terraform.log"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	return errors.Join(err, f.Close())
}

// stop drains the backend; it is killed if that takes too long.
func (d *demo) stop() {
	if d.backend == nil || d.backend.Process == nil {
		return
	}
	_ = d.backend.Process.Signal(syscall.SIGTERM)
	kill := time.AfterFunc(20*time.Second, func() { _ = d.backend.Process.Kill() })
	defer kill.Stop()
	_ = d.backend.Wait()
}

func (d *demo) explain() {
	say("galleyd goes on at %s (process %d). To go on by hand:", d.url, d.backend.Process.Pid)
	fmt.Printf("  cd %s\n", d.work)
	for _, v := range d.env() {
		fmt.Printf("  export %s\n", v)
	}
	fmt.Printf("  %s plan\n\nAll that Terraform has said: %s\nTo end it: kill %d; rm -r %s\n", d.cli, filepath.Join(d.dir, "terraform.log"), d.backend.Process.Pid, d.dir)
}

// findCLI returns terraform, or tofu where there is no terraform.
func findCLI() (string, error) {
	for _, name := range []string{"terraform", "tofu"} {
		if _, err := exec.LookPath(name); err == nil {
			return name, nil
		}
	}
	return "", errors.New("neither terraform (>= 1.8) nor tofu (>= 1.10) is on the PATH: install one of them, see https://developer.hashicorp.com/terraform/install or https://opentofu.org/docs/intro/install/")
}

// keepLines cuts the file to its first n lines.
func keepLines(path string, n int) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("changing the input file: %w", err)
	}
	lines := strings.SplitAfter(string(text), "\n")
	return os.WriteFile(path, []byte(strings.Join(lines[:min(n, len(lines))], "")), 0o644)
}

// say prints a headline, in bold on a terminal.
func say(format string, args ...any) {
	text := "== " + fmt.Sprintf(format, args...)
	if info, err := os.Stdout.Stat(); err == nil && info.Mode()&os.ModeCharDevice != 0 {
		text = "\033[1m" + text + "\033[0m"
	}
	fmt.Println("\n" + text)
}
