package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"

	"github.com/recipe-galley/terraform-provider-galley/internal/server"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/doctor"
)

type doctorCmd struct {
	work
	JSON bool `help:"Print a JSON array with what, status (ok, warn, fail), found and do." name:"json"`
}

// Run is `galleyd doctor`.
func (d doctorCmd) Run() error {
	findings := server.Doctor(context.Background(), d.config())
	if d.JSON {
		e := json.NewEncoder(os.Stdout)
		e.SetIndent("", "  ")
		if err := e.Encode(findings); err != nil {
			return err
		}
	} else {
		for _, f := range findings {
			fmt.Printf("%-4s  %s: %s\n", f.Status, f.What, oneLine(errors.New(f.Found)))
			if f.Do != "" {
				fmt.Printf("      what to do: %s\n", f.Do)
			}
		}
	}
	if slices.ContainsFunc(findings, func(f doctor.Finding) bool { return f.Status == doctor.Fail }) {
		return errors.New("a galleyd with these settings would not work: see what failed above")
	}
	return nil
}
