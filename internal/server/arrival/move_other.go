//go:build !linux

package arrival

import "os"

// move gives a file of a folder another name in it, which nothing has yet: else fs.ErrExist. No link on the way leads out.
func move(root *os.Root, from, to string) error { return moveInTwoSteps(root, from, to) }
