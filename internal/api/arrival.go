package api

import "encoding/json"

// Strike is contract D3, the form of lists: it watches a workspace.
type Strike struct {
	ID           int64    `json:"id"`
	Name         string   `json:"name"`
	Title        string   `json:"title"`
	Description  *string  `json:"description"`
	Job          *JobBase `json:"job"` // of the watch
	Created      Time     `json:"created"`
	LastModified Time     `json:"last_modified"`
}

// StrikeDetail adds the configuration.
type StrikeDetail struct {
	Strike
	Configuration json.RawMessage `json:"configuration"` // ingest.Configuration form
	ETag          string          `json:"-"`             // header ETag of the answer: the version, for IfMatch of an edit
	TakenOver     bool            `json:"-"`             // header of the answer to a create: an earlier one has made it, and lost it
}

// StrikeCreate is the body of POST /v6/strikes/.
type StrikeCreate struct {
	Title         string          `json:"title"`
	Description   string          `json:"description,omitempty"`
	Configuration json.RawMessage `json:"configuration"`
}

// StrikeEdit is the body of PATCH /v6/strikes/{id}/; nil, and of texts "", leaves a member as it is.
type StrikeEdit struct {
	Title         *string         `json:"title,omitempty"`
	Description   *string         `json:"description,omitempty"`
	Configuration json.RawMessage `json:"configuration,omitempty"`
	IfMatch       string          `json:"-"` // ETag of the version that the edit is for; "": any. Another is a conflict
}

// ArrivalValidate is the body of POST /v6/strikes/validation/ and /v6/scans/validation/.
type ArrivalValidate struct {
	Configuration json.RawMessage `json:"configuration"`
}

// Scan is contract D4, the form of lists: it goes through a workspace once.
type Scan struct {
	ID           int64    `json:"id"`
	Name         string   `json:"name"`
	Title        string   `json:"title"`
	Description  *string  `json:"description"`
	Job          *JobBase `json:"job"`         // that ingests; null: it has not begun
	DryRunJob    *JobBase `json:"dry_run_job"` // the latest that only counts
	FileCount    *int     `json:"file_count"`
	Created      Time     `json:"created"`
	LastModified Time     `json:"last_modified"`
}

// ScanDetail adds the configuration.
type ScanDetail struct {
	Scan
	Configuration json.RawMessage `json:"configuration"` // ingest.Configuration form
	ETag          string          `json:"-"`             // header ETag of the answer: the version, for IfMatch of an edit
	TakenOver     bool            `json:"-"`             // header of the answer to a create: an earlier one has made it, and lost it
}

// ScanCreate is the body of POST /v6/scans/.
type ScanCreate StrikeCreate

// ScanEdit is the body of PATCH /v6/scans/{id}/; nil, and of texts "", leaves a member as it is.
type ScanEdit StrikeEdit

// ScanProcess is the body of POST /v6/scans/{id}/process/.
type ScanProcess struct {
	Ingest bool `json:"ingest"` // false: only count
}

// ScanCanceled is the answer of POST /v6/scans/cancel/{id}/.
type ScanCanceled struct {
	ID           string  `json:"id"` // of the scan, as text
	CanceledJobs []int64 `json:"canceled_jobs"`
}

// IngestCommon are the members that the list and the details of ingests share (contract D5.1).
type IngestCommon struct {
	ID               int64       `json:"id"`
	FileName         string      `json:"file_name"`
	Status           string      `json:"status"` // ingest.Status
	BytesTransferred int64       `json:"bytes_transferred"`
	TransferStarted  Time        `json:"transfer_started"`
	TransferEnded    *Time       `json:"transfer_ended"`
	MediaType        string      `json:"media_type"`
	FileSize         *int64      `json:"file_size"`
	DataTypeTags     []string    `json:"data_type_tags"`
	FilePath         string      `json:"file_path"`
	NewFilePath      string      `json:"new_file_path"` // "": none
	Job              *Ref        `json:"job"`
	IngestStarted    *Time       `json:"ingest_started"`
	IngestEnded      *Time       `json:"ingest_ended"`
	SourceFile       *IngestFile `json:"source_file"`
	DataStarted      *Time       `json:"data_started"`
	DataEnded        *Time       `json:"data_ended"`
	Created          Time        `json:"created"`
	LastModified     Time        `json:"last_modified"`
}

// Ingest is a file that arrives, the form of lists.
type Ingest struct {
	IngestCommon
	Scan         *IngestScan   `json:"scan"`
	Strike       *IngestStrike `json:"strike"`
	Workspace    Workspace     `json:"workspace"`
	NewWorkspace *Workspace    `json:"new_workspace"`
}

// IngestDetail has all that an ingest refers to as a whole.
type IngestDetail struct {
	IngestCommon
	Scan         *ScanDetail      `json:"scan"`
	Strike       *StrikeDetail    `json:"strike"`
	Workspace    WorkspaceDetail  `json:"workspace"`
	NewWorkspace *WorkspaceDetail `json:"new_workspace"`
}

// IngestFile is the file that an ingest has become.
type IngestFile struct {
	File
	IsParsed bool  `json:"is_parsed"`
	Parsed   *Time `json:"parsed"`
}

// IngestStrike is the strike of an ingest of a list.
type IngestStrike struct {
	ID          int64   `json:"id"`
	Name        string  `json:"name"`
	Title       string  `json:"title"`
	Description *string `json:"description"`
	Job         *Ref    `json:"job"`
}

// IngestScan is the scan of an ingest of a list.
type IngestScan struct {
	ID          int64   `json:"id"`
	Name        string  `json:"name"`
	Title       string  `json:"title"`
	Description *string `json:"description"`
	Job         *Ref    `json:"job"`
	DryRunJob   *Ref    `json:"dry_run_job"`
}

// IngestStatus is what a strike has ingested, of GET /v6/ingests/status/. Without anything all but Values is null.
type IngestStatus struct {
	Strike     Strike        `json:"strike"`
	MostRecent *Time         `json:"most_recent"`
	Files      *int          `json:"files"`
	Size       *int64        `json:"size"`
	Values     []IngestsHour `json:"values"` // each hour
}

// IngestsHour is what a strike has ingested in an hour.
type IngestsHour struct {
	Time  Time  `json:"time"`
	Files int   `json:"files"`
	Size  int64 `json:"size"`
}
