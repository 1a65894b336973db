package node

import (
	"net"
	"net/http"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sigil-m2m/sigil/internal/config"
)

func TestHostsAreCheckedWhereOriginatorsAreBelievedOnThisMachineAlone(t *testing.T) {
	here, beyond := net.IPv4(127, 0, 0, 1), net.IPv4(192, 0, 2, 1)
	for _, test := range []struct {
		name string
		ip   net.IP
		cfg  config.Config
		want []string
	}{
		{"on loopback", here, config.Config{}, []string{"localhost"}},
		{"on loopback, with TLS", here, config.Config{TLS: config.TLS{Cert: "c", Key: "k"}}, []string{"localhost"}},
		{"on loopback, with points of access", here,
			config.Config{POA: []string{"http://cse.example:80/m2m", "https://[2001:db8::1]", "mqtt://broker.example", "%"}},
			[]string{"localhost", "cse.example", "2001:db8::1", "broker.example"}},
		{"not with client certificates", here, config.Config{TLS: config.TLS{ClientCA: "ca"}}, nil},
		{"not on a network where everybody is trusted", beyond, config.Config{InsecureOriginators: true}, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, hosts(&net.TCPAddr{IP: test.ip}, test.cfg)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestAPageWhoseNameIsMadeToResolveHereIsNotTheAdmin(t *testing.T) {
	c := testConfig(t)
	c.POA = []string{"http://cse.example"}
	n := start(t, c)
	for host, want := range map[string]int{
		n.Addr().String():      200,
		"localhost":            200,
		"cse.example":          200,
		"rebound.example:8080": 400,
	} {
		r, err := http.NewRequestWithContext(t.Context(), "GET", n.URL()+"/cse-in", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Host = host
		r.Header = http.Header{"X-M2M-Origin": {"CAdmin"}, "X-M2M-RI": {"1"}, "X-M2M-RVI": {"3"}}
		rsp, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		rsp.Body.Close()
		if rsp.StatusCode != want || rsp.Header.Get("X-M2M-RSC") != strconv.Itoa(10*want) {
			t.Errorf("%s: %d %v", host, rsp.StatusCode, rsp.Header)
		}
	}
}
