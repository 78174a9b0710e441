package alert

import (
	"net/netip"
	"testing"
)

func TestOnlyPublicAddressesAreReached(t *testing.T) {
	t.Parallel()
	public := []string{"1.1.1.1", "93.184.215.14", "100.63.255.255", "100.128.0.0", "172.15.0.1", "172.32.0.1", "192.0.1.1",
		"2606:2800:220:1::1", "2a00:1450:4001::200e", "::ffff:1.1.1.1"}
	private := []string{
		"127.0.0.1", "127.255.255.254", "0.0.0.0", "0.1.2.3", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1",
		"169.254.169.254", "100.64.0.1", "100.127.255.255", "192.0.0.8", "192.0.2.1", "192.88.99.1", "198.18.0.1",
		"198.19.255.255", "198.51.100.7", "203.0.113.7", "224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255",
		"::", "::1", "::7f00:1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "64:ff9b::7f00:1",
		"64:ff9b:1::1", "100::1", "2001::1", "2001:db8::1", "2002:7f00:1::1", "3fff::1", "fc00::1", "fd12::1", "fe80::1",
		"fe80::1%eth0", "fec0::1", "ff02::1",
	}
	for _, ip := range public {
		if !isPublic(netip.MustParseAddr(ip)) {
			t.Errorf("%s is refused, want it to be public", ip)
		}
	}
	for _, ip := range private {
		if isPublic(netip.MustParseAddr(ip)) {
			t.Errorf("%s is taken for public", ip)
		}
	}
}
