package workspace

import (
	"strings"
	"testing"

	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
)

func TestWithin(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		folder, root, rest string
		ok                 bool
	}{
		{"/srv/a", "/srv", "a", true},
		{"/srv", "/srv", ".", true},
		{"/srv/..a", "/srv", "..a", true},
		{"/srv2", "/srv", "", false},
		{"/", "/srv", "", false},
		{"/srv/../etc", "/srv", "", false},
		{"/anything", "/", "anything", true},
	} {
		rest, ok := Within(tt.folder, tt.root)
		if rest != tt.rest || ok != tt.ok {
			t.Errorf("Within(%q, %q) = %q, %t; want %q, %t", tt.folder, tt.root, rest, ok, tt.rest, tt.ok)
		}
	}
}

func TestParseHostMount(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]HostMount{
		"dem=/srv/dem": {"dem", "/srv/dem", false}, "out=/srv/o=u:t:rw": {"out", "/srv/o=u:t", true}, "in=/srv:ro": {"in", "/srv", false},
	} {
		if got, err := ParseHostMount(text); err != nil || got != want {
			t.Errorf("ParseHostMount(%q) = %v, %v; want %v", text, got, err, want)
		}
	}
	for _, text := range []string{"", "/srv", "dem=", "=/srv", "dem=srv", "dem=:rw"} {
		_, err := ParseHostMount(text)
		expectError(t, err, "expected NAME=PATH[:rw]")
	}
}

func TestOverlap(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		a, b string
		want bool
	}{
		{"/srv", "/srv/a", true},
		{"/srv/a", "/srv", true},
		{"/srv", "/srv", true},
		{"/srv/a", "/srv/b", false},
		{"/srv/a", "/srv/ab", false},
	} {
		if got := Overlap(tt.a, tt.b); got != tt.want {
			t.Errorf("Overlap(%q, %q) = %t", tt.a, tt.b, got)
		}
	}
}

func TestWorkspacesLieInTheirRoots(t *testing.T) {
	t.Parallel()
	h := HostFolders{Workspaces: []string{"/srv/scenes", "/data/workspaces"}}
	for folder, want := range map[string]string{
		"a/b": "/srv/scenes", "/srv/scenes": "/srv/scenes", "/srv/scenes/x": "/srv/scenes", "/data/workspaces/x": "/data/workspaces",
		"/data": "", "/data/galley.db": "", "/srv/scenes/../../data": "", "/": "", "/srv/scenes2": "",
	} {
		root, _, ok := h.Workspace(folder)
		if root != want || ok != (want != "") {
			t.Errorf("Workspace(%q) = %q, %t; want %q", folder, root, ok, want)
		}
	}
	at := recipe.Path{"broker", "host_path"}
	if ps := h.CheckWorkspace("/srv/scenes/x", at, true); len(ps) > 0 {
		t.Errorf("a folder in a root: %v", ps)
	}
	named, unnamed := h.CheckWorkspace("/data", at, true), h.CheckWorkspace("/data", at, false)
	if len(named) != 1 || !strings.Contains(named[0].Message, "'/srv/scenes' or '/data/workspaces'") || named[0].Code != ForeignFolder {
		t.Errorf("with names: %v", named)
	}
	if len(unnamed) != 1 || strings.Contains(unnamed[0].Message, "/srv/scenes") {
		t.Errorf("without names: %v", unnamed)
	}
	if _, _, ok := (HostFolders{}).Workspace("a"); ok {
		t.Error("a relative folder lies somewhere without any root")
	}
}

func TestMountsAreAllowed(t *testing.T) {
	t.Parallel()
	h := HostFolders{Mounts: []HostMount{{"all", "/srv", false}, {"out", "/srv/out", true}, {"dem", "/dem", false}}}
	if m, ok := h.Mount("/srv/out/x"); !ok || m.Name != "out" {
		t.Errorf("the writable one of two mounts around a folder: %v, %t", m, ok)
	}
	if m, ok := h.Mount("/srv/in"); !ok || m.Writable {
		t.Errorf("a read-only one: %v, %t", m, ok)
	}
	c := recipe.Configuration{Mounts: map[string]recipe.Mount{
		"good": {Type: "host", HostPath: "/dem/x"}, "bad": {Type: "host", HostPath: "/dem/../etc"}, "volume": {Type: "volume", Driver: "nfs"},
	}}
	if ps := h.CheckMounts(c, []string{"good"}, true); len(ps) != 0 {
		t.Errorf("of a mount that no manifest declares: %v", ps)
	}
	declared := []string{"bad", "good", "volume"}
	ps := h.CheckMounts(c, declared, true)
	if len(ps) != 1 || ps[0].Path.String() != "mounts.bad.host_path" || ps[0].Code != ForeignMount {
		t.Fatalf("CheckMounts = %v", ps)
	}
	if want := "it allows /dem (dem, read-only), /srv (all, read-only), /srv/out (out, read-write)"; !strings.Contains(ps[0].Message, want) {
		t.Errorf("message %q, want %q", ps[0].Message, want)
	}
	if ps := h.CheckMounts(c, declared, false); len(ps) != 1 || strings.Contains(ps[0].Message, "/srv") {
		t.Errorf("without names: %v", ps)
	}
	if ps := (HostFolders{}).CheckMounts(c, declared, true); len(ps) != 2 || !strings.Contains(ps[1].Message, "allows none") {
		t.Errorf("without any mount: %v", ps)
	}
}

func expectError(t *testing.T, err error, want string) {
	t.Helper()
	if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
		t.Errorf("error is %v, want %q", err, want)
	}
}
