package alert

import (
	"fmt"
	"net/netip"
	"slices"
)

// Addresses that are not of single machines in the public internet, beside those that
// netip knows (IANA's special-purpose registries).
var special = prefixes(
	"0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "198.18.0.0/15", "198.51.100.0/24",
	"203.0.113.0/24", "240.0.0.0/4",
	// IPv6 outside of 2000::/3 is refused as a whole. Within, these carry an IPv4 address or are not of machines.
	"2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20",
)

var globalIPv6 = netip.MustParsePrefix("2000::/3")

func prefixes(texts ...string) []netip.Prefix {
	out := make([]netip.Prefix, len(texts))
	for i, text := range texts {
		out[i] = netip.MustParsePrefix(text)
	}
	return out
}

// isPublic tells whether ip is of a machine in the public internet: not of this machine
// or its network (private, link-local, carrier-grade NAT), of no group, and no IPv6
// address that stands for an IPv4 one.
func isPublic(ip netip.Addr) bool {
	ip = ip.WithZone("").Unmap()
	if !ip.IsGlobalUnicast() || ip.IsPrivate() || ip.Is6() && !globalIPv6.Contains(ip) {
		return false
	}
	return !slices.ContainsFunc(special, func(p netip.Prefix) bool { return p.Contains(ip) })
}

// checkAddress refuses host:port of a socket that is about to connect, unless it is
// public. It sees the address after the name was resolved, so a name that resolves
// differently the next time gains nothing.
func checkAddress(hostport string) error {
	at, err := netip.ParseAddrPort(hostport)
	if err != nil {
		return final(fmt.Errorf("reading the resolved address %q: %w", hostport, err))
	}
	if !isPublic(at.Addr()) {
		return final(fmt.Errorf("%s is not a public address: webhooks reach those only if galleyd is started with "+
			"--allow-private-webhooks", at.Addr()))
	}
	return nil
}
