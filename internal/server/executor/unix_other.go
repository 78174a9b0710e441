//go:build !unix

package executor

import (
	"errors"
	"io"
	"io/fs"
)

func lockFolder(string) (io.Closer, error) {
	return nil, errors.New("jobs can be run in containers on Unix systems only")
}

func diskSize(info fs.FileInfo) int64 { return info.Size() }
