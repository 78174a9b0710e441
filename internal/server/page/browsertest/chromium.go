// Package browsertest looks at the web page with a real browser, a headless Chromium: with
// and without script, light and dark, in wide and narrow windows. Outside of its tests it
// only knows where the browser is, so that the test command can install one.
//
// It imports nothing of this module. Read browser_test.go first.
package browsertest

import (
	"errors"
	"os/exec"
)

// EnvRequire makes tests fail that would be skipped because there is no browser.
const EnvRequire = "GALLEY_REQUIRE_BROWSER"

// ErrMissing is that the machine has no Chromium.
var ErrMissing = errors.New("no Chromium on this machine (neither chromium, chromium-browser nor google-chrome is in PATH): " +
	"install Debian's package chromium")

// Find is the path of the browser.
func Find() (string, error) {
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "headless-shell"} {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", ErrMissing
}
