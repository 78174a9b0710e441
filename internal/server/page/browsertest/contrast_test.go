package browsertest

import (
	"math"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// palettes reads the colours of the style sheet, by the names of their variables.
func palettes(t *testing.T) (light, dark map[string]string) {
	t.Helper()
	raw, err := os.ReadFile("../static/page.css")
	if err != nil {
		t.Fatal(err)
	}
	css := string(raw)
	at := strings.Index(css, "@media (prefers-color-scheme:dark)")
	if at < 0 {
		t.Fatal("the style sheet has no colours for the dark")
	}
	read := func(block string) map[string]string {
		block, _, _ = strings.Cut(block[strings.Index(block, ":root{"):], "}")
		out := map[string]string{}
		for _, m := range regexp.MustCompile(`--([a-z0-9-]+):(#[0-9a-f]{6})`).FindAllStringSubmatch(block, -1) {
			out[m[1]] = m[2]
		}
		return out
	}
	return read(css[:at]), read(css[at:])
}

// luminance is that of WCAG 2 for a colour such as #ffffff: 0 (black) to 1.
func luminance(t *testing.T, hex string) float64 {
	t.Helper()
	n, err := strconv.ParseUint(strings.TrimPrefix(hex, "#"), 16, 32)
	if err != nil || len(hex) != 7 {
		t.Fatalf("the colour %q: %v", hex, err)
	}
	channel := func(shift uint) float64 {
		c := float64(n>>shift&0xff) / 255
		if c <= 0.04045 {
			return c / 12.92
		}
		return math.Pow((c+0.055)/1.055, 2.4)
	}
	return 0.2126*channel(16) + 0.7152*channel(8) + 0.0722*channel(0)
}

func contrast(t *testing.T, a, b string) float64 {
	t.Helper()
	high, low := luminance(t, a), luminance(t, b)
	if high < low {
		high, low = low, high
	}
	return (high + 0.05) / (low + 0.05)
}

func TestContrastIsThatOfWCAG(t *testing.T) {
	t.Parallel()
	for _, want := range []struct {
		a, b  string
		ratio float64
	}{{"#000000", "#ffffff", 21}, {"#777777", "#ffffff", 4.48}, {"#ffffff", "#ffffff", 1}} {
		if got := contrast(t, want.a, want.b); math.Abs(got-want.ratio) > 0.01 {
			t.Errorf("%s on %s: got %.2f, want %.2f", want.a, want.b, got, want.ratio)
		}
	}
}

// TestColoursCanBeRead holds every text colour against what it is written on, and lines
// that mean something against what is around them. The least ratios are the design's, which are
// above those of WCAG 2 AA (4.5 for text, 3 for shapes).
func TestColoursCanBeRead(t *testing.T) {
	t.Parallel()
	light, dark := palettes(t)
	for name, palette := range map[string]map[string]string{"light": light, "dark": dark} {
		least := map[string]float64{"light": 5.5, "dark": 6.6}[name]
		check := func(text, ground string, least float64) {
			t.Helper()
			if palette[text] == "" || palette[ground] == "" {
				t.Errorf("%s: there is no colour %s or %s", name, text, ground)
				return
			}
			// The table of the design is rounded to one digit.
			if got := math.Round(contrast(t, palette[text], palette[ground])*10) / 10; got < least {
				t.Errorf("%s: %s on %s has a contrast of %.1f, want %.1f at least", name, text, ground, got, least)
			}
		}
		for _, state := range []string{"fail", "run", "queue", "ok", "block", "mute"} {
			check(state, "surface", least)
			check(state, state+"-bg", least)
		}
		for _, text := range []string{"text", "text2"} {
			for _, ground := range []string{"bg", "surface", "sunken"} {
				check(text, ground, least)
			}
		}
		for _, state := range []string{"fail", "run", "queue", "ok", "block", "mute"} {
			check("text2", state+"-bg", 4.5) // details of nodes
			check("text", state+"-bg", least)
		}
		check("accent", "surface", least)
		check("on-accent", "accent", least)
		check("edge", "surface", 3)
	}
}
