package seal

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
)

func newSealing(t *testing.T, key string) *Sealer {
	t.Helper()
	sealer, err := New([]byte(strings.Repeat(key, KeySize)))
	if err != nil {
		t.Fatal(err)
	}
	return sealer
}

func TestConfigurationsAreSealed(t *testing.T) {
	t.Parallel()
	s := newSealing(t, "a")
	want := recipe.Configuration{
		Mounts:           map[string]recipe.Mount{"dem": {Type: "host", HostPath: "/srv"}},
		OutputWorkspaces: recipe.OutputWorkspaces{Default: "raw", Outputs: map[string]string{}},
		Priority:         new(7), Settings: map[string]string{"KEY": "very-secret", "LEVEL": "9"},
	}
	sealed, err := s.SealConfiguration(want, []string{"OTHER", "KEY"})
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"very-secret", "LEVEL", "OTHER"} {
		if strings.Contains(string(sealed), text) {
			t.Errorf("found %s in %s", text, sealed)
		}
	}
	if !strings.Contains(string(sealed), `"host_path":"/srv"`) {
		t.Errorf("what is no setting is not in the clear: %s", sealed)
	}
	got, err := s.OpenConfiguration(sealed)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(StoredConfiguration{want, []string{"KEY"}}, *got); diff != "" {
		t.Errorf("opened (-want +got):\n%s", diff)
	}
	again, err := s.SealConfiguration(want, []string{"OTHER", "KEY"})
	if err != nil || string(again) == string(sealed) {
		t.Errorf("sealed twice it is the same: %s, %v", again, err)
	}
}

func TestOpenConfiguration(t *testing.T) {
	t.Parallel()
	s := newSealing(t, "a")
	secret := recipe.Configuration{Settings: map[string]string{"KEY": "very-secret"}}
	other, err := newSealing(t, "b").SealConfiguration(secret, nil)
	if err != nil {
		t.Fatal(err)
	}
	tests := map[string]struct {
		stored string
		want   map[string]string // settings; nil: no configuration
		err    string
	}{
		"none":                         {stored: ""},
		"null":                         {stored: "null"},
		"without settings":             {stored: `{"priority": 3}`, want: map[string]string{}},
		"older than the encryption":    {stored: `{"settings": {"KEY": "plain"}}`, want: map[string]string{"KEY": "plain"}},
		"of another key":               {stored: string(other), err: "encrypted with another key"},
		"damaged":                      {stored: `{"sealed_settings": "AAAA"}`, err: "it is damaged"},
		"sealed settings of no base64": {stored: `{"sealed_settings": "%"}`, err: "sealed_settings: "},
		"secret names of no list":      {stored: `{"secret_settings": 1}`, err: "secret_settings: "},
		"sealed settings of no text":   {stored: `{"sealed_settings": 1}`, err: "sealed_settings: "},
		"no object":                    {stored: `[]`, err: "reading stored configuration"},
		"broken":                       {stored: `{"priority": 0}`, err: "reading stored configuration"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, err := s.OpenConfiguration(store.JSON(tt.stored))
			switch {
			case tt.err != "":
				if err == nil || !strings.Contains(err.Error(), tt.err) || strings.Contains(err.Error(), "very-secret") {
					t.Errorf("error is %v, want %q", err, tt.err)
				}
				return
			case err != nil:
				t.Fatal(err)
			case tt.want == nil:
				if c != nil {
					t.Errorf("got %v, want none", c)
				}
				return
			}
			if diff := cmp.Diff(tt.want, c.Settings); diff != "" {
				t.Errorf("settings (-want +got):\n%s", diff)
			}
		})
	}
}

func TestSecretKeysOfAnotherLengthAreRefused(t *testing.T) {
	t.Parallel()
	if _, err := New(make([]byte, 16)); err == nil || !strings.Contains(err.Error(), "has 16 bytes, expected 32") {
		t.Errorf("error is %v", err)
	}
}
