package ingest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
)

// Kind is what brings files in.
type Kind string

// The kinds.
const (
	Strike Kind = "strike" // watches a workspace, for ever
	Scan   Kind = "scan"   // goes through one, once
)

// Codes of what can be wrong (contract D3 and D4).
const (
	InvalidStrike        recipe.Code = "INVALID_STRIKE_CONFIGURATION"
	InvalidScan          recipe.Code = "INVALID_SCAN_CONFIGURATION"
	InvalidMonitor       recipe.Code = "INVALID_MONITOR_CONFIGURATION"
	InvalidScanner       recipe.Code = "INVALID_SCANNER_CONFIGURATION"
	MissingSuffix        recipe.Code = "missing_transfer_suffix"
	RecipeWithoutInput   recipe.Code = "recipe_without_input" // ours
	InactiveRecipe       recipe.Code = "inactive_recipe_type" // ours
	DefaultSuffix                    = "_tmp"                 // of a dir-watcher
	hostBroker                       = "host"
	s3Broker                         = "s3"
	workspaceMember                  = "workspace"
	filesMember                      = "files_to_ingest"
	recipeMember                     = "recipe"
	recursiveMember                  = "recursive"
	credentialsMember                = "credentials"
	transferSuffixMember             = "transfer_suffix"
	mask                             = "************" // what is shown of a secret
)

// Code is that of a configuration that cannot be taken.
func (k Kind) Code() recipe.Code {
	if k == Scan {
		return InvalidScan
	}
	return InvalidStrike
}

// Source is the member that says how files are found.
func (k Kind) Source() string {
	if k == Scan {
		return "scanner"
	}
	return "monitor"
}

func (k Kind) sourceCode() recipe.Code {
	if k == Scan {
		return InvalidScanner
	}
	return InvalidMonitor
}

// brokers are the brokers that the types of a kind's sources need.
func (k Kind) brokers() map[string]string {
	if k == Scan {
		return map[string]string{"dir": hostBroker, "s3": s3Broker}
	}
	return map[string]string{"dir-watcher": hostBroker, "s3": s3Broker}
}

// Configuration is that of a strike or a scan.
type Configuration struct {
	Kind      Kind
	Workspace string         // name
	Source    map[string]any // the monitor or scanner as it was given; its "type" is one of the kind's
	Files     []Rule
	Recursive bool // of scans
	Recipe    *RecipePin
}

// RecipePin is the recipe that is run over each file. Revision 0 is the latest one.
type RecipePin struct {
	Name     string
	Revision int
}

// TransferSuffix is what the names of files end in that are not whole yet; "": nothing.
func (c Configuration) TransferSuffix() string {
	suffix, given := c.Source[transferSuffixMember].(string)
	if !given && c.Kind == Strike {
		return DefaultSuffix
	}
	return suffix
}

// SourceType is how files are found.
func (c Configuration) SourceType() string {
	t, _ := c.Source["type"].(string)
	return t
}

// Workspaces are the names of those that the configuration needs, and where it says so: first the one
// that files come from.
func (c Configuration) Workspaces() []Named {
	out := []Named{{c.Workspace, recipe.Path{workspaceMember}}}
	for i, r := range c.Files {
		if r.NewWorkspace != "" {
			out = append(out, Named{r.NewWorkspace, recipe.Path{filesMember, fmt.Sprint(i), "new_workspace"}})
		}
	}
	return out
}

// Named is a name and where it stands.
type Named struct {
	Name string
	At   recipe.Path
}

// CheckWorkspace holds a workspace against the source, which needs a certain broker.
func (c Configuration) CheckWorkspace(w Named, broker string, isActive bool) recipe.Problems {
	wrong := func(format string, args ...any) recipe.Problems {
		return recipe.Problems{{Path: w.At, Code: c.Kind.Code(), Message: w.At.String() + ": " + fmt.Sprintf(format, args...)}}
	}
	if needs := c.Kind.brokers()[c.SourceType()]; needs != broker {
		return wrong("the %s %q needs a workspace with the broker %q; %s has the broker %q", c.Kind.Source(), c.SourceType(), needs, w.Name, broker)
	}
	if !isActive {
		return wrong("Workspace is not active: %s", w.Name)
	}
	return nil
}

// MarshalJSON writes the configuration as it is stored and shown: without version, all defaults filled in that the
// original fills in.
func (c Configuration) MarshalJSON() ([]byte, error) {
	rules := make([]map[string]any, len(c.Files))
	for i, r := range c.Files {
		rules[i] = map[string]any{"filename_regex": r.Regex, "data_types": append([]string{}, r.DataTypes...)}
		if r.NewWorkspace != "" {
			rules[i]["new_workspace"] = r.NewWorkspace
		}
		if r.NewFilePath != "" {
			rules[i]["new_file_path"] = r.NewFilePath
		}
	}
	out := map[string]any{workspaceMember: c.Workspace, c.Kind.Source(): c.Source, filesMember: rules}
	if c.Kind == Scan {
		out[recursiveMember] = c.Recursive
	}
	if c.Recipe != nil {
		pin := map[string]any{"name": c.Recipe.Name}
		if c.Recipe.Revision != 0 {
			pin["revision_num"] = c.Recipe.Revision
		}
		out[recipeMember] = pin
	}
	var buf bytes.Buffer
	e := json.NewEncoder(&buf)
	e.SetEscapeHTML(false)
	if err := e.Encode(out); err != nil {
		return nil, err
	}
	return bytes.TrimSpace(buf.Bytes()), nil
}

// secretMembers are those of credentials.
func secretMembers() []string { return []string{"access_key_id", "secret_access_key"} }

// Masked is the configuration with asterisks in the place of credentials.
func (c Configuration) Masked() Configuration {
	return c.withCredentials(func(string, any) any { return mask })
}

// Unmasked is the configuration with the credentials of the one that it replaces where it has the asterisks
// of those. The original stores the asterisks.
func (c Configuration) Unmasked(before Configuration) Configuration {
	old, _ := before.Source[credentialsMember].(map[string]any)
	return c.withCredentials(func(name string, value any) any {
		if kept, known := old[name]; value == mask && known {
			return kept
		}
		return value
	})
}

func (c Configuration) withCredentials(f func(name string, value any) any) Configuration {
	credentials, given := c.Source[credentialsMember].(map[string]any)
	if !given {
		return c
	}
	c.Source, credentials = maps.Clone(c.Source), maps.Clone(credentials)
	for name, value := range credentials {
		if slices.Contains(secretMembers(), name) {
			credentials[name] = f(name, value)
		}
	}
	c.Source[credentialsMember] = credentials
	return c
}
