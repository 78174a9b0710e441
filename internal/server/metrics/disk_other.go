//go:build !unix

package metrics

import "errors"

func diskOf(string) (free, size float64, err error) { return 0, 0, errors.ErrUnsupported }
