// Package regular opens files of folders that users and jobs write to: regular files only,
// never through a link that leads out, never waiting for a pipe.
//
// It imports nothing of this module. Read regular.go: Open.
package regular
