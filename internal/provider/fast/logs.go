package fast

import (
	"cmp"
	"os"
	"strings"
)

// Quiet makes the logs of the framework and of the provider as loud as Terraform shows them:
// otherwise each call writes a dozen lines for Terraform to read and to throw away. Who sets the
// variables of single logs knows better.
func Quiet() {
	level := cmp.Or(os.Getenv("TF_LOG_PROVIDER"), os.Getenv("TF_LOG"), "off")
	if strings.EqualFold(level, "json") {
		level = "trace" // in another form
	}
	for _, name := range []string{"TF_LOG_SDK", "TF_LOG_PROVIDER_GALLEY"} {
		if os.Getenv(name) == "" {
			_ = os.Setenv(name, level) // it cannot fail for such a name
		}
	}
}
