package forward

import (
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"regexp"
	"strings"
)

// Sender is where a request comes from and how it was sent, as far as that can be believed.
type Sender struct {
	Address string // without a port
	Scheme  string // http or https
	Host    string // as in the header Host
}

// ParseProxies reads the networks of --trusted-proxies; an address is a network of one.
func ParseProxies(texts []string) ([]netip.Prefix, error) {
	out := make([]netip.Prefix, 0, len(texts))
	for _, text := range texts {
		prefix, err := netip.ParsePrefix(text)
		if err != nil {
			addr, addrErr := netip.ParseAddr(text)
			if addrErr != nil {
				return nil, fmt.Errorf("bad --trusted-proxies %q: expected networks such as 10.0.0.0/8 or addresses, separated by commas", text)
			}
			prefix = netip.PrefixFrom(addr, addr.BitLen())
		}
		out = append(out, prefix.Masked())
	}
	return out, nil
}

// SenderOf looks at the connection, and behind trusted proxies at what they say: the
// address is the last one of the way here that is no trusted proxy. What stands before it
// anybody can have written.
func SenderOf(r *http.Request, trusted []netip.Prefix) Sender {
	s := Sender{Address: remoteIP(r), Scheme: "http", Host: r.Host}
	if r.TLS != nil {
		s.Scheme = "https"
	}
	if !isTrusted(s.Address, trusted) {
		return s
	}
	hops := hopsOf(r.Header)
	for i := len(hops) - 1; i >= 0; i-- {
		address, isAddress := hopAddress(hops[i].Address)
		if !isAddress {
			break // a hop that hides: who came before it is not known
		}
		s.Address = address
		if scheme := strings.ToLower(hops[i].Scheme); scheme == "http" || scheme == "https" {
			s.Scheme = scheme
		}
		if goodHost.MatchString(hops[i].Host) {
			s.Host = hops[i].Host
		}
		if !isTrusted(address, trusted) {
			break
		}
	}
	return s
}

var goodHost = regexp.MustCompile(`^[A-Za-z0-9._-]+(:[0-9]{1,5})?$|^\[[0-9A-Fa-f:.]+\](:[0-9]{1,5})?$`)

// hopsOf is the way of a request as proxies have written it down, the nearest last:
// by Forwarded (RFC 7239), or else by X-Forwarded-For, -Proto and -Host.
func hopsOf(h http.Header) []Sender {
	if elements := listOf(h, "Forwarded"); len(elements) > 0 {
		hops := make([]Sender, len(elements))
		for i, element := range elements {
			hops[i] = forwardedElement(element)
		}
		return hops
	}
	hops := make([]Sender, 0, 1)
	for _, address := range listOf(h, "X-Forwarded-For") {
		hops = append(hops, Sender{Address: address})
	}
	// A proxy that adds to one list may set the others anew: those belong to the nearest hop.
	schemes, hosts := listOf(h, "X-Forwarded-Proto"), listOf(h, "X-Forwarded-Host")
	for i := range hops {
		fromEnd := len(hops) - i
		if fromEnd <= len(schemes) {
			hops[i].Scheme = schemes[len(schemes)-fromEnd]
		}
		if fromEnd <= len(hosts) {
			hops[i].Host = hosts[len(hosts)-fromEnd]
		}
	}
	return hops
}

// listOf is the elements of a header that is a list, over all of its lines.
func listOf(h http.Header, name string) []string {
	var out []string
	for _, line := range h.Values(name) {
		for element := range strings.SplitSeq(line, ",") {
			out = append(out, strings.TrimSpace(element))
		}
	}
	return out
}

// forwardedElement reads for=…;proto=…;host=….
func forwardedElement(element string) Sender {
	var s Sender
	for pair := range strings.SplitSeq(element, ";") {
		name, value, _ := strings.Cut(strings.TrimSpace(pair), "=")
		value = strings.Trim(value, `"`)
		switch strings.ToLower(name) {
		case "for":
			s.Address = value
		case "proto":
			s.Scheme = value
		case "host":
			s.Host = value
		}
	}
	return s
}

// hopAddress is the address of a hop without its port and brackets.
func hopAddress(text string) (string, bool) {
	if host, _, err := net.SplitHostPort(text); err == nil {
		text = host
	}
	addr, err := netip.ParseAddr(strings.Trim(text, "[]"))
	return addr.Unmap().WithZone("").String(), err == nil
}

func isTrusted(address string, trusted []netip.Prefix) bool {
	addr, err := netip.ParseAddr(address)
	if err != nil {
		return false
	}
	addr = addr.Unmap().WithZone("")
	for _, prefix := range trusted {
		if prefix.Contains(addr) {
			return true
		}
	}
	return false
}

// remoteIP is the address of the other end of the connection.
func remoteIP(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}
