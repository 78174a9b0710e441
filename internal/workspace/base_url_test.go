package workspace

import "testing"

func TestCheckBaseURL(t *testing.T) {
	t.Parallel()
	for text, right := range map[string]bool{
		"": true, "https://files.example.com/x/": true, "s3://bucket/a": true, "file:///srv": true,
		"files": false, "/files": false, "https://": false, "https://h/?a=b": false, "https://h/#a": false, "mailto:a@example.com": false,
	} {
		if err := CheckBaseURL(text); (err == nil) != right {
			t.Errorf("base URL %q: %v, want right %t", text, err, right)
		}
	}
}
