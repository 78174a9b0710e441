//go:build !linux

package executor

import (
	"errors"
	"os"
)

func linkOpen(*os.File, string) error { return errors.ErrUnsupported }
