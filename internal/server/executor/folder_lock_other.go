//go:build !unix

package executor

import (
	"errors"
	"io"
)

func lockFolder(string) (io.Closer, error) {
	return nil, errors.New("jobs can be run in containers on Unix systems only")
}
