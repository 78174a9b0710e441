package doctor

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"github.com/recipe-galley/terraform-provider-galley/internal/server/catalog"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/metrics"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
)

// Status is how something is.
type Status string

// The statuses. Warn: it works, and somebody should look.
const (
	OK   Status = "ok"
	Warn Status = "warn"
	Fail Status = "fail"
)

// A Finding is one thing that was looked at.
type Finding struct {
	What   string `json:"what"`
	Status Status `json:"status"`
	Found  string `json:"found"`
	Do     string `json:"do,omitempty"` // what to do, unless it is ok
}

// Of is a finding about something that either is well, or failed.
func Of(what string, err error, found, do string) Finding {
	if err != nil {
		return Finding{What: what, Status: Fail, Found: err.Error(), Do: do}
	}
	return Finding{What: what, Status: OK, Found: found}
}

const (
	// A disk is small with less than a tenth of it, or this many bytes.
	littleSpace = 1 << 30
	smallPart   = 10
	// Clocks may differ by so much before somebody should look; by more than a lease, leases are lost.
	clockSkew = 2 * time.Second
	// newest is how many of the latest files of a workspace are looked for.
	newest = 20
	// A job that waits for so long is worth a look.
	longWait = 15 * time.Minute
)

// Folder looks whether a folder can be written, and has room.
func Folder(what, dir string) Finding {
	const do = "make the folder, give the user of galleyd the right to write there, or name another"
	f, err := os.CreateTemp(dir, ".galley-doctor-*")
	if err != nil {
		return Of(what, err, "", do)
	}
	_, err = f.Write(make([]byte, 1<<16))
	if err = errors.Join(err, f.Close(), os.Remove(f.Name())); err != nil {
		return Of(what, err, "", do)
	}
	return space(what, dir)
}

func space(what, dir string) Finding {
	free, size, err := metrics.DiskOf(dir)
	if errors.Is(err, errors.ErrUnsupported) || size == 0 {
		return Of(what, nil, dir+" can be written", "")
	}
	if err != nil {
		return Of(what, err, "", "look at the disk")
	}
	found := fmt.Sprintf("%s can be written; %.1f of %.1f GiB are free", dir, free/(1<<30), size/(1<<30))
	if free < littleSpace || free < size/smallPart {
		return Finding{What: what, Status: Warn, Found: found, Do: "make room: without it no job is taken"}
	}
	return Of(what, nil, found, "")
}

// Database looks at all of the database.
func Database(ctx context.Context, st *store.Store) []Finding {
	start := time.Now()
	err := st.Ping(ctx)
	took := time.Since(start)
	const what = "database"
	if err != nil {
		return []Finding{Of(what, err, "", "start it, or name another with --database")}
	}
	if err := st.CheckSchema(ctx); err != nil {
		return []Finding{Of(what, err, "", "run `galleyd migrate` with this version")}
	}
	out := []Finding{Of(what, st.Check(ctx, 0), fmt.Sprintf("%s answers after %s; its schema is this galleyd's, and nothing is missing or broken", st.Dialect(), took.Round(time.Microsecond)),
		"see above")}
	return append(out, clock(ctx, st))
}

// clock holds our clock against the database's.
func clock(ctx context.Context, st *store.Store) Finding {
	before := time.Now()
	theirs, err := st.Clock(ctx)
	if err != nil {
		return Of("clock", err, "", "look at the database")
	}
	ours := before.Add(time.Since(before) / 2)
	skew := ours.Sub(theirs.Time).Round(time.Millisecond)
	found := fmt.Sprintf("this machine's clock is %s ahead of the database's", skew)
	if skew.Abs() > clockSkew {
		return Finding{What: "clock", Status: Warn, Found: found, Do: "let both keep time (NTP): schedules are told by this clock, and leases by the database's"}
	}
	return Of("clock", nil, found, "")
}

// Workspaces looks whether each workspace can be written, and has the bytes of its latest files: so that all
// servers see the same folders.
func Workspaces(ctx context.Context, st *store.Store, host *catalog.Host) []Finding {
	rows, _, err := st.Workspaces(ctx, store.WorkspaceFilter{})
	if err != nil {
		return []Finding{Of("workspaces", err, "", "look at the database")}
	}
	var out []Finding
	for _, ws := range rows {
		if ws.IsActive {
			out = append(out, lookAt(ctx, st, host, ws))
		}
	}
	return out
}

func lookAt(ctx context.Context, st *store.Store, host *catalog.Host, ws store.Workspace) Finding {
	what := "workspace " + ws.Name
	root, err := host.OpenFolder(ws.HostPath, false)
	if err != nil {
		return Of(what, err, "", "make the folder, mount what it lies on, or name it with --workspace-root as the servers do")
	}
	defer func() { _ = root.Close() }()
	live := false
	files, _, err := st.Files(ctx, store.FileFilter{WorkspaceIDs: []int64{ws.ID}, IsDeleted: &live,
		Paging: store.Paging{Page: 1, PageSize: newest, Order: []store.Order{{Field: "id", Desc: true}}}})
	if err != nil {
		return Of(what, err, "", "look at the database")
	}
	for _, f := range files {
		info, err := root.Stat(f.Stored())
		if err == nil && info.Size() != f.FileSize {
			err = fmt.Errorf("it has %d bytes, expected %d", info.Size(), f.FileSize)
		}
		if errors.Is(err, fs.ErrNotExist) {
			err = errors.New("it is not there")
		}
		if err != nil {
			return Of(what, fmt.Errorf("file %d at %q in %s: %w", f.ID, f.FilePath, ws.HostPath, err), "",
				"does this machine see the same folder as the server that stored it? If so, restore the file from a backup")
		}
	}
	f := Folder(what, root.Name())
	if f.Status == OK {
		f.Found += fmt.Sprintf("; its %d latest files are there", len(files))
	}
	return f
}

// Waiting looks whether anything waits that should not.
func Waiting(ctx context.Context, st *store.Store, now time.Time) []Finding {
	load, err := st.Load(ctx, store.At(now.Add(-time.Minute)))
	if err != nil {
		return []Finding{Of("queue", err, "", "look at the database")}
	}
	workers := Of("workers", nil, fmt.Sprintf("%d take jobs, %d at a time together", load.Workers, load.Slots), "")
	if load.Workers == 0 {
		workers = Finding{What: "workers", Status: Warn, Found: "none takes jobs", Do: "start galleyd serve, or galleyd work, with workers"}
	}
	queue := Of("queue", nil, "nothing waits for long", "")
	for _, j := range load.Jobs {
		if j.Status != "QUEUED" || j.Oldest == nil || now.Sub(j.Oldest.Time) < longWait {
			continue
		}
		queue = Finding{What: "queue", Status: Warn, Found: fmt.Sprintf("%d jobs of %s/%s wait, the first for %s", j.Count, j.Name, j.Version, now.Sub(j.Oldest.Time).Round(time.Second)),
			Do: "is the job type paused or full, are there workers? The page's Queue says why each waits"}
		break
	}
	orders := Of("orders", nil, "none is late", "")
	if load.OrdersLate > 0 {
		orders = Finding{What: "orders", Status: Warn, Found: fmt.Sprintf("%d are late", load.OrdersLate), Do: "start a galleyd with workers: it fires orders"}
	}
	alerts := Of("alerts", nil, "none has failed", "")
	if n := load.Alerts[store.AlertFailed]; n > 0 {
		alerts = Finding{What: "alerts", Status: Warn, Found: fmt.Sprintf("%d were given up", n), Do: "the data source galley_alerts, and the page of the order, say why"}
	}
	return []Finding{workers, queue, orders, alerts}
}
