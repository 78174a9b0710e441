package order_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/recipe-galley/terraform-provider-galley/internal/order"
)

func TestInfrastructureNamesTheTagOfImages(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		infrastructure any
		want, problem  string
	}{
		{nil, "", ""},
		{"text", "", ""},
		{map[string]any{"bucket": "scenes"}, "", ""},
		{map[string]any{"image_tag": nil}, "", ""},
		{map[string]any{"image_tag": "1.4.0"}, "1.4.0", ""},
		{map[string]any{"image_tag": json.Number("1.4")}, "", `infrastructure.image_tag: expected the tag of an image as a text, such as "1.4.0"`},
		{map[string]any{"image_tag": "a b"}, "", `infrastructure.image_tag: found "a b", expected the tag of an image`},
	} {
		bound, ps := order.Bind(order.Variation{}, order.Variables{"infrastructure": tc.infrastructure}, order.Target{})
		if bound.Configuration.ImageTag != tc.want {
			t.Errorf("%v: got the tag %q, want %q", tc.infrastructure, bound.Configuration.ImageTag, tc.want)
		}
		if (len(ps) > 0) != (tc.problem != "") || len(ps) > 0 && !strings.HasPrefix(ps[0].Message, tc.problem) {
			t.Errorf("%v: got %v, want %q", tc.infrastructure, ps, tc.problem)
		}
	}
}
