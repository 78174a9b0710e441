package provider

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/recipe-galley/terraform-provider-galley/internal/client"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/value"
)

// pluginCookie is set by Terraform for the plugins that it starts.
const pluginCookie = "TF_PLUGIN_MAGIC_COOKIE"

// originOf is who this provider is for the backend (contract of a plan, 2): the workspace of
// Terraform, this run of Terraform, and the run of the server that started it.
func originOf(getenv func(string) string, diags *diag.Diagnostics) client.Origin {
	o, err := client.OriginFromEnvironment(getenv)
	if err != nil {
		diags.AddError("Invalid origin", value.Sentence(err.Error()))
	}
	o.Session = sessionOf(getenv)
	return o
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
