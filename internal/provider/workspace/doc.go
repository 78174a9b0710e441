// Package workspace has the objects that are about workspaces: galley_workspace as a resource
// and list resource, and galley_workspaces. It may import kit, plan, fault, value, client, api
// and the domain, and no other subject. Read resource.go first.
package workspace
