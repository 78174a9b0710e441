package providertest

import (
	"context"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/recipe-galley/terraform-provider-galley/internal/provider/fast"
)

// ShadowVariable makes every test of the provider compare what package fast answers with what
// the framework says: make shadow. The tests of job types, recipe types and workspaces always do.
const ShadowVariable = "GALLEY_TEST_SHADOW"

// MainWithShadow is Main for tests that do so.
func MainWithShadow(m *testing.M, newProvider func() provider.Provider) {
	if err := os.Setenv(ShadowVariable, "1"); err != nil {
		panic(err)
	}
	Main(m, newProvider)
}

// newServer is the provider under test as it is served.
func newServer() fast.Framework {
	s := fast.New(NewProvider())
	if os.Getenv(ShadowVariable) == "" {
		return s
	}
	return &Shadow{Framework: s, Slow: s.Framework}
}

// Shadow asks the framework, too, and answers with an error where that says something else.
// Both stand on one provider, whose notes of the plan do not mind to hear a thing twice; creates,
// which claim names, and changes are not repeated.
type Shadow struct {
	fast.Framework                // the server under test
	Slow           fast.Framework // the framework's
	once           sync.Once
	types          map[string]tftypes.Type
}

func (s *Shadow) typeOf(ctx context.Context, name string) tftypes.Type {
	s.once.Do(func() {
		s.types = map[string]tftypes.Type{}
		if all, err := s.Slow.GetProviderSchema(ctx, &tfprotov6.GetProviderSchemaRequest{}); err == nil {
			for name, schema := range all.ResourceSchemas {
				s.types[name] = schema.ValueType()
			}
		}
	})
	return s.types[name]
}

// differs is an error if two values of a resource type are not the same.
func (s *Shadow) differs(ctx context.Context, call, name string, fast, slow *tfprotov6.DynamicValue) error {
	var values [2]tftypes.Value
	for i, v := range []*tfprotov6.DynamicValue{fast, slow} {
		if v == nil {
			continue
		}
		var err error
		if values[i], err = v.Unmarshal(s.typeOf(ctx, name)); err != nil {
			return fmt.Errorf("shadow: %s of %s: %w", call, name, err)
		}
	}
	if (fast == nil) == (slow == nil) && values[0].Equal(values[1]) {
		return nil
	}
	return fmt.Errorf("shadow: %s of %s (-framework +fast):\n- %s\n+ %s", call, name, values[1], values[0])
}

// differ is an error if diagnostics are not the same.
func differ(call, name string, fast, slow []*tfprotov6.Diagnostic) error {
	if diff := cmp.Diff(said(slow), said(fast)); diff != "" {
		return fmt.Errorf("shadow: what %s says of %s (-framework +fast):\n%s", call, name, diff)
	}
	return nil
}

func said(all []*tfprotov6.Diagnostic) map[string]int {
	out := map[string]int{}
	for _, d := range all {
		out[strings.Join([]string{d.Severity.String(), d.Attribute.String(), d.Summary, d.Detail}, "\n")]++
	}
	return out
}

// ValidateResourceConfig implements tfprotov6.ResourceServer.
func (s *Shadow) ValidateResourceConfig(
	ctx context.Context, req *tfprotov6.ValidateResourceConfigRequest,
) (*tfprotov6.ValidateResourceConfigResponse, error) {
	slow, err := s.Slow.ValidateResourceConfig(ctx, req)
	if err != nil {
		return nil, err
	}
	resp, err := s.Framework.ValidateResourceConfig(ctx, req)
	if err != nil {
		return nil, err
	}
	return resp, differ("validate", req.TypeName, resp.Diagnostics, slow.Diagnostics)
}

// UpgradeResourceState implements tfprotov6.ResourceServer.
func (s *Shadow) UpgradeResourceState(
	ctx context.Context, req *tfprotov6.UpgradeResourceStateRequest,
) (*tfprotov6.UpgradeResourceStateResponse, error) {
	slow, err := s.Slow.UpgradeResourceState(ctx, req)
	if err != nil {
		return nil, err
	}
	resp, err := s.Framework.UpgradeResourceState(ctx, req)
	if err == nil {
		err = s.differs(ctx, "upgrade", req.TypeName, resp.UpgradedState, slow.UpgradedState)
	}
	if err == nil {
		err = differ("upgrade", req.TypeName, resp.Diagnostics, slow.Diagnostics)
	}
	return resp, err
}

// ReadResource implements tfprotov6.ResourceServer. Something may have changed between two reads, so
// the framework is asked before and after: what it says both times is what is expected.
func (s *Shadow) ReadResource(ctx context.Context, req *tfprotov6.ReadResourceRequest) (*tfprotov6.ReadResourceResponse, error) {
	before, err := s.Slow.ReadResource(ctx, req)
	if err != nil {
		return nil, err
	}
	resp, err := s.Framework.ReadResource(ctx, req)
	if err != nil {
		return nil, err
	}
	differs := s.readsDiffer(ctx, req.TypeName, resp, before)
	if differs == nil {
		return resp, nil
	}
	after, err := s.Slow.ReadResource(ctx, req)
	if err != nil || s.readsDiffer(ctx, req.TypeName, after, before) != nil {
		return resp, err
	}
	return nil, differs
}

func (s *Shadow) readsDiffer(ctx context.Context, name string, fast, slow *tfprotov6.ReadResourceResponse) error {
	err := s.differs(ctx, "read", name, fast.NewState, slow.NewState)
	if diff := cmp.Diff(string(slow.Private), string(fast.Private)); err == nil && diff != "" {
		err = fmt.Errorf("shadow: what a read of %s remembers (-framework +fast):\n%s", name, diff)
	}
	if diff := cmp.Diff(slow.Deferred, fast.Deferred); err == nil && diff != "" {
		err = fmt.Errorf("shadow: why a read of %s is deferred (-framework +fast):\n%s", name, diff)
	}
	if err == nil {
		err = identitiesDiffer("read", name, fast.NewIdentity, slow.NewIdentity)
	}
	if err == nil {
		err = differ("read", name, fast.Diagnostics, slow.Diagnostics)
	}
	return err
}

// identitiesDiffer compares identities as they are encoded: both have them from the framework.
func identitiesDiffer(call, name string, fast, slow *tfprotov6.ResourceIdentityData) error {
	if diff := cmp.Diff(slow, fast, cmpopts.EquateEmpty()); diff != "" {
		return fmt.Errorf("shadow: the identity after a %s of %s (-framework +fast):\n%s", call, name, diff)
	}
	return nil
}

// PlanResourceChange implements tfprotov6.ResourceServer. Creates, destroys and what the framework
// says besides are not compared: a plan claims names, and says some things once.
func (s *Shadow) PlanResourceChange(
	ctx context.Context, req *tfprotov6.PlanResourceChangeRequest,
) (*tfprotov6.PlanResourceChangeResponse, error) {
	resp, err := s.Framework.PlanResourceChange(ctx, req)
	if err != nil || s.isNull(ctx, req.TypeName, req.PriorState) || s.isNull(ctx, req.TypeName, req.ProposedNewState) {
		return resp, err
	}
	slow, err := s.Slow.PlanResourceChange(ctx, req)
	if err == nil {
		err = s.differs(ctx, "plan", req.TypeName, resp.PlannedState, slow.PlannedState)
	}
	if diff := cmp.Diff(fmt.Sprint(slow.RequiresReplace), fmt.Sprint(resp.RequiresReplace)); err == nil && diff != "" {
		err = fmt.Errorf("shadow: what a plan of %s replaces (-framework +fast):\n%s", req.TypeName, diff)
	}
	if diff := cmp.Diff(string(slow.PlannedPrivate), string(resp.PlannedPrivate)); err == nil && diff != "" {
		err = fmt.Errorf("shadow: what a plan of %s remembers (-framework +fast):\n%s", req.TypeName, diff)
	}
	if diff := cmp.Diff(slow.Deferred, resp.Deferred); err == nil && diff != "" {
		err = fmt.Errorf("shadow: why a plan of %s is deferred (-framework +fast):\n%s", req.TypeName, diff)
	}
	if err == nil {
		err = identitiesDiffer("plan", req.TypeName, resp.PlannedIdentity, slow.PlannedIdentity)
	}
	return resp, err
}

func (s *Shadow) isNull(ctx context.Context, name string, v *tfprotov6.DynamicValue) bool {
	got, err := v.Unmarshal(s.typeOf(ctx, name))
	return err == nil && got.IsNull()
}
