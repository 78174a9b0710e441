// Package doctor looks at what a server stands on, and says what is wrong and what to do: folders, the
// database, its clock, workspaces, what waits.
//
// It changes nothing but for files that it removes again. It may import catalog, metrics and store.
// Read doctor.go first.
package doctor
