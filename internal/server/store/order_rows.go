package store

import "github.com/uptrace/bun"

// Kitchen is a place where recipes are offered and ordered (contract datakitchen-v2, 1.3).
type Kitchen struct {
	bun.BaseModel `bun:"table:kitchens,alias:k"`
	ID            int64  `bun:",pk,autoincrement"`
	HID           string `bun:"hid"` // UUID; unique
	Name          string // unique
	ParentID      *int64 // nil: a root
	Description   string
	Creator       string // user name
	Overrides     JSON   // order.Variables of its own, as they are sealed; those of its parents count too, weaker
	// SecretOverrides are more of them, whose values nobody is shown.
	SecretOverrides JSON
	Staff           JSON // array of user names; empty: open to all
	Roles           JSON // object: user name or address -> Admin, Developer, Guest
	Alerts          JSON // object: order.Event -> array of destinations
	Extra           JSON // object: members of the record that mean nothing here, kept for its clients
	Created         Time
	LastModified    Time
}

// KitchenRecipe is a recipe that a kitchen has itself; it has those of its parents too.
type KitchenRecipe struct {
	bun.BaseModel `bun:"table:kitchen_recipes,alias:kr"`
	ID            int64 `bun:",pk,autoincrement"`
	KitchenID     int64
	Name          string // unique within the kitchen
	Created       Time
	LastModified  Time
}

// KitchenRecipeFile is one file of a kitchen's recipe, such as variations.json.
type KitchenRecipeFile struct {
	bun.BaseModel   `bun:"table:kitchen_recipe_files,alias:krf"`
	KitchenRecipeID int64  `bun:",pk"`
	Path            string `bun:",pk"` // relative, with slashes
	Contents        string
	SHA             string `bun:"sha"` // hex SHA-256 of Contents
	LastModified    Time
}

// RecipeOrder is a scheduled, parameterised run of a variation. Its kitchen, recipe and variation never change.
type RecipeOrder struct {
	bun.BaseModel `bun:"table:orders,alias:o"`
	ID            int64  `bun:",pk,autoincrement"`
	HID           string `bun:"hid"` // UUID; unique
	KitchenID     int64
	RecipeName    string
	Variation     string
	Parameters    JSON   // order.Variables, as the engine seals them
	Schedule      string // effective text: "now", cron, R[n]/start/period
	TimeZone      string // with Start, Expires and MaxRuns: schedule.Options
	Start         string
	Expires       string
	MaxRuns       int
	InputSettings JSON   // object: the request as it came, and who made it (contract 1.5)
	Username      string // who ordered
	Status        string // order.Status
	NextFire      *Time  // when the next run is due; nil: none is
	Waiting       *Time  // when the run was due that waits for its files; means nothing if NextFire is later
	RunCount      int    // runs that the schedule has started
	Overlap       string // order.Overlap
	RunsSkipped   int    // runs that did not start for it
	CatchUp       string // order.CatchUp
	Timeout       string // how long a run may take; "": as the variation says
	Edited        *Time  // when somebody has changed it; nil: nobody has since it was made
	Created       Time
	Ended         *Time
	LastModified  Time
}

// OrderRun is one run of an order: a recipe, once it has started.
type OrderRun struct {
	bun.BaseModel `bun:"table:order_runs,alias:orun"`
	ID            int64  `bun:",pk,autoincrement"`
	HID           string `bun:"hid"` // UUID; unique
	OrderID       int64
	ScheduledFor  Time   // unique within the order: no tick fires twice
	DueFor        *Time  // for which time it is: that of the run that it resumes; nil: ScheduledFor
	RecipeID      *int64 // nil: it could not even start
	Status        string // order.RunStatus
	Variables     JSON   // object: effective variables that it started with, and the system's
	Error         string // why it could not start
	ResumedBy     *string
	MaxDuration   *int64 // seconds; nil: no limit
	Overdue       *Time  // when it takes longer than that; nil: no limit, or it is told already
	Timeout       *int64 // seconds after which it is ended; nil: no limit
	Deadline      *Time  // when that is, as long as it goes on
	Expired       *Time  // when it was ended for that
	Created       Time
	Started       *Time
	Ended         *Time
	LastModified  Time
}

// SkippedRun is a run that was due and did not start.
type SkippedRun struct {
	bun.BaseModel `bun:"table:skipped_runs,alias:skip"`
	OrderID       int64 `bun:",pk"`
	ScheduledFor  Time  `bun:",pk"`
	Reason        string
	Created       Time
}

// Alert is one message about a run to one destination; it is delivered once.
type Alert struct {
	bun.BaseModel `bun:"table:alerts,alias:al"`
	ID            int64 `bun:",pk,autoincrement"`
	OrderRunID    int64
	Event         string // order.Event; unique within the run and the destination
	Destination   string
	Status        string // QUEUED, DELIVERED, FAILED
	Payload       JSON
	Attempts      int
	LastError     string
	Digest        string // group whose alerts are told together; "": this one is told alone
	Leader        *int64 // the alert that is sent for it; nil: itself, or it waits
	Created       Time
	Ended         *Time
}

// Version is when an order was made or changed by somebody; its runs do not count.
func (o RecipeOrder) Version() Time {
	if o.Edited != nil {
		return *o.Edited
	}
	return o.Created
}

// Due is the time that a run is for.
func (r OrderRun) Due() Time {
	if r.DueFor != nil {
		return *r.DueFor
	}
	return r.ScheduledFor
}
