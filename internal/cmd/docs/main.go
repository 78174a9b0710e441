package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/recipe-galley/terraform-provider-galley/internal/provider"
)

func main() {
	if err := run(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// run is started by go generate in the root of the repository.
func run(ctx context.Context) error {
	schemas, err := providerSchemas(ctx)
	if err != nil {
		return err
	}
	text, err := json.Marshal(schemas)
	if err != nil {
		return fmt.Errorf("encoding the schema: %w", err)
	}
	dir, err := os.MkdirTemp("", "galley-docs-")
	if err != nil {
		return fmt.Errorf("making a folder for the schema: %w", err)
	}
	defer os.RemoveAll(dir)
	file := filepath.Join(dir, "schema.json")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		return fmt.Errorf("writing the schema: %w", err)
	}
	cmd := exec.CommandContext(ctx, "go", "tool", "tfplugindocs", "generate", "--provider-name", "galley", "--rendered-provider-name", "Galley", "--providers-schema", file)
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("running tfplugindocs: %w", err)
	}
	return nil
}

// providerSchemas returns what `terraform providers schema -json` prints.
func providerSchemas(ctx context.Context) (map[string]any, error) {
	galley := provider.New("dev")()
	server, err := providerserver.NewProtocol6WithError(galley)()
	if err != nil {
		return nil, fmt.Errorf("starting the provider: %w", err)
	}
	resp, err := server.GetProviderSchema(ctx, &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		return nil, fmt.Errorf("reading the schema: %w", err)
	}
	for _, d := range resp.Diagnostics {
		if d.Severity == tfprotov6.DiagnosticSeverityError {
			return nil, fmt.Errorf("reading the schema: %s: %s", d.Summary, d.Detail)
		}
	}
	identities, err := server.GetResourceIdentitySchemas(ctx, &tfprotov6.GetResourceIdentitySchemasRequest{})
	if err != nil {
		return nil, fmt.Errorf("reading the schemas of identities: %w", err)
	}
	resources, actions := schemasOf(resp.ResourceSchemas), actionsOf(resp.ActionSchemas)
	block := schemaOf(resp.Provider)
	blockDocuments, resourceDocuments, actionDocuments := documentsOf(ctx, galley)
	block.describe(ctx, blockDocuments)
	describe(ctx, resources, resourceDocuments)
	describe(ctx, actions, actionDocuments)
	return map[string]any{
		"format_version": "1.0",
		"provider_schemas": map[string]any{
			"registry.terraform.io/hashicorp/galley": map[string]any{ // the key that tfplugindocs looks for
				"provider":                   block,
				"resource_schemas":           resources,
				"data_source_schemas":        schemasOf(resp.DataSourceSchemas),
				"ephemeral_resource_schemas": schemasOf(resp.EphemeralResourceSchemas),
				"list_resource_schemas":      schemasOf(resp.ListResourceSchemas),
				"action_schemas":             actions,
				"resource_identity_schemas":  identitiesOf(identities.IdentitySchemas),
				"functions":                  functionsOf(resp.Functions),
			},
		},
	}, nil
}

// schema, block and attribute are the JSON of `terraform providers schema`.
type schema struct {
	Version int64 `json:"version"`
	Block   block `json:"block"`
}

type block struct {
	Attributes      map[string]attribute   `json:"attributes,omitempty"`
	BlockTypes      map[string]nestedBlock `json:"block_types,omitempty"`
	Description     string                 `json:"description,omitempty"`
	DescriptionKind string                 `json:"description_kind"`
	Deprecated      bool                   `json:"deprecated,omitempty"`
}

type nestedBlock struct {
	NestingMode string `json:"nesting_mode"`
	Block       block  `json:"block"`
	MinItems    int64  `json:"min_items,omitempty"`
	MaxItems    int64  `json:"max_items,omitempty"`
}

type attribute struct {
	Type            tftypes.Type `json:"type,omitempty"`
	NestedType      *nestedType  `json:"nested_type,omitempty"`
	Description     string       `json:"description,omitempty"`
	DescriptionKind string       `json:"description_kind"`
	Deprecated      bool         `json:"deprecated,omitempty"`
	Required        bool         `json:"required,omitempty"`
	Optional        bool         `json:"optional,omitempty"`
	Computed        bool         `json:"computed,omitempty"`
	Sensitive       bool         `json:"sensitive,omitempty"`
	WriteOnly       bool         `json:"write_only,omitempty"`
}

type nestedType struct {
	Attributes  map[string]attribute `json:"attributes"`
	NestingMode string               `json:"nesting_mode"`
}

// identity and identityAttribute are the JSON of a resource's identity.
type identity struct {
	Version    int64                        `json:"version"`
	Attributes map[string]identityAttribute `json:"attributes"`
}

type identityAttribute struct {
	Type              tftypes.Type `json:"type"`
	Description       string       `json:"description,omitempty"`
	RequiredForImport bool         `json:"required_for_import,omitempty"`
	OptionalForImport bool         `json:"optional_for_import,omitempty"`
}

func identitiesOf(in map[string]*tfprotov6.ResourceIdentitySchema) map[string]identity {
	out := make(map[string]identity, len(in))
	for name, s := range in {
		i := identity{Version: s.Version, Attributes: map[string]identityAttribute{}}
		for _, a := range s.IdentityAttributes {
			i.Attributes[a.Name] = identityAttribute{
				Type: a.Type, Description: a.Description,
				RequiredForImport: a.RequiredForImport, OptionalForImport: a.OptionalForImport,
			}
		}
		out[name] = i
	}
	return out
}

func actionsOf(in map[string]*tfprotov6.ActionSchema) map[string]schema {
	out := make(map[string]schema, len(in))
	for name, a := range in {
		out[name] = schemaOf(a.Schema)
	}
	return out
}

// signature and parameter are the JSON of a function.
type signature struct {
	Description        string       `json:"description,omitempty"`
	Summary            string       `json:"summary,omitempty"`
	DeprecationMessage string       `json:"deprecation_message,omitempty"`
	ReturnType         tftypes.Type `json:"return_type"`
	Parameters         []parameter  `json:"parameters,omitempty"`
	VariadicParameter  *parameter   `json:"variadic_parameter,omitempty"`
}

type parameter struct {
	Name        string       `json:"name,omitempty"`
	Description string       `json:"description,omitempty"`
	IsNullable  bool         `json:"is_nullable,omitempty"`
	Type        tftypes.Type `json:"type"`
}

func functionsOf(in map[string]*tfprotov6.Function) map[string]signature {
	out := make(map[string]signature, len(in))
	for name, f := range in {
		s := signature{
			Description:        f.Description,
			Summary:            f.Summary,
			DeprecationMessage: f.DeprecationMessage,
			ReturnType:         f.Return.Type,
		}
		for _, p := range f.Parameters {
			s.Parameters = append(s.Parameters, parameterOf(p))
		}
		if f.VariadicParameter != nil {
			s.VariadicParameter = new(parameterOf(f.VariadicParameter))
		}
		out[name] = s
	}
	return out
}

func parameterOf(p *tfprotov6.FunctionParameter) parameter {
	return parameter{Name: p.Name, Description: p.Description, IsNullable: p.AllowNullValue, Type: p.Type}
}

func schemasOf(in map[string]*tfprotov6.Schema) map[string]schema {
	out := make(map[string]schema, len(in))
	for name, s := range in {
		out[name] = schemaOf(s)
	}
	return out
}

func schemaOf(s *tfprotov6.Schema) schema {
	return schema{Version: s.Version, Block: blockOf(s.Block)}
}

func blockOf(b *tfprotov6.SchemaBlock) block {
	out := block{
		Attributes:      attributesOf(b.Attributes),
		Description:     b.Description,
		DescriptionKind: kind(b.DescriptionKind),
		Deprecated:      b.Deprecated,
	}
	for _, n := range b.BlockTypes {
		if out.BlockTypes == nil {
			out.BlockTypes = map[string]nestedBlock{}
		}
		mode := map[tfprotov6.SchemaNestedBlockNestingMode]string{
			tfprotov6.SchemaNestedBlockNestingModeSingle: "single",
			tfprotov6.SchemaNestedBlockNestingModeList:   "list",
			tfprotov6.SchemaNestedBlockNestingModeSet:    "set",
			tfprotov6.SchemaNestedBlockNestingModeMap:    "map",
			tfprotov6.SchemaNestedBlockNestingModeGroup:  "group",
		}[n.Nesting]
		out.BlockTypes[n.TypeName] = nestedBlock{NestingMode: mode, Block: blockOf(n.Block), MinItems: n.MinItems, MaxItems: n.MaxItems}
	}
	return out
}

func attributesOf(in []*tfprotov6.SchemaAttribute) map[string]attribute {
	out := make(map[string]attribute, len(in))
	for _, a := range in {
		v := attribute{
			Type:            a.Type,
			Description:     a.Description,
			DescriptionKind: kind(a.DescriptionKind),
			Deprecated:      a.Deprecated,
			Required:        a.Required,
			Optional:        a.Optional,
			Computed:        a.Computed,
			Sensitive:       a.Sensitive,
			WriteOnly:       a.WriteOnly,
		}
		if n := a.NestedType; n != nil {
			mode := map[tfprotov6.SchemaObjectNestingMode]string{
				tfprotov6.SchemaObjectNestingModeSingle: "single",
				tfprotov6.SchemaObjectNestingModeList:   "list",
				tfprotov6.SchemaObjectNestingModeSet:    "set",
				tfprotov6.SchemaObjectNestingModeMap:    "map",
			}[n.Nesting]
			v.NestedType = &nestedType{Attributes: attributesOf(n.Attributes), NestingMode: mode}
		}
		out[a.Name] = v
	}
	return out
}

func kind(k tfprotov6.StringKind) string {
	if k == tfprotov6.StringKindMarkdown {
		return "markdown"
	}
	return "plain"
}
