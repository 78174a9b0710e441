package ingest

import "slices"

// Status is how far the ingest of a file is (contract D5.2).
type Status string

// The statuses of ingests.
const (
	Transferring Status = "TRANSFERRING" // it is still being written, or was just seen
	Transferred  Status = "TRANSFERRED"  // it is whole, and on its way to where ingests lie
	Queued       Status = "QUEUED"       // its job waits
	Ingesting    Status = "INGESTING"    // its job runs
	Ingested     Status = "INGESTED"     // it is a file of the catalog
	Errored      Status = "ERRORED"      // it has vanished, or its job has failed and may be tried again
	Deferred     Status = "DEFERRED"     // no rule is for it
	Duplicate    Status = "DUPLICATE"    // the catalog has had it already
)

// Statuses are all of them.
func Statuses() []string {
	return []string{string(Transferring), string(Transferred), string(Queued), string(Ingesting), string(Ingested),
		string(Errored), string(Deferred), string(Duplicate)}
}

// IsFinal tells whether nothing becomes of the ingest any more.
func (s Status) IsFinal() bool { return slices.Contains([]Status{Ingested, Deferred, Duplicate}, s) }
