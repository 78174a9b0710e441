package plan

import (
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// siblings are the other providers of one run of Terraform for one backend. Each alias of a
// provider is a process of its own, which plans some of the resources and knows nothing of the
// rest. They note what they plan to make in one file, so that none of them calls something
// missing that another one makes. Who cannot read it, or write, takes the backend's word.
type siblings struct {
	mu   sync.Mutex
	file string
	told map[string]bool
}

// siblingsOf are those of this run for the backend at endpoint: they have the process of
// Terraform as their parent.
func siblingsOf(endpoint string) *siblings {
	folder, err := os.UserCacheDir()
	if err != nil {
		return nil
	}
	folder = filepath.Join(folder, notes)
	removeOld(folder)
	name := fmt.Sprintf("plan-%d-%x", os.Getppid(), sha256.Sum256([]byte(endpoint)))
	s := &siblings{file: filepath.Join(folder, name), told: map[string]bool{}}
	s.write(begun)
	noting.Lock()
	defer noting.Unlock()
	noting.all = append(noting.all, s)
	return s
}

const notes = "terraform-provider-galley" // the folder of the files

// The lines that are no names: a provider reads and writes the file, and does so no more. One
// ends before the others of its run do, which still want to know what it has planned, so that
// the last one removes the file.
const (
	begun = "+"
	ended = "-"
)

// notesLast is how long files are kept that a killed provider has left: longer than any run.
const notesLast = 24 * time.Hour

// noting are the siblings of this process.
var noting struct {
	sync.Mutex
	all []*siblings
}

// EndNotes says what the backend is still to be told of the state, and removes the files that no
// other provider of the run uses. It goes before the end of the process.
func EndNotes() {
	endClaims()
	noting.Lock()
	defer noting.Unlock()
	for _, s := range noting.all {
		s.write(ended)
		count := map[string]int{}
		for _, text := range s.lines() {
			count[text]++
		}
		if count[begun] == count[ended] {
			_ = os.Remove(s.file)
		}
	}
	noting.all = nil
}

// removeOld removes what earlier runs have left.
func removeOld(folder string) {
	files, _ := filepath.Glob(filepath.Join(folder, "plan-*"))
	for _, file := range files {
		if info, err := os.Stat(file); err == nil && time.Since(info.ModTime()) > notesLast {
			_ = os.Remove(file)
		}
	}
}

func line(kind, name string) string { return strconv.Quote(kind) + " " + strconv.Quote(name) }

// tell notes that this provider plans to make the thing of that kind and name.
func (s *siblings) tell(kind, name string) {
	if s == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	entry := line(kind, name)
	if s.told[entry] {
		return
	}
	s.told[entry] = true
	s.write(entry)
}

// write adds a line.
func (s *siblings) write(text string) {
	_ = os.MkdirAll(filepath.Dir(s.file), 0o700)
	f, err := os.OpenFile(s.file, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return
	}
	defer func() { _ = f.Close() }()
	_, _ = f.WriteString(text + "\n") // one write, which the system does not mix with others
}

// lines are those of the file; none if it cannot be read.
func (s *siblings) lines() (all []string) {
	raw, err := os.ReadFile(s.file)
	if err != nil {
		return nil
	}
	return strings.Split(strings.TrimSpace(string(raw)), "\n")
}

// plan tells whether one of the others plans to make the thing of that kind and name.
func (s *siblings) plan(kind, name string) bool {
	if s == nil {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Contains(s.lines(), line(kind, name)) && !s.told[line(kind, name)]
}

// ShareFor lets the ledger know what providers of the same run plan for the backend at endpoint.
func (l *Ledger) ShareFor(endpoint string) { l.siblings = siblingsOf(endpoint) }

// MadeElsewhere tells whether another provider of this run plans to make the thing of that kind
// and name.
func (l *Ledger) MadeElsewhere(kind, name string) bool {
	return l != nil && l.siblings.plan(kind, name)
}
