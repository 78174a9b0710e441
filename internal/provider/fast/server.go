package fast

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
)

// Framework is every part of the protocol that the framework serves.
type Framework interface {
	tfprotov6.ProviderServer
	tfprotov6.ListResourceServer
	tfprotov6.ActionServer
}

// Server answers for the framework, or with its help.
type Server struct {
	Framework
	resources *resources
}

// New returns a server of p.
func New(p provider.Provider) *Server {
	return &Server{Framework: NewFramework(p), resources: newResources(p)}
}

// NewFramework returns the framework's own server of p.
func NewFramework(p provider.Provider) Framework {
	framework, isAll := providerserver.NewProtocol6(p)().(Framework)
	if !isAll {
		panic("the framework's server lacks a part of the protocol") // every test would
	}
	return framework
}

// UpgradeResourceState implements tfprotov6.ResourceServer. A state of the version that the schema
// has is what it is: Terraform reads the JSON that it has sent. The framework would decode it
// and write it again.
func (s *Server) UpgradeResourceState(
	ctx context.Context, req *tfprotov6.UpgradeResourceStateRequest,
) (*tfprotov6.UpgradeResourceStateResponse, error) {
	if r := s.resources.of(ctx, req.TypeName); r != nil && r.version == req.Version && req.RawState != nil && r.fits(req.RawState.JSON) {
		return &tfprotov6.UpgradeResourceStateResponse{UpgradedState: &tfprotov6.DynamicValue{JSON: req.RawState.JSON}}, nil
	}
	return s.Framework.UpgradeResourceState(ctx, req)
}

// ValidateResourceConfig implements tfprotov6.ResourceServer.
func (s *Server) ValidateResourceConfig(
	ctx context.Context, req *tfprotov6.ValidateResourceConfigRequest,
) (*tfprotov6.ValidateResourceConfigResponse, error) {
	sealed := *req
	sealed.Config = s.resources.of(ctx, req.TypeName).seal(req.Config)
	return s.Framework.ValidateResourceConfig(ctx, &sealed)
}

// ReadResource implements tfprotov6.ResourceServer.
func (s *Server) ReadResource(ctx context.Context, req *tfprotov6.ReadResourceRequest) (*tfprotov6.ReadResourceResponse, error) {
	r, sealed := s.resources.of(ctx, req.TypeName), *req
	sealed.CurrentState = r.seal(req.CurrentState)
	resp, err := s.Framework.ReadResource(ctx, &sealed)
	if resp != nil {
		resp.NewState = r.open(resp.NewState)
	}
	return resp, err
}

// PlanResourceChange implements tfprotov6.ResourceServer.
func (s *Server) PlanResourceChange(
	ctx context.Context, req *tfprotov6.PlanResourceChangeRequest,
) (*tfprotov6.PlanResourceChangeResponse, error) {
	r, sealed := s.resources.of(ctx, req.TypeName), *req
	sealed.PriorState, sealed.ProposedNewState, sealed.Config = r.seal(req.PriorState), r.seal(req.ProposedNewState), r.seal(req.Config)
	resp, err := s.Framework.PlanResourceChange(ctx, &sealed)
	if resp != nil {
		resp.PlannedState = r.open(resp.PlannedState)
	}
	return resp, err
}

// ApplyResourceChange implements tfprotov6.ResourceServer.
func (s *Server) ApplyResourceChange(
	ctx context.Context, req *tfprotov6.ApplyResourceChangeRequest,
) (*tfprotov6.ApplyResourceChangeResponse, error) {
	r, sealed := s.resources.of(ctx, req.TypeName), *req
	sealed.PriorState, sealed.PlannedState, sealed.Config = r.seal(req.PriorState), r.seal(req.PlannedState), r.seal(req.Config)
	resp, err := s.Framework.ApplyResourceChange(ctx, &sealed)
	if resp != nil {
		resp.NewState = r.open(resp.NewState)
	}
	return resp, err
}
