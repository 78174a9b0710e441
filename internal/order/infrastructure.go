package order

import "github.com/recipe-galley/terraform-provider-galley/internal/recipe"

// The variable that says what a run uses (seed: Infrastructure), and its member that names the
// tag of the images that the jobs of the run are of.
const (
	InfrastructureVariable = "infrastructure"
	imageTagMember         = "image_tag"
)

// ImageTag is the tag that the variable infrastructure gives to the images of a run's jobs,
// "" for none: { image_tag = "1.4.0" }. All else of the variable is up to the recipe.
func ImageTag(effective Variables) (string, recipe.Problems) {
	infrastructure, _ := effective[InfrastructureVariable].(map[string]any)
	value, given := infrastructure[imageTagMember]
	if !given || value == nil {
		return "", nil
	}
	at := recipe.Path{InfrastructureVariable, imageTagMember}
	tag, ok := value.(string)
	if !ok {
		return "", recipe.Problems{problem(at, InvalidVariables, `expected the tag of an image as a text, such as "1.4.0"`)}
	}
	if err := recipe.CheckImageTag(tag); err != nil {
		return "", recipe.Problems{problem(at, InvalidVariables, "%s", err)}
	}
	return tag, nil
}
