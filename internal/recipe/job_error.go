package recipe

import "slices"

// Names of the errors that the service gives jobs, in the original's words where it has
// them; all others are a manifest's.
const (
	ErrorTimeout         = "timeout"                     // the job ran longer than its manifest allows
	ErrorUnknown         = "algorithm-unknown"           // an exit code that the manifest does not explain
	ErrorMissingOutput   = "missing-required-output"     // a required output is not there
	ErrorMultipleOutputs = "unexpected-multiple-outputs" // several files for an output of one
	ErrorInvalidResults  = "invalid-results-manifest"    // seed.outputs.json is not what the manifest says
	ErrorInvalidOutput   = "invalid-output"              // an output file, or its side-car, cannot be taken
	ErrorOutOfMemory     = "out-of-memory"               // the job took more memory than it may
	ErrorOutOfDisk       = "out-of-disk"                 // the job wrote more than it may

	// Of these the job has not even begun, or does not know.
	ErrorInvalidInput         = "invalid-input"         // an input cannot be handed to the job
	ErrorInvalidSetting       = "invalid-setting"       // a setting has no usable value
	ErrorMissingMount         = "missing-mount"         // a mount has no folder on this machine
	ErrorMissingImage         = "missing-image"         // the image of the job cannot be had
	ErrorInvalidConfiguration = "invalid-configuration" // the job cannot run as it is configured
	ErrorNodeLost             = "node-lost"             // its server was not heard of any more
	ErrorInfrastructure       = "infrastructure"        // the server could not carry it out
)

// OwnErrors are those of the service that are a failure of the job's own.
func OwnErrors() []string {
	return []string{
		ErrorTimeout, ErrorUnknown, ErrorMissingOutput, ErrorMultipleOutputs, ErrorInvalidResults, ErrorInvalidOutput, ErrorOutOfMemory, ErrorOutOfDisk,
	}
}

// IsOwnError tells whether an error is a failure of the job's own: one of its manifest's, or
// of what became of its process.
func IsOwnError(name string) bool {
	return !slices.Contains([]string{
		ErrorInvalidInput, ErrorInvalidSetting, ErrorMissingMount, ErrorMissingImage, ErrorInvalidConfiguration, ErrorNodeLost, ErrorInfrastructure,
	}, name)
}
