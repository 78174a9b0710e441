package provider

import (
	"context"
	"os"
	"os/signal"
	"runtime/debug"
	"sync"
	"syscall"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6/tf6server"

	"github.com/recipe-galley/terraform-provider-galley/internal/provider/fast"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/plan"
)

// lastCalls is how long a provider that was told to end waits for Terraform to be done with
// it. If there is no Terraform any more, nobody else ends it.
const lastCalls = 10 * time.Second

// Serve serves the provider to the Terraform that has started this process, until that ends
// it. SIGTERM is what Terraform's own Stop is: what is waited for is left to the next apply,
// with the state that it has by then, and nothing new is begun.
func Serve(address string, newProvider func() provider.Provider) error {
	told := make(chan os.Signal, 1)
	signal.Notify(told, syscall.SIGTERM)
	s := &stoppable{}
	s.stopping, s.stop = context.WithCancel(context.Background())
	go func() {
		<-told
		s.stop()
		s.calls.Wait()
		plan.EndNotes()
		time.Sleep(lastCalls)
		os.Exit(0)
	}()
	tune()
	fast.Quiet()
	defer plan.EndNotes()
	return tf6server.Serve(address, func() tfprotov6.ProviderServer {
		s.Framework = fast.New(newProvider())
		return s
	})
}

// tune makes the garbage collector run less: a provider lives for seconds, and most of what it
// makes is garbage that Terraform's questions leave. Who sets Go's own variables knows better.
func tune() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(400)
	}
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(1 << 30)
	}
}

// ServeToDebug serves the provider to any Terraform that is told where it is, until an
// interrupt.
func ServeToDebug(address string, newProvider func() provider.Provider) error {
	fast.Quiet()
	return tf6server.Serve(address, func() tfprotov6.ProviderServer { return fast.New(newProvider()) }, tf6server.WithManagedDebug())
}

// stoppable is a server whose changes end when it is told to stop.
type stoppable struct {
	fast.Framework
	stopping context.Context //nolint:containedctx // it is a state of the process
	stop     context.CancelFunc

	mu    sync.Mutex
	calls sync.WaitGroup // changes under way
}

// ApplyResourceChange implements tfprotov6.ResourceServer.
func (s *stoppable) ApplyResourceChange(
	ctx context.Context, req *tfprotov6.ApplyResourceChangeRequest,
) (*tfprotov6.ApplyResourceChangeResponse, error) {
	if !s.begin() {
		return &tfprotov6.ApplyResourceChangeResponse{NewState: req.PriorState, Private: req.PlannedPrivate, Diagnostics: []*tfprotov6.Diagnostic{{
			Severity: tfprotov6.DiagnosticSeverityError, Summary: "The provider was told to stop",
			Detail: "It got SIGTERM, so nothing was done here. Apply again.",
		}}}, nil
	}
	defer s.calls.Done()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(s.stopping, cancel)()
	return s.Framework.ApplyResourceChange(ctx, req)
}

// begin counts a change, unless the server is stopping.
func (s *stoppable) begin() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stopping.Err() != nil {
		return false
	}
	s.calls.Add(1)
	return true
}
