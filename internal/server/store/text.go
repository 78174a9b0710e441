package store

import (
	"strings"
	"unicode/utf8"
)

// IsText says whether both engines can keep s as text: UTF-8 without NUL.
func IsText(s string) bool { return utf8.ValidString(s) && !strings.ContainsRune(s, 0) }
