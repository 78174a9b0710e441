package kit

import (
	"strings"
	"testing"
)

func TestTailOf(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 3000)
	tests := map[string]struct{ text, want string }{
		"nothing":         {"", ""},
		"one line":        {"boom\n", "boom"},
		"the last three":  {"1\n2\n3\n4\r\n\n", "2\n3\n4"},
		"too long a line": {long + "\nend", "end"},
		"one long line":   {long, long[:2000]},
		"control bytes":   {"\x1b[31mred\x07\tx\r", "[31mred\tx"},
		"no UTF-8":        {"a\xffb", "a\uFFFDb"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := TailOf(tt.text, 3, 2000); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}
