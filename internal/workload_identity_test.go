package internal

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/recipe-galley/terraform-provider-galley/internal/client"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/servertest"
)

// runPhases are the rules of the guide: a plan may read, and an apply change.
const runPhases = `[
	{"claims": {"sub": "organization:bakery:project:*:workspace:prod:run_phase:apply"}, "role": "editor"},
	{"claims": {"sub": "organization:bakery:*:run_phase:plan"}, "role": "viewer"}]`

const (
	planPhase  = "organization:bakery:project:default:workspace:prod:run_phase:plan"
	applyPhase = "organization:bakery:project:default:workspace:prod:run_phase:apply"
)

// phased is a machine of Terraform Cloud: each phase of a run has a token of its own.
type phased struct {
	cli, dir string
	env      []string
}

func newPhased(t *testing.T, endpoint, config string) phased {
	t.Helper()
	p := phased{cli: terraform(t).path, dir: t.TempDir(), env: append(os.Environ(),
		"TF_CLI_CONFIG_FILE="+devOverride(t), "TF_IN_AUTOMATION=1", "TF_INPUT=0", "CHECKPOINT_DISABLE=1", "GALLEY_ENDPOINT="+endpoint,
		"GALLEY_USERNAME=", "GALLEY_PASSWORD=", "GALLEY_TOKEN=", "GALLEY_MAX_RETRIES=0")}
	config = "terraform {\n  required_providers {\n    galley = { source = \"recipe-galley/galley\" }\n  }\n}\n" + config
	if err := os.WriteFile(filepath.Join(p.dir, "main.tf"), []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	return p
}

// run runs a command with more of an environment, and expects these words in what it
// writes, and that it fails or not.
func (p phased) run(t *testing.T, env []string, fails bool, want string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), p.cli, append(args, "-no-color")...)
	cmd.Dir, cmd.Env = p.dir, append(p.env, env...)
	out, err := cmd.CombinedOutput()
	text := strings.Join(strings.Fields(strings.NewReplacer("│", " ", "╷", " ", "╵", " ").Replace(string(out))), " ")
	if (err != nil) != fails || !strings.Contains(text, want) || strings.Contains(text, "eyJ") {
		t.Fatalf("%v: got %v, want failure %t, %q and no token in\n%s", args, err, fails, want, out)
	}
	return text
}

// A run of Terraform Cloud needs no secret of galleyd: its plan is a viewer, its apply an
// editor, by the phase in the token.
func TestWorkloadIdentityOfPlanAndApply(t *testing.T) {
	t.Parallel()
	issuer := servertest.NewIssuer(t)
	var skew atomic.Int64
	s := servertest.New(t, servertest.Options{Workers: -1, TrustFile: issuer.TrustFile(runPhases),
		Now: func() time.Time { return time.Now().Add(time.Duration(skew.Load())) }})
	p := newPhased(t, s.URL, `
provider "galley" {}

resource "galley_workspace" "prod" {
  title  = "Prod"
  broker = { host = { path = "prod" } }
}

data "galley_workspaces" "all" {}
`)
	hosts := "GALLEY_ALLOWED_HOSTS=" + strings.TrimPrefix(s.URL, "http://")
	plan := []string{hosts, "GALLEY_WORKLOAD_IDENTITY=true", "TFC_WORKLOAD_IDENTITY_TOKEN=" + issuer.Token(planPhase)}
	apply := []string{hosts, "GALLEY_WORKLOAD_IDENTITY_TAG=GALLEY", "TFC_WORKLOAD_IDENTITY_TOKEN_GALLEY=" + issuer.Token(applyPhase)}

	p.run(t, plan[2:], true, "found no credentials for", "plan") // the identity is opt-in
	p.run(t, plan[:2], true, "found nothing in the environment variable TFC_WORKLOAD_IDENTITY_TOKEN", "plan")
	p.run(t, []string{plan[0], plan[1], "TFC_WORKLOAD_IDENTITY_TOKEN=" + issuer.Token("organization:thieves:run_phase:apply")}, true,
		"no rule of the trust file is for this token. Check the rules of the backend's trust file", "plan")
	p.run(t, append([]string{"GALLEY_ALLOWED_HOSTS=galley.example.com"}, plan[1:]...), true, "is not one of the allowed hosts", "plan")

	p.run(t, plan, false, "1 to add", "plan", "-out=run.tfplan")
	p.run(t, plan, true, "403 Forbidden", "apply", "run.tfplan")
	p.run(t, plan, false, "1 to add", "plan", "-out=run.tfplan")
	p.run(t, apply, false, "1 added", "apply", "run.tfplan")
	p.run(t, plan, false, "No changes", "plan", "-detailed-exitcode")
	for _, name := range []string{"run.tfplan", "terraform.tfstate"} {
		if raw, err := os.ReadFile(filepath.Join(p.dir, name)); err != nil || strings.Contains(string(raw), "eyJ") {
			t.Errorf("%s has a token, or cannot be read: %v", name, err)
		}
	}
	users, err := s.Client.Users(t.Context(), client.UserQuery{})
	roles := map[string]string{}
	for _, u := range users {
		name, _, _ := strings.Cut(u.Username, "+")
		roles[name] = u.Role
	}
	const prefix = "organization-bakery-project-default-workspace-prod-run_phase-"
	if err != nil || len(roles) != 3 || roles[prefix+"plan"] != "viewer" || roles[prefix+"apply"] != "editor" {
		t.Errorf("users are %v, %v, want a viewer and an editor beside the administrator", roles, err)
	}

	// Keys that the server does not know yet, of an issuer that cannot be asked.
	key := issuer.NewKey("ec-2")
	skew.Add(int64(11 * time.Second))
	issuer.Down.Store(true)
	fresh := []string{hosts, "GALLEY_WORKLOAD_IDENTITY=true", "TFC_WORKLOAD_IDENTITY_TOKEN=" + issuer.Sign("ec-2", key, issuer.Claims(time.Now(), nil))}
	p.run(t, fresh, true, "The issuer of the token cannot be asked for its keys", "plan")
	issuer.Down.Store(false)
	skew.Add(int64(11 * time.Second))
	p.run(t, fresh, false, "No changes", "plan", "-detailed-exitcode")
}
