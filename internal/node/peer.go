package node

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/sigil-m2m/sigil/internal/config"
	"github.com/sigil-m2m/sigil/m2m"
)

// serverTLS returns the TLS of the HTTP binding, nil if it has none. With a
// client CA every client must present a certificate. TS-0003 8.2.2.
func serverTLS(c config.TLS) (*tls.Config, error) {
	if c.Cert == "" {
		return nil, nil
	}
	cert, err := tls.LoadX509KeyPair(c.Cert, c.Key)
	if err != nil {
		return nil, fmt.Errorf("tls.cert and tls.key: %w", err)
	}
	t := &tls.Config{MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{cert}}
	if c.ClientCA == "" {
		return t, nil
	}
	pem, err := os.ReadFile(c.ClientCA)
	if err != nil {
		return nil, fmt.Errorf("tls.client-ca: %w", err)
	}
	t.ClientCAs = x509.NewCertPool()
	if !t.ClientCAs.AppendCertsFromPEM(pem) {
		return nil, errors.New("tls.client-ca: the file holds no certificate in PEM")
	}
	t.ClientAuth = tls.RequireAndVerifyClientCert
	return t, nil
}

// clientTLS returns the TLS of requests to others' points of access, nil for
// the machine's own idea of it. This CSE shows the certificate that it serves
// with; whom it trusts are the machine's roots.
func clientTLS(server *tls.Config) *tls.Config {
	if server == nil {
		return nil
	}
	return &tls.Config{MinVersion: tls.VersionTLS12, Certificates: server.Certificates}
}

// peerOf returns who a client certificate stands for: the AE-IDs among the
// URIs of its subjectAltName, in their absolute form (TS-0003 10.1.1.5), and
// the CSE-IDs whose public domain names are among its DNS names (TS-0003
// 10.1.1.7, TS-0001 6.5.1.1). A certificate that names neither of this service
// provider's stands for nobody: its Peer has an entity that no originator can
// be, since a verified certificate never makes an association anonymous.
func peerOf(sp string, cert *x509.Certificate) m2m.Peer {
	p := m2m.Peer{Confidential: true, Credential: "x509:" + cert.SerialNumber.Text(16) + " " + m2m.Clip(cert.Subject.String())}
	for _, u := range cert.URIs {
		if u.Scheme != "" || u.Host == "" || u.RawQuery != "" || u.Fragment != "" {
			continue
		}
		id := "//" + u.Host + u.Path
		if _, err := m2m.ParseEntity(id); err == nil {
			p.Entities = append(p.Entities, id)
		}
	}
	for _, name := range cert.DNSNames {
		if stem, ok := strings.CutSuffix(name, "."+strings.TrimPrefix(sp, "//")); ok {
			// The CSE's own identifier is the first label; those after it are
			// the infrastructure node's.
			cse, _, _ := strings.Cut(stem, ".")
			if m2m.Unreserved(cse) {
				p.Entities = append(p.Entities, sp+"/"+cse)
			}
		}
	}
	if len(p.Entities) == 0 {
		p.Entities = []string{nobody}
	}
	return p
}

// nobody is an entity that no From parameter can name: it has a space.
const nobody = "no entity"
