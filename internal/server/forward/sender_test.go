package forward

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

func TestSenderOf(t *testing.T) {
	t.Parallel()
	trusted, err := ParseProxies([]string{"10.0.0.0/8", "192.0.2.7", "2001:db8::/32"})
	if err != nil {
		t.Fatal(err)
	}
	type h = map[string][]string
	direct := func(address string) Sender { return Sender{address, "http", "galley.internal:8080"} }
	for name, c := range map[string]struct {
		peer   string
		header h
		want   Sender
	}{
		"no proxy":                         {"203.0.113.9:1234", nil, direct("203.0.113.9")},
		"a stranger who claims":            {"203.0.113.9:1234", h{"X-Forwarded-For": {"1.2.3.4"}, "X-Forwarded-Proto": {"https"}, "X-Forwarded-Host": {"evil"}}, direct("203.0.113.9")},
		"a proxy that says nothing":        {"10.1.1.1:1", nil, direct("10.1.1.1")},
		"a proxy":                          {"10.1.1.1:1", h{"X-Forwarded-For": {"203.0.113.9"}, "X-Forwarded-Proto": {"https"}, "X-Forwarded-Host": {"galley.example.com"}}, Sender{"203.0.113.9", "https", "galley.example.com"}},
		"what the client has written":      {"10.1.1.1:1", h{"X-Forwarded-For": {"1.2.3.4, 203.0.113.9"}, "X-Forwarded-Proto": {"https"}}, Sender{"203.0.113.9", "https", "galley.internal:8080"}},
		"several lines":                    {"10.1.1.1:1", h{"X-Forwarded-For": {"1.2.3.4", "203.0.113.9"}}, direct("203.0.113.9")},
		"two proxies":                      {"10.1.1.1:1", h{"X-Forwarded-For": {"1.2.3.4, 203.0.113.9, 192.0.2.7"}, "X-Forwarded-Proto": {"https, http"}}, Sender{"203.0.113.9", "https", "galley.internal:8080"}},
		"all are trusted":                  {"10.1.1.1:1", h{"X-Forwarded-For": {"10.2.2.2, 10.3.3.3"}}, direct("10.2.2.2")},
		"no address":                       {"10.1.1.1:1", h{"X-Forwarded-For": {"1.2.3.4, unknown"}}, direct("10.1.1.1")},
		"a port":                           {"10.1.1.1:1", h{"X-Forwarded-For": {"203.0.113.9:4711"}}, direct("203.0.113.9")},
		"a host that is none":              {"10.1.1.1:1", h{"X-Forwarded-For": {"203.0.113.9"}, "X-Forwarded-Host": {"a/b?c"}, "X-Forwarded-Proto": {"javascript"}}, direct("203.0.113.9")},
		"Forwarded":                        {"10.1.1.1:1", h{"Forwarded": {`for=203.0.113.9;proto=https;host="galley.example.com:8443"`}}, Sender{"203.0.113.9", "https", "galley.example.com:8443"}},
		"Forwarded with a longer way":      {"10.1.1.1:1", h{"Forwarded": {`for=1.2.3.4;proto=http;host=evil, For="[2001:db8::1]:99";Proto=http`, `for=192.0.2.7;proto=https`}}, Sender{"1.2.3.4", "http", "evil"}},
		"Forwarded comes before the other": {"10.1.1.1:1", h{"Forwarded": {"for=203.0.113.9"}, "X-Forwarded-For": {"1.2.3.4"}}, direct("203.0.113.9")},
		"Forwarded that hides":             {"10.1.1.1:1", h{"Forwarded": {"for=1.2.3.4, for=_hidden"}}, direct("10.1.1.1")},
		"IPv6":                             {"[2001:db8::5]:1", h{"X-Forwarded-For": {"2001:db9::1"}}, direct("2001:db9::1")},
		"IPv4 in IPv6":                     {"[::ffff:10.1.1.1]:1", h{"X-Forwarded-For": {"203.0.113.9"}}, direct("203.0.113.9")},
	} {
		r := httptest.NewRequestWithContext(t.Context(), "GET", "/v6/recipes/", nil)
		r.RemoteAddr, r.Host, r.Header = c.peer, "galley.internal:8080", http.Header(c.header)
		if got := SenderOf(r, trusted); got != c.want {
			t.Errorf("%s: got %+v, want %+v", name, got, c.want)
		}
	}
}
