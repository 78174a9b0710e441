//go:build !unix

package metrics

import "errors"

// DiskOf is how many bytes may be written on the file system of a folder, and how many it has.
func DiskOf(string) (free, size float64, err error) { return 0, 0, errors.ErrUnsupported }
