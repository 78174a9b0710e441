package main

import (
	"fmt"
	"io"

	"github.com/alecthomas/kong"
	"github.com/posener/complete"
)

type completionCmd struct {
	Shell string `arg:"" help:"bash, zsh or fish." enum:"bash,zsh,fish"`
}

// The lines that let a shell ask the program itself.
var completions = map[string]string{
	"bash": "complete -C galley galley",
	"zsh":  "autoload -U +X bashcompinit && bashcompinit\ncomplete -o nospace -C galley galley",
	"fish": "complete -f -c galley -a '(set -lx COMP_LINE (commandline -cp); test -z (commandline -ct); and set COMP_LINE \"$COMP_LINE \"; galley)'",
}

// Run is `galley completion`.
func (c completionCmd) Run(p *program) error {
	_, err := fmt.Fprintln(p.stdout, completions[c.Shell])
	return err
}

// completes answers a shell that asks how a command may go on; false: none asks.
func completes(parser *kong.Kong, getenv func(string) string, out io.Writer) bool {
	if getenv("COMP_LINE") == "" {
		return false
	}
	c := complete.New("galley", completionOf(parser.Model.Node))
	c.Out = out
	return c.Complete()
}

// completionOf are the commands and flags of n, and of those below it.
func completionOf(n *kong.Node) complete.Command {
	out := complete.Command{Sub: complete.Commands{}, Flags: complete.Flags{}}
	for _, child := range n.Children {
		if child.Type == kong.CommandNode && !child.Hidden {
			out.Sub[child.Name] = completionOf(child)
		}
	}
	for _, group := range n.AllFlags(true) {
		for _, flag := range group {
			out.Flags["--"+flag.Name] = predictor(flag.Value)
			if flag.Short != 0 {
				out.Flags["-"+string(flag.Short)] = predictor(flag.Value)
			}
		}
	}
	for _, argument := range n.Positional {
		out.Args = predictor(argument)
	}
	return out
}

// predictor is what a value may be: a word, a file, or nothing that is known here.
func predictor(v *kong.Value) complete.Predictor {
	switch {
	case v.IsBool():
		return complete.PredictNothing
	case v.Enum != "":
		return complete.PredictSet(v.EnumSlice()...)
	case v.Tag != nil && v.Tag.Type == "path":
		return complete.PredictFiles("*")
	}
	return complete.PredictAnything
}
