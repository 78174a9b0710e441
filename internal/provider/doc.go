// Package provider is the Terraform provider: schemas, plan logic and the mapping
// between Terraform's values and the wire types of package api. It asks package
// client for every request and packages recipe and seed for every rule; it has
// no rules of its own about what a recipe or a manifest may say.
package provider
