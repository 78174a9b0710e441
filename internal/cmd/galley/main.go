package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"

	"github.com/alecthomas/kong"
)

// version and commit are set by the release's linker flags.
var (
	version = "dev"
	commit  = "none"
)

// The exit codes. They are part of what scripts rely on: the guide lists them.
const (
	exitDone   = 0
	exitFailed = 1 // of the run that was watched, or of the file that was checked
	exitUnable = 2 // wrong usage, an unreachable backend, or one that refuses
)

// failure is an error about what was looked at: a run that has failed, a file with findings.
type failure struct{ text string }

// Error implements error.
func (f failure) Error() string { return f.text }

type cli struct {
	Runs       runsCmd       `cmd:"" help:"Look at runs, wait for them, resume and cancel them."`
	Orders     ordersCmd     `cmd:"" help:"Look at orders, run and pause them."`
	Files      filesCmd      `cmd:"" help:"List files, download and upload them."`
	Types      typesCmd      `cmd:"" help:"List recipe types and job types, and compare revisions."`
	Check      checkCmd      `cmd:"" help:"Check a definition or a manifest, without a backend."`
	Completion completionCmd `cmd:"" help:"Print what a shell needs to complete commands of galley."`
	Version    versionCmd    `cmd:"" help:"Print the version."`
}

type versionCmd struct{}

// Run is `galley version`.
func (versionCmd) Run(p *program) error {
	p.say("galley %s (%s)", version, commit)
	return nil
}

const description = `The command line of Galley.

Where the backend is and who asks is taken from the environment, in the variables of the Terraform provider: GALLEY_ENDPOINT, ` +
	`GALLEY_TOKEN or GALLEY_TOKEN_FILE or GALLEY_USERNAME and GALLEY_PASSWORD, GALLEY_CA_CERT_PEM and the others of its documentation.

It ends with 0 if all is well, with 1 if the run has failed or the file has errors, and with 2 if it was not able to tell.`

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	p := &program{
		stdout: os.Stdout, stderr: os.Stderr, stdin: os.Stdin, getenv: os.Getenv,
		outTerminal: isTerminal(os.Stdout), errTerminal: isTerminal(os.Stderr) && os.Getenv("TERM") != "dumb",
	}
	code := p.run(ctx, os.Args[1:])
	stop()
	os.Exit(code)
}

// leave is what --help ends the parser with.
type leave int

// newParser is that of the program's arguments.
func (p *program) newParser(c *cli) (*kong.Kong, error) {
	return kong.New(c, kong.Name("galley"), kong.Description(description), kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
		kong.Writers(p.stdout, p.stderr), kong.Exit(func(code int) { panic(leave(code)) }))
}

// run carries out the command of args, and returns the exit code.
func (p *program) run(ctx context.Context, args []string) (code int) {
	defer func() {
		switch r := recover().(type) {
		case nil:
		case leave:
			code = int(r)
		default:
			panic(r)
		}
	}()
	var c cli
	parser, err := p.newParser(&c)
	if err != nil {
		return p.end(err)
	}
	if completes(parser, p.getenv, p.stdout) {
		return exitDone
	}
	command, err := parser.Parse(args)
	if err != nil {
		return p.end(fmt.Errorf("%w; galley --help lists the commands, and galley COMMAND --help what a command takes", err))
	}
	command.BindTo(ctx, (*context.Context)(nil))
	err = command.Run(p)
	if ctx.Err() != nil {
		err = errors.New("interrupted; what was started on the backend goes on")
	}
	return p.end(err)
}

// end reports err, and is the exit code.
func (p *program) end(err error) int {
	p.progress("")
	if p.backend != nil && p.backend.Simulates() {
		_, _ = fmt.Fprintln(p.stderr, "galley: this backend only simulates jobs (--executor=simulate): no command is run, outputs are made up")
	}
	if err == nil {
		return exitDone
	}
	_, _ = fmt.Fprintf(p.stderr, "galley: %s\n", visible(explain(err)))
	if _, isFailure := errors.AsType[failure](err); isFailure {
		return exitFailed
	}
	return exitUnable
}
