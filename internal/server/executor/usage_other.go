//go:build !unix

package executor

import "io/fs"

func diskSize(info fs.FileInfo) int64 { return info.Size() }
