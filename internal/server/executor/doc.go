// Package executor runs one execution of a job, simulated, as a sandboxed process or in a container:
// it lays out the inputs, watches the job, and collects what it leaves behind. It is the only code of
// the server that starts processes.
//
// It may import seed and recipe; it knows no database and no API. Read executor.go first.
package executor
