package executor

import (
	"context"
	"errors"
	"io/fs"
	"path/filepath"
	"time"
)

// Limits is what a job may use whose manifest does not ask for anything else.
type Limits struct {
	Memory    int64 // bytes; 0: 256 MiB
	Disk      int64 // bytes; 0: 256 MiB
	Processes int   // with their threads; 0: 256
}

// The resources of a manifest that become limits of its jobs. The first three and their
// units are the standard's (Seed 1.0.0), the last is ours.
const (
	resourceCPUs      = "cpus"      // CPUs
	resourceMemory    = "mem"       // MiB
	resourceShared    = "sharedMem" // MiB of /dev/shm
	resourceDisk      = "disk"      // MiB that the job writes into its folders
	resourceProcesses = "processes" // with their threads
)

const (
	mib              = 1 << 20
	defaultMemory    = 256 * mib
	defaultDisk      = 256 * mib
	defaultShared    = 64 * mib
	defaultProcesses = 256
	// leastBytes and leastProcesses are what every job gets: below them bash does not start.
	leastBytes     = 64 * mib
	leastProcesses = 16
)

// limits is what one job may use.
type limits struct {
	Memory    int64   `json:"memory"` // bytes
	Shared    int64   `json:"shared"` // bytes of /dev/shm
	Disk      int64   `json:"disk"`   // bytes in the folders of the execution
	Processes int64   `json:"processes"`
	CPUs      float64 `json:"cpus"` // 0: not asked for
	// DataOnly is set where nothing limits the memory of the whole job, so that each of
	// its processes is limited instead.
	DataOnly bool `json:"data_only"`
}

// limitsOf are the limits of a job with these resources.
func (d Limits) limitsOf(allocated map[string]float64) limits {
	bytes := func(resource string, otherwise int64) int64 {
		amount, ok := allocated[resource]
		if !ok {
			return otherwise
		}
		return max(int64(min(amount, 1<<30)*mib), leastBytes)
	}
	l := limits{
		Memory: bytes(resourceMemory, d.Memory), Disk: bytes(resourceDisk, d.Disk),
		Shared: bytes(resourceShared, defaultShared), Processes: int64(d.Processes), CPUs: allocated[resourceCPUs],
	}
	if n, ok := allocated[resourceProcesses]; ok {
		l.Processes = max(int64(min(n, 1<<20)), leastProcesses)
	}
	return l
}

func (d Limits) withDefaults() Limits {
	if d.Memory <= 0 {
		d.Memory = defaultMemory
	}
	if d.Disk <= 0 {
		d.Disk = defaultDisk
	}
	if d.Processes <= 0 {
		d.Processes = defaultProcesses
	}
	return d
}

var errDiskFull = errors.New("the job filled its disk")

// watchDisk calls full as soon as the folders hold more than limit bytes, and ends
// with ctx. A single file is kept small by a limit of its processes; this is for many.
func watchDisk(ctx context.Context, limit int64, full context.CancelCauseFunc, folders ...string) {
	ticker := time.NewTicker(500 * time.Millisecond)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			if usage(folders...) > limit {
				full(errDiskFull)
				return
			}
		}
	}
}

// usage is how many bytes the files of folders take on the disk. What cannot be read
// does not count: a job removes files while they are looked at.
func usage(folders ...string) int64 {
	var sum int64
	for _, folder := range folders {
		_ = filepath.WalkDir(folder, func(_ string, entry fs.DirEntry, err error) error {
			if err != nil {
				return nil //nolint:nilerr // gone, or closed by the job: the rest counts
			}
			if info, err := entry.Info(); err == nil {
				sum += diskSize(info)
			}
			return nil
		})
	}
	return sum
}
