package store

import (
	"encoding/json"

	"github.com/uptrace/bun"
)

// JSON is a document kept as text, exactly as it was written. Nil is NULL.
type JSON = json.RawMessage

// Sources are the roll-up columns that files, jobs and recipes share.
type Sources struct {
	SourceStarted     *Time
	SourceEnded       *Time
	SourceSensorClass *string
	SourceSensor      *string
	SourceCollection  *string
	SourceTask        *string
}

// Workspace is a place for files. Broker is "host"; HostPath its folder.
type Workspace struct {
	bun.BaseModel `bun:"table:workspaces,alias:w"`
	ID            int64  `bun:",pk,autoincrement"`
	Name          string // unique
	Title         string
	Description   string
	BaseURL       string
	IsActive      bool
	Broker        string
	HostPath      string
	Created       Time
	Deprecated    *Time
	LastModified  Time
}

// File is one file of a workspace. The bytes lie at Workspace.HostPath/Stored().
type File struct {
	bun.BaseModel `bun:"table:files,alias:f"`
	ID            int64 `bun:",pk,autoincrement"`
	WorkspaceID   int64
	FileName      string
	FilePath      string
	Content       string // where its bytes lie, which no other file ever has; "": at FilePath
	FileType      string // SOURCE, PRODUCT
	MediaType     string
	DataTypes     JSON // array of strings
	FileSize      int64
	SHA256        string `bun:"sha256"`
	IsDeleted     bool
	Created       Time
	Deleted       *Time
	DataStarted   *Time
	DataEnded     *Time
	Sources
	Geometry     *string // WKT
	CenterPoint  *string // WKT
	MetaData     JSON    // object
	JobID        *int64
	JobExeID     *int64
	JobOutput    string
	RecipeID     *int64 // the recipe whose node made it
	RecipeNode   string
	IsSuperseded bool  // products: the job's successor has made its own
	Superseded   *Time // since when
	Unpublished  *Time // products: the node is not part of the recipe any more, since when
	LastModified Time
}

// JobType is a named, versioned job; its manifest is that of the latest revision.
type JobType struct {
	bun.BaseModel `bun:"table:job_types,alias:jt"`
	ID            int64 `bun:",pk,autoincrement"`
	Name          string
	Version       string
	Title         string
	Description   string
	DockerImage   string
	IconCode      *string
	IsActive      bool
	IsPaused      bool
	IsPublished   bool
	MaxScheduled  *int
	MaxTries      int
	RevisionNum   int
	Manifest      JSON
	Configuration JSON // recipe.Configuration, as the engine seals it
	Retry         JSON // recipe.Retry or null
	IsSystem      bool // the server does its work itself
	Created       Time
	Deprecated    *Time
	Paused        *Time
	LastModified  Time
}

// JobTypeRevision freezes a manifest.
type JobTypeRevision struct {
	bun.BaseModel `bun:"table:job_type_revisions,alias:jtr"`
	ID            int64 `bun:",pk,autoincrement"`
	JobTypeID     int64
	RevisionNum   int
	DockerImage   string
	Manifest      JSON
	Created       Time
}

// RecipeType is a named recipe definition; Definition is that of the latest revision.
type RecipeType struct {
	bun.BaseModel `bun:"table:recipe_types,alias:rt"`
	ID            int64  `bun:",pk,autoincrement"`
	Name          string // unique
	Title         string
	Description   string
	IsActive      bool
	RevisionNum   int
	Definition    JSON
	Created       Time
	Deprecated    *Time
	LastModified  Time
}

// RecipeTypeRevision freezes a definition.
type RecipeTypeRevision struct {
	bun.BaseModel `bun:"table:recipe_type_revisions,alias:rtr"`
	ID            int64 `bun:",pk,autoincrement"`
	RecipeTypeID  int64
	RevisionNum   int
	Definition    JSON
	Created       Time
	Expansion     *int64 // nodes of a recipe with those of its sub-recipes; never nil once the database is migrated
}

// RecipeTypeLink says what the latest revision of a recipe type uses: exactly one of JobTypeID, SubRecipeTypeID.
type RecipeTypeLink struct {
	bun.BaseModel   `bun:"table:recipe_type_links,alias:rtl"`
	ID              int64 `bun:",pk,autoincrement"`
	RecipeTypeID    int64
	JobTypeID       *int64
	SubRecipeTypeID *int64
}

// Event is what triggered a recipe or job.
type Event struct {
	bun.BaseModel `bun:"table:events,alias:ev"`
	ID            int64  `bun:",pk,autoincrement"`
	Type          string // USER, or what happened to a strike, a scan or a file of these
	Description   JSON   // object
	Occurred      Time
}

// Counts are the rolled-up counters of a recipe (contract 7.5).
type Counts struct {
	JobsTotal           int
	JobsPending         int
	JobsBlocked         int
	JobsQueued          int
	JobsRunning         int
	JobsFailed          int
	JobsCompleted       int
	JobsCanceled        int
	SubRecipesTotal     int
	SubRecipesCompleted int
}

// Recipe is one run of a revision of a recipe type.
type Recipe struct {
	bun.BaseModel      `bun:"table:recipes,alias:r"`
	ID                 int64 `bun:",pk,autoincrement"`
	RecipeTypeID       int64
	RecipeTypeRevID    int64
	EventID            int64
	IngestEventID      *int64 // of the file that it was made for when that arrived; sub-recipes and successors have none
	BatchID            *int64 // that it was made for
	ParentID           *int64 // the recipe that contains this one
	RootID             int64  // the outermost containing recipe; itself if there is none
	ChainRootID        int64  // the first recipe of the supersede chain; itself if it is the first
	SupersededRecipeID *int64 // the one that this one replaced
	IsSuperseded       bool
	Superseded         *Time
	Input              JSON // recipe.Data; null until it is known (sub-recipes)
	InputProcessed     bool
	InputFileSize      *float64 // MiB
	Sources
	Configuration JSON // recipe.Configuration, as the engine seals it, or null
	ForcedNodes   JSON // recipe.ForcedNodes that it was reprocessed with, or null
	Simulated     bool // some of its jobs were not really run
	Part          JSON // array of names of nodes: they run with those that they need; null: all do
	Counts
	IsCompleted  bool
	IsBlocked    bool  // it has not begun, as what is above it in the recipe that contains it has failed
	Stopped      *Time // since when nothing new begins in it; nil: it goes on
	Created      Time
	Completed    *Time
	LastModified Time
}

// RecipeNode is a created node: exactly one of JobID, SubRecipeID, ConditionID.
type RecipeNode struct {
	bun.BaseModel `bun:"table:recipe_nodes,alias:rn"`
	ID            int64 `bun:",pk,autoincrement"`
	RecipeID      int64
	NodeName      string // unique within the recipe
	JobID         *int64
	SubRecipeID   *int64
	ConditionID   *int64
	IsOriginal    bool // false: copied from the superseded recipe
}

// RecipeInputFile is a file that a recipe takes in.
type RecipeInputFile struct {
	bun.BaseModel `bun:"table:recipe_input_files,alias:rif"`
	ID            int64 `bun:",pk,autoincrement"`
	RecipeID      int64
	FileID        int64
	RecipeInput   string
	Created       Time
}

// Condition is a decision within a recipe.
type Condition struct {
	bun.BaseModel `bun:"table:conditions,alias:c"`
	ID            int64 `bun:",pk,autoincrement"`
	RecipeID      int64
	Input         JSON // recipe.Data that it was decided on, or null
	IsProcessed   bool
	IsAccepted    bool
	Created       Time
	Processed     *Time
	LastModified  Time
}

// Job is a unit of work. Its executions are the tries.
type Job struct {
	bun.BaseModel `bun:"table:jobs,alias:j"`
	ID            int64 `bun:",pk,autoincrement"`
	JobTypeID     int64
	JobTypeRevID  int64
	EventID       int64
	BatchID       *int64 // that of the recipe that it was created for
	RecipeID      *int64 // the recipe that it was created for
	RecipeNode    string
	Status        string // recipe.JobStatus
	Priority      int    // lower is sooner
	MaxTries      int
	NumExes       int  // number of the latest execution; 0: never queued
	Failures      int  // of its own since somebody queued it
	Input         JSON // recipe.Data or null
	Output        JSON // recipe.Data or null
	Configuration JSON // merged recipe.Configuration, as the engine seals it, or null
	InputFileSize *float64
	Sources
	SupersededJobID  *int64
	IsSuperseded     bool
	Superseded       *Time
	ErrorName        string // of the latest failure
	ErrorTitle       string
	ErrorDescription string
	ErrorCategory    string
	NodeName         string // host name of the worker that ran it last
	Created          Time
	Queued           *Time
	Started          *Time
	Ended            *Time
	LastStatusChange *Time
	LastModified     Time
}

// JobExecution is one try of a job. It is the fence: whoever finishes it must
// find it RUNNING under the same ExeNum.
type JobExecution struct {
	bun.BaseModel    `bun:"table:job_executions,alias:je"`
	ID               int64 `bun:",pk,autoincrement"`
	JobID            int64
	ExeNum           int    // 1, 2, …; unique within the job
	Status           string // QUEUED, RUNNING, COMPLETED, FAILED, CANCELED, LOST
	WorkerID         string
	Hostname         string
	LeaseExpires     *Time
	CancelRequested  bool
	Parked           bool // it is QUEUED, and not delivered as its job type may not start another job
	Timeout          int  // seconds
	ExitCode         *int
	Output           JSON // recipe.Data or null
	ErrorName        string
	ErrorTitle       string
	ErrorDescription string
	ErrorCategory    string
	Image            string // that it ran in; empty: in none
	ImageDigest      string
	Created          Time
	Queued           Time
	Started          *Time
	Ended            *Time
}

// LogChunk is a piece of an execution's output, in the order of Seq.
type LogChunk struct {
	bun.BaseModel `bun:"table:job_execution_logs,alias:jel"`
	JobExeID      int64  `bun:",pk"`
	Seq           int    `bun:",pk"`
	Stream        string // stdout, stderr
	Written       Time
	Text          []byte
}

// Worker is an engine that takes jobs, as long as it says so again and again.
type Worker struct {
	bun.BaseModel `bun:"table:workers,alias:wk"`
	ID            string `bun:",pk"` // as of executions
	Hostname      string
	Slots         int // jobs that it runs at a time
	Started       Time
	Expires       Time // when it is gone, unless it is heard of again
}

// User may log in.
type User struct {
	bun.BaseModel `bun:"table:users,alias:u"`
	ID            int64  `bun:",pk,autoincrement"`
	Username      string // unique
	PasswordHash  string // argon2id, PHC form; empty: no password is right
	Role          string // admin, editor, operator, viewer
	Created       Time
	LastLogin     *Time
	Disabled      *Time // since when nothing of the user's is taken any more
}

// Token lets its bearer act as a user until it expires or is revoked.
type Token struct {
	bun.BaseModel `bun:"table:tokens,alias:t"`
	ID            int64 `bun:",pk,autoincrement"`
	UserID        int64
	Kind          string // login (JWT, ID inside), api (random, hashed)
	Name          string
	Hash          string // hex SHA-256; unique
	Role          string // the most that its bearer may; empty: what the user may
	Created       Time
	Expires       *Time
	LastUsed      *Time
	Revoked       *Time
}

// IdempotencyKey remembers which object a user's create with that key has made, so
// that the same request again makes no other.
type IdempotencyKey struct {
	bun.BaseModel `bun:"table:idempotency_keys,alias:ik"`
	Username      string `bun:",pk"`
	Key           string `bun:",pk"`
	Kind          string // of the object
	Fingerprint   string // of the request
	ObjectID      int64
	Result        JSON // what else the answer said, or null
	TakenOver     bool // it was there, from a create whose answer was lost
	Created       Time
}
