package node

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// An authority signs certificates.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

func newAuthority(t testing.TB) *authority {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test authority"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return &authority{cert, key}
}

// issue returns a certificate for these names: URIs have slashes, addresses
// dots and digits alone, and the rest are DNS names.
func (a *authority) issue(t testing.TB, names ...string) tls.Certificate {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "test"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	for _, name := range names {
		switch {
		case strings.Contains(name, "/"):
			u, err := url.Parse(name)
			if err != nil {
				t.Fatal(err)
			}
			template.URIs = append(template.URIs, u)
		case net.ParseIP(name) != nil:
			template.IPAddresses = append(template.IPAddresses, net.ParseIP(name))
		default:
			template.DNSNames = append(template.DNSNames, name)
		}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.cert, &key.PublicKey, a.key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}
}

// write keeps a certificate, and its key if it has one, as files.
func write(t testing.TB, cert tls.Certificate) (certFile, keyFile string) {
	folder := t.TempDir()
	certFile, keyFile = filepath.Join(folder, "cert.pem"), filepath.Join(folder, "key.pem")
	save := func(name, kind string, der []byte) {
		if err := os.WriteFile(name, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	save(certFile, "CERTIFICATE", cert.Certificate[0])
	if cert.PrivateKey != nil {
		der, err := x509.MarshalPKCS8PrivateKey(cert.PrivateKey)
		if err != nil {
			t.Fatal(err)
		}
		save(keyFile, "PRIVATE KEY", der)
	}
	return certFile, keyFile
}

func TestAClientIsWhoItsCertificateNamesAndNobodyElse(t *testing.T) {
	ca, foreign := newAuthority(t), newAuthority(t)
	c := testConfig(t)
	c.TLS.Cert, c.TLS.Key = write(t, ca.issue(t, "127.0.0.1"))
	c.TLS.ClientCA, _ = write(t, tls.Certificate{Certificate: [][]byte{ca.cert.Raw}})
	c.HTTP = "0.0.0.0:0" // beyond this machine, without --insecure-originators
	n := start(t, c)
	url := "https://127.0.0.1:" + n.URL()[strings.LastIndexByte(n.URL(), ':')+1:]

	roots := x509.NewCertPool()
	roots.AddCert(ca.cert)
	// ask returns the response status code; empty if no answer came.
	ask := func(method, originator, contentType, body string, certs ...tls.Certificate) string {
		transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, Certificates: certs}, DisableKeepAlives: true}
		req, err := http.NewRequest(method, url+"/cse-in", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("X-M2M-Origin", originator)
		req.Header.Set("X-M2M-RI", "1")
		req.Header.Set("X-M2M-RVI", "3")
		if body != "" {
			req.Header.Set("Content-Type", contentType)
		}
		rsp, err := (&http.Client{Transport: transport}).Do(req)
		if err != nil {
			return ""
		}
		rsp.Body.Close()
		return rsp.Header.Get("X-M2M-RSC")
	}
	admin := ca.issue(t, "//sigil.example/id-in/CAdmin")
	sensor := ca.issue(t, "//sigil.example/id-in/Csensor")
	const ae = `{"m2m:ae":{"rn":"sensor","api":"Ntest","rr":false,"srv":["3"]}}`

	for _, test := range []struct {
		name, method, originator, body string
		certs                          []tls.Certificate
		refused                        bool   // or not even answered
		want                           string // response status code, if it is not refused
	}{
		{name: "without a certificate there is no answer", method: "GET", originator: "CAdmin", refused: true},
		{name: "a foreign authority's certificate gets no answer", method: "GET", originator: "CAdmin",
			certs: []tls.Certificate{foreign.issue(t, "//sigil.example/id-in/CAdmin")}, refused: true},
		{name: "the admin's own certificate", method: "GET", originator: "CAdmin", certs: []tls.Certificate{admin}, want: "2000"},
		{name: "another's certificate does not make an admin", method: "GET", originator: "CAdmin", certs: []tls.Certificate{sensor}, refused: true},
		{name: "a certificate without an entity makes nobody", method: "GET", originator: "CAdmin",
			certs: []tls.Certificate{ca.issue(t, "client.example")}, refused: true},
		{name: "an AE cannot register as another", method: "POST", originator: "Cother", body: ae, certs: []tls.Certificate{sensor}, refused: true},
		{name: "an AE registers as itself", method: "POST", originator: "Csensor", body: ae, certs: []tls.Certificate{sensor}, want: "2001"},
		{name: "an AE of another service provider is not the one of this name here", method: "GET", originator: "CAdmin",
			certs: []tls.Certificate{ca.issue(t, "//other.example/id-in/CAdmin")}, refused: true},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := ask(test.method, test.originator, "application/json;ty=2", test.body, test.certs...)
			if test.refused && strings.HasPrefix(got, "2") || !test.refused && got != test.want {
				t.Errorf("status %q", got)
			}
		})
	}
}

func TestPeerOfReadsTheNamesThatStandForEntities(t *testing.T) {
	ca := newAuthority(t)
	for _, test := range []struct {
		name  string
		names []string
		want  []string
	}{
		{"an absolute AE-ID", []string{"//sigil.example/id-in/Csensor"}, []string{"//sigil.example/id-in/Csensor"}},
		{"an S-type AE", []string{"//sigil.example/Ssensor"}, []string{"//sigil.example/Ssensor"}},
		{"a CSE's public domain name", []string{"id-mn.id-in.sigil.example"}, []string{"//sigil.example/id-mn"}},
		{"an infrastructure CSE's public domain name", []string{"id-in.sigil.example"}, []string{"//sigil.example/id-in"}},
		{"several", []string{"//sigil.example/S1", "//sigil.example/S2"}, []string{"//sigil.example/S1", "//sigil.example/S2"}},
		{"a web address", []string{"https://sigil.example/id-in/Csensor"}, []string{nobody}},
		{"a path that is no identifier", []string{"//sigil.example/a/b/c"}, []string{nobody}},
		{"the domain itself", []string{"sigil.example"}, []string{nobody}},
		{"a domain that ends alike", []string{"id-mn.notsigil.example"}, []string{nobody}},
		{"a wildcard", []string{"*.sigil.example"}, []string{nobody}},
		{"nothing", nil, []string{nobody}},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := peerOf("//sigil.example", ca.issue(t, test.names...).Leaf)
			if diff := cmp.Diff(test.want, p.Entities); diff != "" {
				t.Error(diff)
			}
			if !p.Authenticated() || !p.Confidential || p.Credential == "" {
				t.Errorf("%+v", p)
			}
		})
	}
}
