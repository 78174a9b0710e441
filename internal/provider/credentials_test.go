package provider

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/recipe-galley/terraform-provider-galley/internal/client"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/plan"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/providertest"
)

// identityOf is workload_identity of a block, with these members; others are null.
func identityOf(members map[string]string) types.Dynamic {
	values := map[string]attr.Value{"tag": types.StringNull(), "token_file": types.StringNull()}
	for name, v := range members {
		values[name] = types.StringValue(v)
	}
	return types.DynamicValue(types.ObjectValueMust(map[string]attr.Type{"tag": types.StringType, "token_file": types.StringType}, values))
}

func TestCredentials(t *testing.T) {
	t.Parallel()
	text := types.StringValue
	tests := []struct {
		name  string
		block providerModel
		env   map[string]string
		want  client.Config
	}{
		{"a runner's token alone is not touched", providerModel{}, map[string]string{"TFC_WORKLOAD_IDENTITY_TOKEN": "t"}, client.Config{}},
		{
			"the block opts in", providerModel{WorkloadIdentity: identityOf(nil)}, map[string]string{"TFC_WORKLOAD_IDENTITY_TOKEN": "t"},
			client.Config{IdentityToken: "t"},
		},
		{
			"the environment opts in", providerModel{},
			map[string]string{"GALLEY_WORKLOAD_IDENTITY": "true", "TFC_WORKLOAD_IDENTITY_TOKEN": "t"}, client.Config{IdentityToken: "t"},
		},
		{
			"the environment opts out", providerModel{},
			map[string]string{"GALLEY_WORKLOAD_IDENTITY": "false", "GALLEY_WORKLOAD_IDENTITY_TAG": "A", "TFC_WORKLOAD_IDENTITY_TOKEN_A": "t"}, client.Config{},
		},
		{
			"a tag of the environment opts in", providerModel{},
			map[string]string{"GALLEY_WORKLOAD_IDENTITY_TAG": "A", "TFC_WORKLOAD_IDENTITY_TOKEN": "no", "TFC_WORKLOAD_IDENTITY_TOKEN_A": "t"},
			client.Config{IdentityToken: "t"},
		},
		{
			"a tag of the block", providerModel{WorkloadIdentity: identityOf(map[string]string{"tag": "B"})},
			map[string]string{"GALLEY_WORKLOAD_IDENTITY_TAG": "A", "TFC_WORKLOAD_IDENTITY_TOKEN_A": "no", "TFC_WORKLOAD_IDENTITY_TOKEN_B": "t", "GALLEY_TOKEN_FILE": "/no"},
			client.Config{IdentityToken: "t"},
		},
		{
			"a file of the block", providerModel{WorkloadIdentity: identityOf(map[string]string{"token_file": "/run/token"})},
			map[string]string{"TFC_WORKLOAD_IDENTITY_TOKEN": "no", "GALLEY_WORKLOAD_IDENTITY_TAG": "A"}, client.Config{IdentityTokenFile: "/run/token"},
		},
		{
			"a file of the environment is that of the identity", providerModel{},
			map[string]string{"GALLEY_WORKLOAD_IDENTITY": "1", "GALLEY_TOKEN_FILE": "/run/token", "TFC_WORKLOAD_IDENTITY_TOKEN": "no"},
			client.Config{IdentityTokenFile: "/run/token"},
		},
		{"a file of a token", providerModel{}, map[string]string{"GALLEY_TOKEN_FILE": "/run/token"}, client.Config{TokenFile: "/run/token"}},
		{
			"the block goes before the environment", providerModel{TokenFile: text("/run/token")},
			map[string]string{"GALLEY_TOKEN": "t", "GALLEY_USERNAME": "u", "GALLEY_PASSWORD": "p", "GALLEY_WORKLOAD_IDENTITY": "true", "GALLEY_TOKEN_FILE": "/no"},
			client.Config{TokenFile: "/run/token"},
		},
		{
			"a token of the block goes before the identity of the environment", providerModel{Token: text("t")},
			map[string]string{"GALLEY_WORKLOAD_IDENTITY": "true", "TFC_WORKLOAD_IDENTITY_TOKEN": "no"}, client.Config{Token: "t"},
		},
		{
			"an identity of the block goes before the environment", providerModel{WorkloadIdentity: identityOf(nil)},
			map[string]string{"GALLEY_TOKEN": "no", "GALLEY_USERNAME": "u", "GALLEY_PASSWORD": "p", "TFC_WORKLOAD_IDENTITY_TOKEN": "t"},
			client.Config{IdentityToken: "t"},
		},
		{
			"a password of the block with a user of the environment", providerModel{Password: text("p")},
			map[string]string{"GALLEY_USERNAME": "u", "GALLEY_TOKEN": "no"}, client.Config{Username: "u", Password: "p"},
		},
		{
			"a token of the environment goes before its user", providerModel{},
			map[string]string{"GALLEY_USERNAME": "u", "GALLEY_PASSWORD": "p", "GALLEY_TOKEN": "t"}, client.Config{Token: "t"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var diags diag.Diagnostics
			got, _ := tt.block.settings(t.Context(), func(name string) string { return tt.env[name] }, &diags)
			providertest.MustBeClean(t, diags)
			tt.want.AuthScheme = client.SchemeBearer
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("settings (-want +got):\n%s", diff)
			}
		})
	}
}

func TestCredentialsThatDoNotGoTogether(t *testing.T) {
	t.Parallel()
	text := types.StringValue
	tests := []struct {
		name  string
		block providerModel
		env   map[string]string
		want  []string // attributes and the beginnings of what is said there
	}{
		{"a token and a user", providerModel{Token: text("secret"), Username: text("u"), Password: text("secret")}, nil, []string{"token: token: found the argument username as well"}},
		{"two files", providerModel{TokenFile: text("/a"), WorkloadIdentity: identityOf(nil)}, nil, []string{"workload_identity: workload_identity: found the argument token_file as well"}},
		{
			"everything", providerModel{Password: text("secret"), Token: text("secret"), TokenFile: text("/a"), WorkloadIdentity: identityOf(nil)}, nil,
			[]string{"token: ", "token_file: ", "workload_identity: workload_identity: found the argument username as well"},
		},
		{
			"an identity and a token of the environment", providerModel{}, map[string]string{"GALLEY_WORKLOAD_IDENTITY": "true", "GALLEY_TOKEN": "secret", "TFC_WORKLOAD_IDENTITY_TOKEN": "secret"},
			[]string{"workload_identity: GALLEY_WORKLOAD_IDENTITY: found the environment variable GALLEY_TOKEN as well"},
		},
		{
			"a token and its file in the environment", providerModel{}, map[string]string{"GALLEY_TOKEN_FILE": "/a", "GALLEY_TOKEN": "secret"},
			[]string{"token_file: GALLEY_TOKEN_FILE: found the environment variable GALLEY_TOKEN as well"},
		},
		{
			"no token of the runner", providerModel{WorkloadIdentity: identityOf(nil)}, nil,
			[]string{"workload_identity: workload_identity: found nothing in the environment variable TFC_WORKLOAD_IDENTITY_TOKEN, expected"},
		},
		{
			"no token of that tag", providerModel{}, map[string]string{"GALLEY_WORKLOAD_IDENTITY_TAG": "A", "TFC_WORKLOAD_IDENTITY_TOKEN": "secret"},
			[]string{"workload_identity: workload_identity: found nothing in the environment variable TFC_WORKLOAD_IDENTITY_TOKEN_A, expected"},
		},
		{
			"a tag that is none", providerModel{WorkloadIdentity: identityOf(map[string]string{"tag": "a-b"})}, nil,
			[]string{`workload_identity.tag: workload_identity.tag (or the environment variable GALLEY_WORKLOAD_IDENTITY_TAG) is "a-b"`},
		},
		{
			"a tag and a file", providerModel{WorkloadIdentity: identityOf(map[string]string{"tag": "A", "token_file": "/a"})}, nil,
			[]string{"workload_identity.token_file: workload_identity.token_file: found tag as well"},
		},
		{
			"neither yes nor no", providerModel{}, map[string]string{"GALLEY_WORKLOAD_IDENTITY": "please"},
			[]string{"workload_identity: workload_identity (or the environment variable GALLEY_WORKLOAD_IDENTITY) is \"please\""},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var diags diag.Diagnostics
			tt.block.settings(t.Context(), func(name string) string { return tt.env[name] }, &diags)
			var got []string
			for _, d := range diags {
				at := ""
				if d, ok := d.(diag.DiagnosticWithPath); ok {
					at = d.Path().String()
				}
				got = append(got, at+": "+d.Detail())
			}
			if len(got) != len(tt.want) {
				t.Fatalf("got %q, want %q", got, tt.want)
			}
			for i, want := range tt.want {
				if !strings.HasPrefix(got[i], want) || strings.Contains(got[i], "secret") {
					t.Errorf("got %q, want it to begin with %q and to have no secret", got[i], want)
				}
			}
		})
	}
}

// What the block alone shows is found without a run.
func TestCredentialsAreValidated(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	p := &Provider{}
	var schema provider.SchemaResponse
	p.Schema(ctx, provider.SchemaRequest{}, &schema)
	for name, c := range map[string]struct {
		token any
		want  string
	}{"both": {"t", "token"}, "one of them may turn out to be null": {tftypes.UnknownValue, ""}} {
		raw := providertest.NullObject(t, schema.Schema.Type().TerraformType(ctx))
		var all map[string]tftypes.Value
		if err := raw.As(&all); err != nil {
			t.Fatal(err)
		}
		all["username"], all["token"] = tftypes.NewValue(tftypes.String, "u"), tftypes.NewValue(tftypes.String, c.token)
		var resp provider.ValidateConfigResponse
		p.ValidateConfig(ctx, provider.ValidateConfigRequest{Config: tfsdk.Config{Schema: schema.Schema, Raw: tftypes.NewValue(raw.Type(), all)}}, &resp)
		at := ""
		for _, d := range resp.Diagnostics {
			if d, ok := d.(diag.DiagnosticWithPath); ok {
				at += d.Path().String()
			}
		}
		if at != c.want {
			t.Errorf("%s: errors are %v, want one at %q", name, resp.Diagnostics, c.want)
		}
	}
}

func TestEndpointsInTheClear(t *testing.T) {
	t.Parallel()
	identity := tftypes.Object{AttributeTypes: map[string]tftypes.Type{"tag": tftypes.String, "token_file": tftypes.String}}
	for endpoint, isClear := range map[string]bool{
		"http://galley.example.com": true, "http://10.0.0.1:8080": true, "http://localhost.example.com": true, "http://[2001:db8::1]": true,
		"https://galley.example.com": false, "http://127.0.0.1:8080": false, "http://127.1.2.3": false, "http://[::1]:8080": false,
		"http://localhost:8080": false, "http://galley.localhost": false,
	} {
		block := map[string]tftypes.Value{"endpoint": tftypes.NewValue(tftypes.String, endpoint), "token": tftypes.NewValue(tftypes.String, "t")}
		resp := configure(t, block)
		if resp.Diagnostics.HasError() || (len(resp.Diagnostics) == 1) != isClear {
			t.Errorf("%s: got %v, want one warning: %t", endpoint, resp.Diagnostics, isClear)
		}
		delete(block, "token")
		block["workload_identity"] = tftypes.NewValue(identity, map[string]tftypes.Value{
			"tag": tftypes.NewValue(tftypes.String, nil), "token_file": tftypes.NewValue(tftypes.String, "/run/token"),
		})
		resp = configure(t, block)
		data, _ := resp.ResourceData.(*plan.Data)
		if resp.Diagnostics.HasError() != isClear || isClear && data.Client != nil {
			t.Errorf("%s with a workload identity: got %v, want an error: %t", endpoint, resp.Diagnostics, isClear)
		}
	}
}

// The warning is about the run, not about each thing in it.
func TestEndpointInTheClearWarnsOnce(t *testing.T) {
	t.Parallel()
	c := providertest.NewCLI(t, `
provider "galley" {
  endpoint = "http://galley.example.com"
  token    = "t"
}
resource "galley_workspace" "one" {
  count  = 3
  title  = "One ${count.index}"
  broker = { host = { path = "one" } }
}
`)
	out := providertest.Plain(c.MustRun(t, "plan", "-input=false"))
	providertest.ExpectWords(t, out, "endpoint: found http://galley.example.com, which is neither https nor this machine", "3 to add")
	if got := strings.Count(out, "Endpoint is not encrypted"); got != 1 {
		t.Errorf("%d warnings, want one: %s", got, out)
	}
}
