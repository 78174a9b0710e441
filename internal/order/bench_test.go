package order

import (
	"fmt"
	"testing"

	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
)

func BenchmarkEffective(b *testing.B) {
	layers := make([]Variables, 4)
	for i := range layers {
		layers[i] = Variables{}
		for j := range 50 {
			layers[i][fmt.Sprintf("v%d", 10*i+j)] = fmt.Sprintf("text {{v%d}}", 100)
		}
		layers[i]["v100"] = map[string]any{"schema": "s", "bucket": []any{"x", "y"}}
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, ps := Effective(layers...); len(ps) > 0 {
			b.Fatal(ps.Err())
		}
	}
}

func BenchmarkParseVariations(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, ps := ParseVariations([]byte(realVariations)); len(ps) > 0 {
			b.Fatal(ps.Err())
		}
	}
}

func BenchmarkBind(b *testing.B) {
	t := Target{Input: recipe.Interface{JSON: map[string]recipe.JSONParam{}}}
	vs := Variables{}
	for i := range 50 {
		name := fmt.Sprintf("v%d", i)
		t.Input.JSON[name] = recipe.JSONParam{Type: recipe.IntegerType}
		t.Settings = append(t.Settings, name)
		vs[name] = "7"
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, ps := Bind(Variation{}, vs, t); len(ps) > 0 {
			b.Fatal(ps.Err())
		}
	}
}
