package file

import (
	"io"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	fwresource "github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/plan"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/providertest"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/servertest"
)

func TestSourceFileCreateRefusesOtherBytesThanPlanned(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{})
	r := &sourceFileResource{}
	r.Configure(t.Context(), fwresource.ConfigureRequest{ProviderData: &plan.Data{Client: s.Client}}, &fwresource.ConfigureResponse{})
	var schema fwresource.SchemaResponse
	r.Schema(t.Context(), fwresource.SchemaRequest{}, &schema)
	empty := providertest.NullObject(t, schema.Schema.Type().TerraformType(t.Context()))
	plan := tfsdk.Plan{Schema: schema.Schema, Raw: empty}
	for name, value := range map[string]string{
		"workspace": "default", "path": "a", "content": "something else", "sha256": providertest.HelloSHA256,
	} {
		providertest.MustBeClean(t, plan.SetAttribute(t.Context(), path.Root(name), value))
	}
	resp := fwresource.CreateResponse{State: tfsdk.State{Schema: schema.Schema, Raw: empty}}
	r.Create(t.Context(), fwresource.CreateRequest{Plan: plan}, &resp)
	if got := resp.Diagnostics.Errors(); len(got) != 1 || got[0].Summary() != "The bytes of the file have changed since the plan" {
		t.Errorf("got %v, want one error about the bytes", got)
	}
	if live := providertest.LiveFiles(t, s); len(live) > 0 {
		t.Errorf("uploaded in spite of it: %v", live)
	}
}

func TestSourceFileOpenLeavesTheBytesAtTheStart(t *testing.T) {
	t.Parallel()
	m := sourceFileModel{Content: types.StringValue("hello"), Source: types.StringNull(), ContentBase64: types.StringNull()}
	b, err := m.open()
	if err != nil {
		t.Fatal(err)
	}
	if b.sha256 != providertest.HelloSHA256 || b.size != 5 {
		t.Errorf("got %s and %d bytes, want those of hello", b.sha256, b.size)
	}
	raw, err := io.ReadAll(b)
	if err != nil || string(raw) != "hello" {
		t.Errorf("after the digest there is %q, %v, want all bytes again", raw, err)
	}
}

func TestSourceFileFromAPIKeepsTimesOfTheSameInstant(t *testing.T) {
	t.Parallel()
	noon := api.NewTime(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))
	tests := []struct {
		name  string
		prior types.String
		got   *api.Time
		want  types.String
	}{
		{"the same instant", types.StringValue("2026-03-01T13:00:00+01:00"), &noon, types.StringValue("2026-03-01T13:00:00+01:00")},
		{"another instant", types.StringValue("2026-03-01T13:00:00Z"), &noon, types.StringValue("2026-03-01T12:00:00Z")},
		{"an import", types.StringNull(), &noon, types.StringValue("2026-03-01T12:00:00Z")},
		{"removed", types.StringValue("2026-03-01T12:00:00Z"), nil, types.StringNull()},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var diags diag.Diagnostics
			f := api.File{Sources: api.Sources{SourceStarted: tt.got}}
			m := sourceFileModel{SourceStarted: tt.prior}.fromAPI(t.Context(), f, &diags)
			providertest.MustBeClean(t, diags)
			if diff := cmp.Diff(tt.want, m.SourceStarted); diff != "" {
				t.Errorf("source_started (-want +got):\n%s", diff)
			}
		})
	}
}

func TestMediaTypeOf(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"a/b.CSV": "text/csv", "x.tar.gz": "application/gzip", "x": "application/octet-stream", "a.b/c": "application/octet-stream",
	} {
		if got := mediaTypeOf(name); got != want {
			t.Errorf("%s is %s, want %s", name, got, want)
		}
	}
}
