package httpbind

import (
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// checkHost refuses a request that was meant for another server.
//
// TS-0009 6.4.1: Host is one of the receiver's points of access. Where an
// originator is believed because it is on this machine, this is what keeps web
// pages out: one whose own host name is made to resolve to 127.0.0.1 (DNS
// rebinding) is of the same origin as the server to its browser, which then
// asks no leave of CORS; but it still sends that name as Host.
//
// The status is BAD_REQUEST. RFC 9110 has 421 (Misdirected Request) for it,
// to which TS-0009 table 6.3.2-1 maps no response status code; RFC 9112 3.2
// wants 400 for a Host that is missing or invalid, which to this server it is.
func (s *Server) checkHost(r *http.Request) error {
	if s.cfg.Hosts == nil || serves(s.cfg.Hosts, r.Host) {
		return nil
	}
	return badRequest("header field Host names none of this server's points of access")
}

// serves reports whether a Host, with or without a port, is a loopback address
// or one of hosts. The port says nothing about who was meant: a forwarded
// connection brings one that this server does not know.
func serves(hosts []string, host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	} else if bare, ok := strings.CutPrefix(host, "["); ok {
		host = strings.TrimSuffix(bare, "]") // an IPv6 address without a port
	}
	if ip, err := netip.ParseAddr(host); err == nil && ip.IsLoopback() {
		return true
	}
	return slices.ContainsFunc(hosts, func(name string) bool { return strings.EqualFold(name, host) })
}
