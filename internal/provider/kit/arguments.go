package kit

// The values of on_failure, on_destroy, on_missing and on_recreate.
const (
	OnFailureError  = "error"
	OnFailureWarn   = "warn"
	OnDestroyKeep   = "keep"
	OnDestroyCancel = "cancel"
	OnMissingKeep   = "keep"
	OnMissingRerun  = "rerun"

	OnRecreateResume = "resume"
	OnRecreateNew    = "new"
)

// OnRecreateDoc documents on_recreate of what runs.
const OnRecreateDoc = "What the next apply does after a create that ended in an error, of a run that has failed: what is completed is kept and the " +
	"rest runs again (`resume`, the default), or another one starts (`new`). One that has completed or still goes on is taken over by either. A change " +
	"of anything that it is made from starts another one in any case."
