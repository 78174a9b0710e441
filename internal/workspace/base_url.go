package workspace

import (
	"fmt"
	"net/url"
)

// CheckBaseURL accepts the URL below which the files of a workspace are served, which the
// paths of files are put behind; none, too. The error begins with the name of the member.
func CheckBaseURL(text string) error {
	if text == "" {
		return nil
	}
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Scheme == "" || u.Opaque != "" || u.Host == "" && u.Scheme != "file":
		return fmt.Errorf("base_url: found %q, expected a whole URL such as https://files.example.com/scenes", text)
	case u.RawQuery != "" || u.Fragment != "":
		return fmt.Errorf("base_url: found %q, which has a query or a fragment; expected a URL that the paths of files can be put behind", u.Redacted())
	}
	return nil
}
