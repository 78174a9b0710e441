package internal

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// A goFile is one of the house that is no test.
type goFile struct {
	*ast.File
	folder string
}

// mustParseGo reads the files of a folder, or one file, from internal/ on, without tests.
func mustParseGo(t *testing.T, root string) []goFile {
	t.Helper()
	var out []goFile
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		out = append(out, goFile{f, filepath.Dir(path)})
		return err
	})
	if err != nil || len(out) == 0 {
		t.Fatalf("%s: %d files, %v", root, len(out), err)
	}
	return out
}

// summaries are the headings of the provider's diagnostics: what is constant in them, with … for the rest. They are found
// by names, without types: what is given to a function that makes diagnostics, or to one that hands a parameter on to such
// a function; a name stands for all texts that are assigned to it in its package.
type summaries struct {
	named map[string][]string     // texts by folder and name
	takes map[string]map[int]bool // positions of summaries by name of a function
	found map[string]bool
}

// mustFindSummaries returns them in the order of the alphabet.
func mustFindSummaries(t *testing.T) []string {
	t.Helper()
	first, second := map[int]bool{0: true}, map[int]bool{1: true}
	s := summaries{named: map[string][]string{}, found: map[string]bool{}, takes: map[string]map[int]bool{
		"AddError": first, "AddWarning": first, "NewErrorDiagnostic": first, "NewWarningDiagnostic": first,
		"AddAttributeError": second, "AddAttributeWarning": second, "NewAttributeErrorDiagnostic": second, "NewAttributeWarningDiagnostic": second,
	}}
	files := mustParseGo(t, "provider")
	for _, f := range files {
		s.readNames(f)
	}
	for size := -1; size != s.size(); {
		size = s.size()
		for _, f := range files {
			if filepath.Base(f.folder) != "function" { // whose summaries are those of the documentation
				s.readCalls(f)
			}
		}
	}
	return slices.Sorted(maps.Keys(s.found))
}

func (s summaries) size() int {
	n := len(s.found)
	for _, at := range s.takes {
		n += len(at)
	}
	return n
}

// readNames collects what names of a package stand for.
func (s summaries) readNames(f goFile) {
	assign := func(name, value ast.Expr) {
		if ident, ok := name.(*ast.Ident); ok {
			key := f.folder + " " + ident.Name
			s.named[key] = append(s.named[key], constantPart(value))
		}
	}
	ast.Inspect(f.File, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			for i := range n.Lhs {
				if len(n.Lhs) == len(n.Rhs) {
					assign(n.Lhs[i], n.Rhs[i])
				}
			}
		case *ast.ValueSpec:
			for i := range n.Values {
				assign(n.Names[i], n.Values[i])
			}
		}
		return true
	})
}

// readCalls collects what calls and literals give, and which functions hand a parameter on.
func (s summaries) readCalls(f goFile) {
	for _, d := range f.Decls {
		name, params := "", []string(nil)
		if fn, ok := d.(*ast.FuncDecl); ok {
			name = fn.Name.Name
			for _, field := range fn.Type.Params.List {
				for _, param := range field.Names {
					params = append(params, param.Name)
				}
			}
		}
		take := func(e ast.Expr) {
			ident, ok := e.(*ast.Ident)
			if !ok {
				s.add(constantPart(e))
				return
			}
			if at := slices.Index(params, ident.Name); at >= 0 {
				if s.takes[name] == nil {
					s.takes[name] = map[int]bool{}
				}
				s.takes[name][at] = true
				return
			}
			for _, text := range s.named[f.folder+" "+ident.Name] {
				s.add(text)
			}
		}
		ast.Inspect(d, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.CallExpr:
				for at := range s.takes[called(n)] {
					if at < len(n.Args) {
						take(n.Args[at])
					}
				}
			case *ast.KeyValueExpr:
				if key, ok := n.Key.(*ast.Ident); ok && key.Name == "Summary" {
					take(n.Value)
				}
			}
			return true
		})
	}
}

// add takes what reads like a heading: names may stand for other texts, too.
func (s summaries) add(text string) {
	heading := regexp.MustCompile(`^(\p{Lu}|… [a-z]{2})[^.]*$`)
	if heading.MatchString(text) && strings.Trim(text, "… ") != "Recipe" {
		s.found[text] = true
	}
}

// called is the name of the function that is called.
func called(c *ast.CallExpr) string {
	switch f := c.Fun.(type) {
	case *ast.SelectorExpr:
		return f.Sel.Name
	case *ast.Ident:
		return f.Name
	default:
		return ""
	}
}

var verb = regexp.MustCompile(`%[-+# 0]*(\[\d+\])?\d*[a-zA-Z]`)

// constantPart is what is known of a text, with … for the rest.
func constantPart(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.BasicLit:
		if text, err := strconv.Unquote(e.Value); err == nil && e.Kind == token.STRING {
			return text
		}
	case *ast.BinaryExpr:
		return constantPart(e.X) + constantPart(e.Y)
	case *ast.CallExpr:
		if name := called(e); name == "Sprintf" || name == "Errorf" || name == "New" && len(e.Args) == 1 {
			return verb.ReplaceAllString(constantPart(e.Args[0]), "…")
		}
	}
	return "…"
}

// mustFindCodes returns the codes of findings, and the names of errors that galleyd gives jobs.
func mustFindCodes(t *testing.T) (codes, errors []string) {
	t.Helper()
	for _, f := range mustParseGo(t, ".") {
		ast.Inspect(f.File, func(n ast.Node) bool {
			spec, ok := n.(*ast.ValueSpec)
			if !ok || len(spec.Values) != len(spec.Names) {
				return true
			}
			for i, value := range spec.Values {
				switch text := constantPart(value); {
				case regexp.MustCompile(`^[A-Z]+(_[A-Z]+)+$`).MatchString(text) && isCode(spec.Type):
					codes = append(codes, text)
				case f.folder == "recipe" && strings.HasPrefix(spec.Names[i].Name, "Error") && text != "…":
					errors = append(errors, text)
				}
			}
			return true
		})
	}
	return codes, errors
}

// isCode tells whether a type is Code, or recipe.Code.
func isCode(e ast.Expr) bool {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name == "Code"
	case *ast.SelectorExpr:
		return e.Sel.Name == "Code"
	default:
		return false
	}
}

// mustFindRefusals returns the errors with which galleyd does not start, but for those that only say what was being done
// when another error came.
func mustFindRefusals(t *testing.T) []string {
	t.Helper()
	passesOn := regexp.MustCompile(`^[a-z]+ing [^:]*: …$|^--[a-z]+: …$`)
	var out []string
	for _, name := range []string{
		"server/config.go", "server/executors.go", "server/auth/secret_key.go", "server/store/postgres.go", "server/store/migrate.go", "server/executor/container_connect.go",
		"server/executor/process_new_unix.go", "cmd/galleyd",
	} {
		for _, f := range mustParseGo(t, filepath.FromSlash(name)) {
			ast.Inspect(f.File, func(n ast.Node) bool {
				if c, ok := n.(*ast.CallExpr); ok && (called(c) == "Errorf" || called(c) == "New") && len(c.Args) > 0 {
					if text := constantPart(c); strings.Trim(text, "…: ") != "" && !passesOn.MatchString(text) {
						out = append(out, text)
					}
				}
				return true
			})
		}
	}
	return out
}
