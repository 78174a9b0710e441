// The Terraform provider "galley" as a plugin: Terraform starts it and talks to it.
package main

//go:generate go run ./internal/cmd/docs

import (
	"context"
	"flag"
	"log"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"

	"github.com/recipe-galley/terraform-provider-galley/internal/provider"
)

// version is set by the release's linker flags.
var version = "dev"

func main() {
	debug := flag.Bool("debug", false, "wait for a debugger: print how Terraform can attach to this process")
	flag.Parse()

	err := providerserver.Serve(context.Background(), provider.New(version), providerserver.ServeOpts{
		Address: "registry.terraform.io/recipe-galley/galley",
		Debug:   *debug,
	})
	if err != nil {
		log.Fatal(err)
	}
}
