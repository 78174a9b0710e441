package seed

import (
	"fmt"
	"strings"
	"unicode"
)

// NoImage is the image of a job type whose command runs as a process wherever it runs.
const NoImage = "none"

// StandardImage is the name that the Seed standard gives to the image of a job, and so that of
// a job type that names none.
func StandardImage(m *Manifest) string {
	return strings.ToLower(m.Job.Name) + "-" + m.Job.JobVersion + "-seed:" + m.Job.PackageVersion
}

// CheckImage accepts the name of a job type's image; "" too, for which there is a default.
func CheckImage(image string) error {
	if strings.ContainsFunc(image, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }) {
		return fmt.Errorf("docker_image: found %q, which has blanks; expected the name of an image such as registry.example.com/job:1.0.0", image)
	}
	return nil
}

// WithTag is the image of another tag: instead of its own, or of its digest.
func WithTag(image, tag string) string {
	if tag == "" || image == "" || image == NoImage {
		return image
	}
	image, _, _ = strings.Cut(image, "@")
	if colon := strings.LastIndexByte(image, ':'); colon > strings.LastIndexByte(image, '/') {
		image = image[:colon]
	}
	return image + ":" + tag
}
