//go:build unix

package metrics

import "golang.org/x/sys/unix"

// DiskOf is how many bytes may be written on the file system of a folder, and how many it has.
func DiskOf(folder string) (free, size float64, err error) {
	var s unix.Statfs_t
	if err := unix.Statfs(folder, &s); err != nil {
		return 0, 0, err
	}
	return float64(s.Bavail) * float64(s.Bsize), float64(s.Blocks) * float64(s.Bsize), nil
}
