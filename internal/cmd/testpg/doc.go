// Command testpg runs a command with a private PostgreSQL server for its tests, whose address
// that finds in GALLEY_TEST_POSTGRES: go run ./internal/cmd/testpg -- go test ./...
// If the variable is set already, no server is started. As root it installs Debian's packages
// postgresql, podman, runc, chromium and prometheus if there are none. Its exit code is the command's; 125 if it could not
// be run.
//
// It may import pgtest and browsertest. Read main.go.
package main
