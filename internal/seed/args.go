package seed

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"mvdan.cc/sh/v3/expand"
	"mvdan.cc/sh/v3/syntax"
)

// Arguments are the words of a command as they follow the entry point of an image: variables
// are expanded and words split as Bash does it (${LIMIT/#/-d }), with nothing but env, and nothing
// is run. What only a shell can do, such as a pipe or $(…), is an error: the entry point gets
// arguments, not a script.
func Arguments(command string, env map[string]string) (words []string, err error) {
	// A command is what somebody has written, and must not end the server that reads it.
	defer func() {
		if r := recover(); r != nil {
			words, err = nil, fmt.Errorf("interface.command: found %q, which cannot be read as words: %v", command, r)
		}
	}()
	var parsed []*syntax.Word
	for word, err := range syntax.NewParser().WordsSeq(strings.NewReader(command)) {
		if err != nil {
			return nil, commandError(command, err)
		}
		if err := checkWord(word); err != nil {
			return nil, commandError(command, err)
		}
		parsed = append(parsed, word)
	}
	pairs := make([]string, 0, len(env))
	for name, value := range env {
		pairs = append(pairs, name+"="+value)
	}
	words, err = expand.Fields(&expand.Config{Env: expand.ListEnviron(pairs...)}, parsed...)
	if err != nil {
		return nil, commandError(command, err)
	}
	return words, nil
}

// checkWord refuses what would run something, and braces, of which a few make millions of words.
func checkWord(word *syntax.Word) (err error) {
	syntax.Walk(word, func(node syntax.Node) bool {
		switch node := node.(type) {
		case *syntax.CmdSubst, *syntax.ProcSubst:
			err = errors.New("it runs another command")
		case *syntax.ParamExp:
			err = putAround(node)
		}
		return err == nil
	})
	if copied := *word; err == nil && syntax.SplitBraces(&copied) {
		err = errors.New("it expands braces; quote them if they are meant as they are")
	}
	return err
}

// putAround makes ${NAME/#/-d }, the standard's way to put an option in front of a value that is
// given, into ${NAME+-d $NAME}, which the shell library knows; and ${NAME/%/.txt} likewise.
func putAround(p *syntax.ParamExp) error {
	if p.Repl == nil || p.Repl.Orig == nil || len(p.Repl.Orig.Parts) == 0 {
		return nil
	}
	pattern, ok := p.Repl.Orig.Parts[0].(*syntax.Lit)
	if !ok || p.Repl.All || pattern.Value == "" || !strings.Contains("#%", pattern.Value[:1]) {
		return nil
	}
	if len(p.Repl.Orig.Parts) > 1 || len(pattern.Value) > 1 {
		return fmt.Errorf("a pattern after %q is not supported", pattern.Value[:1])
	}
	value := &syntax.ParamExp{Short: true, Param: p.Param}
	word := &syntax.Word{Parts: []syntax.WordPart{value}}
	if with := p.Repl.With; with != nil && pattern.Value == "#" {
		word.Parts = append(slices.Clone(with.Parts), value)
	} else if with != nil {
		word.Parts = append(word.Parts, with.Parts...)
	}
	p.Repl, p.Exp = nil, &syntax.Expansion{Op: syntax.AlternateUnset, Word: word}
	return nil
}

func commandError(command string, err error) error {
	return fmt.Errorf("interface.command: found %q, which is no list of arguments for the entry point of an image (%w); "+
		"put what needs a shell into the image", command, err)
}
