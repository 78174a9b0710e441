package main

import (
	"context"
	"fmt"

	"github.com/recipe-galley/terraform-provider-galley/internal/server"
)

type gcCmd struct {
	store
	roots
	keep
	DryRun bool `help:"Only say what would be removed."`
}

// Run is `galleyd gc`.
func (g gcCmd) Run() error {
	c := g.config()
	c.WorkspaceRoots, c.Keep = g.WorkspaceRoot, g.policy()
	r, err := server.Collect(context.Background(), c, g.DryRun)
	if err != nil {
		return err
	}
	if g.DryRun {
		fmt.Printf("Would be removed: %s.\n", r)
		return nil
	}
	fmt.Printf("Removed: %s.\n", r)
	return nil
}
