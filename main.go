// The Terraform provider "galley" as a plugin: Terraform starts it and talks to it.
package main

//go:generate go run ./internal/cmd/docs

import (
	"flag"
	"fmt"
	"log"

	"github.com/recipe-galley/terraform-provider-galley/internal/provider"
)

// version and commit are set by the release's linker flags.
var (
	version = "dev"
	commit  = "none"
)

func main() {
	debug := flag.Bool("debug", false, "wait for a debugger: print how Terraform can attach to this process")
	show := flag.Bool("version", false, "print the version and end")
	flag.Parse()
	if *show {
		fmt.Printf("terraform-provider-galley %s (%s)\n", version, commit)
		return
	}

	serve := provider.Serve
	if *debug {
		serve = provider.ServeToDebug
	}
	if err := serve("registry.terraform.io/recipe-galley/galley", provider.New(version)); err != nil {
		log.Fatal(err)
	}
}
