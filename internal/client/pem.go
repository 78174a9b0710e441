package client

import (
	"encoding/base64"
	"regexp"
	"strings"
)

// pemBlock is a block of PEM, whatever stands for its line breaks.
var pemBlock = regexp.MustCompile(`\s*-----BEGIN ([A-Z0-9 ]+)-----([^-]*)-----END [A-Z0-9 ]+-----`)

// pemText is PEM as it was meant. On its way through an environment variable it may have lost its
// line breaks to blanks, or to a backslash and an n, or it is in base64 as a whole.
func pemText(text string) []byte {
	const begin = "-----BEGIN "
	if !strings.Contains(text, begin) {
		raw, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(text), ""))
		if err != nil || !strings.Contains(string(raw), begin) {
			return []byte(text)
		}
		text = string(raw)
	}
	text = strings.ReplaceAll(text, `\n`, "\n")
	return []byte(pemBlock.ReplaceAllStringFunc(text, func(block string) string {
		parts := pemBlock.FindStringSubmatch(block)
		if strings.Contains(parts[2], ":") {
			return block // it has headers, whose lines matter
		}
		return "\n" + begin + parts[1] + "-----\n" + strings.Join(strings.Fields(parts[2]), "\n") + "\n-----END " + parts[1] + "-----\n"
	}))
}
