// Package internal holds nothing but this test of the arrows between its packages.
package internal

import (
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
)

const module = "github.com/recipe-galley/terraform-provider-galley"

// deps returns everything that pkg (relative to the module, "" for its root) links, tests left out.
func deps(t *testing.T, pkg string) []string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", "list", "-deps", strings.TrimSuffix(module+"/"+pkg, "/")).Output()
	if err != nil {
		t.Fatalf("listing the dependencies of %q: %v", pkg, err)
	}
	return strings.Fields(string(out))
}

// listed has what each package of this module imports directly, tests left out: one look for all tests.
var listed = sync.OnceValues(func() (map[string][]string, error) {
	out, err := exec.Command("go", "list", "-f", `{{.ImportPath}} {{join .Imports " "}}`, module+"/...").Output()
	of := map[string][]string{}
	for line := range strings.Lines(string(out)) {
		if fields := strings.Fields(line); len(fields) > 0 {
			of[fields[0]] = fields[1:]
		}
	}
	return of, err
})

// everyImport returns all that pkg (relative to the module, "" for its root) imports directly.
func everyImport(t *testing.T, pkg string) []string {
	t.Helper()
	all, err := listed()
	if err != nil {
		t.Fatalf("listing what packages import: %v", err)
	}
	of, ok := all[strings.TrimSuffix(module+"/"+pkg, "/")]
	if !ok {
		t.Fatalf("there is no package %q", pkg)
	}
	return of
}

// imports returns the packages of this module that pkg imports directly.
func imports(t *testing.T, pkg string) []string {
	t.Helper()
	var own []string
	for _, p := range everyImport(t, pkg) {
		if rest, ok := strings.CutPrefix(p, module+"/"); ok {
			own = append(own, rest)
		}
	}
	return own
}

func TestArrowsPointOneWay(t *testing.T) {
	t.Parallel()
	const (
		document  = "internal/document"
		recipe    = "internal/recipe"
		form      = recipe + "/form"
		files     = "internal/workspace" // the rules for workspaces and files
		ingest    = "internal/ingest"
		seed      = "internal/seed"
		schedule  = "internal/schedule"
		order     = "internal/order"
		account   = "internal/account"
		batch     = "internal/batch"
		api       = "internal/api"
		client    = "internal/client"
		provider  = "internal/provider"
		server    = "internal/server"
		refusal   = "internal/server/refusal"
		usecase   = "internal/server/usecase"
		seal      = "internal/server/seal"
		catalog   = "internal/server/catalog"
		engine    = "internal/server/engine"
		orders    = "internal/server/orders"
		arrival   = "internal/server/arrival"
		batches   = "internal/server/batches"
		executor  = "internal/server/executor"
		regular   = "internal/server/regular"
		tracing   = "internal/server/tracing"
		store     = "internal/server/store"
		auth      = "internal/server/auth"
		audit     = "internal/server/audit"
		metrics   = "internal/server/metrics"
		backup    = "internal/server/backup"
		doctor    = "internal/server/doctor"
		retention = "internal/server/retention"
		trust     = "internal/server/auth/trust"
		alert     = "internal/server/alert"
		dkapi     = "internal/server/dkapi"
		view      = "internal/server/view"
		forward   = "internal/server/forward"
		page      = "internal/server/page"
		graph     = "internal/server/page/graph"
		code      = "internal/server/page/code"
	)
	// The wings of the provider: value below fault, plan and kit, and on top the subjects, which never see each other.
	const (
		value = provider + "/value"
		fault = provider + "/fault"
		plan  = provider + "/plan"
		kit   = provider + "/kit"
	)
	domain := []string{document, recipe, form, files, ingest, seed, schedule, order, batch}
	subject := slices.Concat([]string{kit, plan, fault, value, client, api}, domain)
	allowed := map[string][]string{
		"":                     {provider},
		document:               {},
		recipe:                 {document},
		form:                   {document, recipe},
		files:                  {document, recipe},
		ingest:                 {document, recipe, files},
		seed:                   {document, recipe, files},
		schedule:               {},
		order:                  {document, recipe, form, files, schedule},
		account:                {},
		batch:                  {recipe},
		batches:                {batch, engine, catalog, usecase, refusal, store, recipe},
		api:                    {recipe, seed},
		client:                 {api, recipe, seed},
		value:                  domain,
		fault:                  {value, api},
		provider + "/fast":     {value},
		plan:                   slices.Concat([]string{fault, value, client, api, account}, domain),
		kit:                    slices.Concat([]string{plan, fault, value, client, api}, domain),
		provider + "/function": slices.Concat([]string{value}, domain),
		store:                  {recipe},
		executor:               {regular, recipe, files, seed},
		regular:                {},
		tracing:                {},
		alert:                  {order},
		audit:                  {store},
		metrics:                {store, ingest},
		doctor:                 {catalog, metrics, store},
		retention:              {catalog, store, order},
		backup:                 {catalog, regular, store, files},
		trust:                  {},
		auth:                   {trust, audit, seal, store, account},
		refusal:                {store, recipe},
		usecase:                {refusal, tracing, store},
		seal:                   {usecase, store, recipe},
		catalog:                {regular, seal, usecase, refusal, store, recipe, files, seed},
		engine:                 {batch, catalog, tracing, seal, usecase, refusal, executor, store, recipe, files, seed},
		arrival:                {engine, catalog, seal, usecase, refusal, executor, regular, store, ingest, recipe, files},
		orders:                 {engine, catalog, seal, usecase, refusal, alert, store, order, recipe, files, schedule},
		dkapi:                  {auth, orders, usecase, refusal, store, api, recipe, order, schedule},
		view:                   {orders, arrival, engine, store, api, recipe, seed, order, ingest},
		forward:                {},
		graph:                  {},
		code:                   {},
		page:                   {graph, code, auth, trust, store, api, recipe, form, order, schedule},
		server:                 {page, view, forward, dkapi, auth, audit, backup, doctor, retention, metrics, tracing, seal, orders, arrival, batches, engine, catalog, usecase, refusal, executor, alert, store, api, recipe, files, ingest, seed},
		"internal/cmd/galleyd": {server, auth, backup, doctor, retention, store, executor},
		"internal/cmd/galley":  slices.Concat([]string{client, api}, domain),
	}
	above := []string{provider + "/function"}
	for _, name := range []string{"recipe", "arrival", "order", "recipetype", "jobtype", "workspace", "file", "session", "batch"} {
		above = append(above, provider+"/"+name)
		allowed[provider+"/"+name] = subject
	}
	above = append(above, provider+"/account")
	allowed[provider+"/account"] = append(slices.Clone(subject), account)
	allowed[provider] = slices.Concat(above, []string{document, plan, value, client, schedule, provider + "/fast"})
	for pkg, may := range allowed {
		for _, imported := range imports(t, pkg) {
			if !slices.Contains(may, imported) {
				t.Errorf("%s imports %s; it may import only %q (architecture: the arrows)", pkg, imported, may)
			}
		}
	}
}

func TestProviderLinksNoBackend(t *testing.T) {
	t.Parallel()
	heavy := []string{module + "/internal/server", "github.com/riverqueue/", "github.com/uptrace/bun", "modernc.org/", "github.com/jackc/pgx"}
	for _, d := range deps(t, "") {
		for _, h := range heavy {
			if strings.HasPrefix(d, h) {
				t.Errorf("the provider links %s: every `terraform init` would download it", d)
			}
		}
	}
	for _, d := range deps(t, "internal/cmd/galley") {
		for _, h := range append(heavy, module+"/internal/provider", "github.com/hashicorp/terraform-plugin") {
			if strings.HasPrefix(d, h) {
				t.Errorf("the command line links %s: it is a small program", d)
			}
		}
	}
}

func TestDomainIsPure(t *testing.T) {
	t.Parallel()
	forbidden := []string{"net/http", "os/exec", "database/sql", "log", "log/slog"}
	domain := []string{"internal/document", "internal/recipe", "internal/recipe/form", "internal/workspace", "internal/ingest", "internal/seed", "internal/schedule", "internal/order", "internal/account", "internal/batch"}
	for _, pkg := range domain {
		for _, d := range imports(t, pkg) {
			if !slices.Contains(domain, d) {
				t.Errorf("%s imports %s", pkg, d) // which of them: TestArrowsPointOneWay
			}
		}
		for _, d := range everyImport(t, pkg) {
			if slices.Contains(forbidden, d) {
				t.Errorf("%s imports %s: the domain does no I/O", pkg, d)
			}
		}
	}
}

func TestOnlyTestsReachTheTestServer(t *testing.T) {
	t.Parallel()
	all, err := listed()
	if err != nil {
		t.Fatal(err)
	}
	testkits := []string{module + "/internal/provider/providertest", module + "/internal/server/servertest", module + "/internal/server/store/storetest",
		module + "/internal/server/page/browsertest", module + "/internal/server/alert/alerttest", module + "/internal/server/engine/enginetest"}
	for pkg, imported := range all {
		if slices.Contains(testkits, pkg) || strings.HasSuffix(pkg, "/internal/cmd/testpg") {
			continue
		}
		for _, kit := range testkits {
			if slices.Contains(imported, kit) {
				t.Errorf("%s imports %s outside of its tests", pkg, kit)
			}
		}
	}
}
