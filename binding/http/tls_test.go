package httpbind

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"net"
	"net/url"
	"slices"
	"testing"
	"time"

	"github.com/sigil-m2m/sigil/binding/http/wire"
	"github.com/sigil-m2m/sigil/m2m"
)

// certificate makes a certificate that signs itself and stands for an AE.
func certificate(t *testing.T, uri string) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	san, err := url.Parse(uri)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test"}, NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, URIs: []*url.URL{san}, IsCA: true, BasicConstraintsValid: true,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(leaf)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}, pool
}

func TestACertificateProvesWhoThePeerIs(t *testing.T) {
	server, serverPool := certificate(t, "m2m://cse")
	client, clientPool := certificate(t, "m2m://sp.example/id-in/Cae")
	peers := make(chan m2m.Peer, 1)
	_, addr := start(t, Config{
		TLS: &tls.Config{Certificates: []tls.Certificate{server}, ClientAuth: tls.VerifyClientCertIfGiven, ClientCAs: clientPool},
		PeerOf: func(state *tls.ConnectionState) (p m2m.Peer) {
			p.Confidential = true
			if len(state.VerifiedChains) > 0 {
				p.Entities = []string{state.VerifiedChains[0][0].URIs[0].Path}
			}
			return p
		},
	}, func(_ context.Context, req *m2m.Request) *m2m.Response {
		peers <- req.Peer
		return m2m.NewResponse(req, m2m.StatusOK)
	})
	for name, c := range map[string]struct {
		certificates []tls.Certificate
		entities     []string
	}{
		"with a certificate": {[]tls.Certificate{client}, []string{"/id-in/Cae"}},
		"without one":        {nil, nil},
	} {
		t.Run(name, func(t *testing.T) {
			sender := wire.NewSender(wire.SenderConfig{TLS: &tls.Config{RootCAs: serverPool, Certificates: c.certificates}})
			defer sender.Close()
			// What the request claims proves nothing.
			rsp, err := sender.Send(t.Context(), "https://"+addr, &m2m.Request{Operation: m2m.Retrieve, To: "cse-in", From: "/id-in/Cother", RequestID: "1"})
			if err != nil || rsp.Status != m2m.StatusOK {
				t.Fatalf("%+v, %v", rsp, err)
			}
			if p := <-peers; !slices.Equal(p.Entities, c.entities) || !p.Confidential || !p.Addr.IsLoopback() {
				t.Errorf("%+v", p)
			}
		})
	}
}
