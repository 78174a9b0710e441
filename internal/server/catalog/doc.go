// Package catalog has the use cases of what recipes are made of: recipe types and job types
// with their revisions, workspaces, and files. It also reads revisions for the engine.
//
// It runs nothing, and may import seal, usecase, refusal, store and the domain packages recipe
// and seed. Read revision.go first, then recipe_type.go.
package catalog
