package node

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"

	"github.com/sigil-m2m/sigil/internal/config"
)

// ErrExposed tells that the configuration would let anybody on the network
// claim to be any originator, the admin included, and does not say that this
// is meant.
var ErrExposed = errors.New("originators would be believed from anywhere on the network")

// exposed reports whether originators that are only a name in a header could
// come from other machines at this address.
func exposed(addr net.Addr, c config.TLS) bool {
	tcp, ok := addr.(*net.TCPAddr)
	return c.ClientCA == "" && !(ok && tcp.IP.IsLoopback())
}

// hosts returns which hosts a request may name: nil, and so any, unless an
// originator is believed because its request came from this machine. A browser
// is on this machine too, with pages of strangers in it: one whose host name
// resolves to a loopback address must not speak for anybody here.
func hosts(addr net.Addr, c config.Config) []string {
	if c.TLS.ClientCA != "" || exposed(addr, c.TLS) {
		return nil
	}
	names := []string{"localhost"}
	for _, poa := range c.POA {
		if u, err := url.Parse(poa); err == nil && u.Hostname() != "" {
			names = append(names, u.Hostname())
		}
	}
	return names
}

// listen opens the address of the HTTP binding. It resolves a host name once,
// judges what it stands for, and listens there and nowhere else.
func listen(ctx context.Context, c config.Config) (net.Listener, error) {
	host, port, err := net.SplitHostPort(c.HTTP)
	if err != nil {
		return nil, fmt.Errorf("http: %w", err)
	}
	addr := new(net.TCPAddr)
	if n, err := net.DefaultResolver.LookupPort(ctx, "tcp", port); err != nil {
		return nil, fmt.Errorf("http: %w", err)
	} else {
		addr.Port = n
	}
	if host != "" {
		ips, err := net.DefaultResolver.LookupIPAddr(ctx, host)
		if err != nil {
			return nil, fmt.Errorf("http: %w", err)
		}
		addr.IP, addr.Zone = ips[0].IP, ips[0].Zone
	}
	if exposed(addr, c.TLS) && !c.InsecureOriginators {
		return nil, fmt.Errorf(`http: %w: %s is no loopback address, and without client certificates an originator is only a name in a header.
Do one of these:
  - listen on this machine alone: --http 127.0.0.1:8080
  - have clients prove who they are: --tls-cert, --tls-key and --tls-client-ca
  - accept the risk, on a network where everybody is trusted: --insecure-originators`, ErrExposed, c.HTTP)
	}
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", addr.String())
	if err != nil {
		return nil, fmt.Errorf("http: %w", err)
	}
	return l, nil
}
