package kit

// The values of on_failure, on_destroy and on_missing.
const (
	OnFailureError  = "error"
	OnFailureWarn   = "warn"
	OnDestroyKeep   = "keep"
	OnDestroyCancel = "cancel"
	OnMissingKeep   = "keep"
	OnMissingRerun  = "rerun"
)
