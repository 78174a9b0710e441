package provider

import (
	"cmp"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/recipe-galley/terraform-provider-galley/internal/client"
)

const (
	// pluginCookie is set by Terraform for the plugins that it starts.
	pluginCookie = "TF_PLUGIN_MAGIC_COOKIE"

	maxOrigin = 255 // characters
)

// originOf is who this provider is for the backend (contract of a plan, 2): the workspace of
// Terraform, this run of Terraform, and the run of the server that started it.
func originOf(getenv func(string) string, diags *diag.Diagnostics) client.Origin {
	o := client.Origin{Name: cmp.Or(getenv("GALLEY_ORIGIN"), getenv("TFC_WORKSPACE_SLUG")), Session: sessionOf(getenv)}
	for _, name := range []string{"TFC_RUN_ID", "GITHUB_RUN_ID", "CI_PIPELINE_ID", "BUILD_TAG"} {
		if o.Run = getenv(name); o.Run != "" {
			break
		}
	}
	if !isHeader(o.Run) {
		o.Run = ""
	}
	if !isHeader(o.Name) {
		diags.AddError("Invalid origin", fmt.Sprintf("The environment variable GALLEY_ORIGIN (or TFC_WORKSPACE_SLUG) is %q; it has to be at most "+
			"%d printable ASCII characters, such as \"acme/etl\".", o.Name, maxOrigin))
	}
	return o
}

func isHeader(s string) bool {
	return len(s) <= maxOrigin && strings.IndexFunc(s, func(c rune) bool { return c < ' ' || c > '~' }) < 0
}

// sessionOf tells this run of Terraform from all others. Terraform starts the provider more
// than once, for plan and apply and for each alias: these are one session, by the process that
// has started them. A provider under a debugger serves many runs: each configuration is one.
func sessionOf(getenv func(string) string) string {
	if getenv(pluginCookie) == "" {
		return rand.Text()
	}
	host, _ := os.Hostname() // without it the other parts have to do
	boot, _ := os.ReadFile("/proc/sys/kernel/random/boot_id")
	sum := sha256.Sum256(fmt.Appendf(nil, "%s\n%s\n%d\n%s", host, boot, os.Getppid(), startOf(os.Getppid())))
	return hex.EncodeToString(sum[:16])
}

// startOf is when a process has started, in the kernel's ticks, as its number will be another's
// later; "" where the system does not say.
func startOf(pid int) string {
	const place = 19 // after the name, which may have blanks: see proc(5)
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return ""
	}
	text := string(raw)
	fields := strings.Fields(text[strings.LastIndexByte(text, ')')+1:])
	if len(fields) <= place {
		return ""
	}
	return fields[place]
}
