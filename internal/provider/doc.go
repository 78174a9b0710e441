// Package provider is the Terraform provider "galley": the provider block (config.go) and the
// list of all its objects (provider.go). An object is in the package of its subject: recipe,
// order, recipetype, jobtype, workspace, file, function, session. What they share lies below
// them: kit, plan, fault, value, each of which may import only those after it. The packages
// of subjects never import each other. Read provider.go first.
package provider
