package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/sigil-m2m/sigil/internal/config"
)

func TestEverythingIsThereAfterAStopAndAStart(t *testing.T) {
	data := dataFolder(t)
	p := serve(t, data)
	ae := register(t, p.url, "sensor")
	ae.must(t, 2001, "POST", "cse-in/sensor", 3, `{"m2m:cnt":{"rn":"c"}}`)
	ae.must(t, 2001, "POST", "cse-in/sensor/c", 4, `{"m2m:cin":{"con":"21.5"}}`)
	if status := p.stop(t, syscall.SIGTERM); status != 0 {
		t.Errorf("exit status %d after SIGTERM; log:\n%s", status, p.log)
	}

	p = serve(t, data)
	ae.url = p.url
	if a := ae.must(t, 2000, "GET", "cse-in/sensor/c/la", 0, ""); a.attributes["con"] != "21.5" {
		t.Errorf("the latest instance is %s", a.content)
	}
	if status := p.stop(t, syscall.SIGINT); status != 0 {
		t.Errorf("exit status %d after SIGINT; log:\n%s", status, p.log)
	}
}

func TestTwoCSEsRunSideBySide(t *testing.T) {
	a, b := serve(t, dataFolder(t)), serve(t, dataFolder(t), "--cse-id", "/id-mn", "--cse-type", "MN")
	if got := newClient(a.url, "CAdmin").must(t, 2000, "GET", "cse-in", 0, ""); got.attributes["csi"] != "/id-in" {
		t.Errorf("the first CSE is %s", got.content)
	}
	if got := newClient(b.url, "CAdmin").must(t, 2000, "GET", "cse-in", 0, ""); got.attributes["csi"] != "/id-mn" {
		t.Errorf("the second CSE is %s", got.content)
	}
}

func TestASecondProcessOnADataFolderIsRefused(t *testing.T) {
	data := dataFolder(t)
	p := serve(t, data)
	_, errs, status := output(t, "serve", "--http", "127.0.0.1:0", "--data", data)
	if status != 1 || !strings.Contains(errs, "another process") {
		t.Errorf("exit status %d: %s", status, errs)
	}
	// It has left the first one's control socket alone.
	if _, errs, status := output(t, "check", "--data", data); status != 0 {
		t.Errorf("check: exit status %d: %s", status, errs)
	}
	newClient(p.url, "CAdmin").must(t, 2000, "GET", "cse-in", 0, "")
}

func TestOriginatorsAreNotBelievedFromTheNetworkUnlessItIsMeant(t *testing.T) {
	for _, address := range []string{"0.0.0.0:0", ":0", "[::]:0"} {
		_, errs, status := output(t, "serve", "--http", address, "--data", dataFolder(t))
		if status != 1 {
			t.Errorf("%s: exit status %d", address, status)
		}
		for _, way := range []string{"127.0.0.1:8080", "--tls-client-ca", "--insecure-originators"} {
			if !strings.Contains(errs, way) {
				t.Errorf("%s: the refusal does not name the way out %s: %s", address, way, errs)
			}
		}
	}
	data := dataFolder(t)
	for range 2 { // at every start
		p := serve(t, data, "--http", "0.0.0.0:0", "--insecure-originators")
		p.stop(t, syscall.SIGTERM)
		if !strings.Contains(p.log.String(), "level=WARN") || !strings.Contains(p.log.String(), "insecure-originators") {
			t.Errorf("no warning in the log:\n%s", p.log)
		}
	}
}

func TestMetricsCountRequests(t *testing.T) {
	p := serve(t, dataFolder(t), "--metrics", "127.0.0.1:0")
	ae := register(t, p.url, "sensor")
	ae.must(t, 4004, "GET", "cse-in/sensor/none", 0, "")
	for path, want := range map[string]string{
		"/healthz": "ok",
		"/readyz":  "ok",
		"/metrics": `cse_requests_total{operation="Retrieve",status="4004"} 1`,
	} {
		rsp, err := http.Get(p.metrics(t) + path)
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(rsp.Body)
		rsp.Body.Close()
		if rsp.StatusCode != 200 || !strings.Contains(string(body), want) {
			t.Errorf("%s answers %s without %q:\n%s", path, rsp.Status, want, body)
		}
	}
}

func TestStoppingUnderLoadLosesNoAcknowledgedRequest(t *testing.T) {
	data := dataFolder(t)
	p := serve(t, data)
	ae := register(t, p.url, "sensor")
	ae.must(t, 2001, "POST", "cse-in/sensor", 3, `{"m2m:cnt":{"rn":"c"}}`)

	var acknowledged, refused atomic.Int64
	enough := make(chan struct{})
	var clients sync.WaitGroup
	for i := range 16 {
		clients.Go(func() {
			c := newClient(p.url, ae.originator)
			for n := 0; ; n++ {
				a, err := c.send("POST", "cse-in/sensor/c", 4, fmt.Sprintf(`{"m2m:cin":{"rn":"i%d-%d","con":"x"}}`, i, n))
				if err != nil {
					return // the connection was closed: this one was not accepted
				}
				if a.status != 2001 {
					refused.Add(1)
					return
				}
				if acknowledged.Add(1) == 200 {
					close(enough)
				}
			}
		})
	}
	<-enough
	if status := p.stop(t, syscall.SIGTERM); status != 0 {
		t.Errorf("exit status %d; log:\n%s", status, p.log)
	}
	clients.Wait()
	if n := refused.Load(); n > 0 {
		t.Errorf("%d requests were refused while stopping", n)
	}
	if out, errs, status := output(t, "check", "--data", data); status != 0 {
		t.Errorf("check: %s%s", out, errs)
	}
	p = serve(t, data)
	ae.url = p.url
	// Whatever was carried out has also been answered: neither more nor fewer.
	if n := ae.must(t, 2000, "GET", "cse-in/sensor/c", 0, "").number("cni"); n != acknowledged.Load() {
		t.Errorf("%d creations were acknowledged, %d instances are there", acknowledged.Load(), n)
	}
}

func TestASecondSignalEndsItAtOnce(t *testing.T) {
	p := serve(t, dataFolder(t), "--timers-drain", "1h", "--metrics", "127.0.0.1:0")
	addr := strings.TrimPrefix(p.url, "http://")
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	// A request whose body does not come to its end keeps the CSE draining.
	// "100 Continue" proves that the handler is at work on it.
	fmt.Fprint(conn, "POST /cse-in HTTP/1.1\r\nHost: x\r\nX-M2M-RI: 1\r\nX-M2M-Origin: CAdmin\r\nExpect: 100-continue\r\n"+
		"Content-Type: application/json;ty=3\r\nContent-Length: 100\r\n\r\n")
	if line, err := bufio.NewReader(conn).ReadString('\n'); err != nil || !strings.Contains(line, "100") {
		t.Fatalf("%q, %v", line, err)
	}
	fmt.Fprint(conn, "{")
	if err := p.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	p.log.waitFor("msg=stopping")
	// Meanwhile it is alive, and tells that nobody should come.
	for path, want := range map[string]int{"/healthz": 200, "/readyz": 503} {
		rsp, err := http.Get(p.metrics(t) + path)
		if err != nil {
			t.Fatal(err)
		}
		rsp.Body.Close()
		if rsp.StatusCode != want {
			t.Errorf("%s answers %s", path, rsp.Status)
		}
	}
	if status := p.stop(t, syscall.SIGTERM); status == 0 {
		t.Error("it ended as if all were well")
	}
}

func TestHelpNamesEveryFlag(t *testing.T) {
	help, _, status := output(t, "serve", "--help")
	if status != 0 {
		t.Fatalf("exit status %d", status)
	}
	for _, k := range config.Keys() {
		if !k.Section && !strings.Contains(help, "--"+k.Flag()+" ") {
			t.Errorf("the help of serve does not name --%s", k.Flag())
		}
	}
	for _, c := range []string{"", "serve", "check", "backup", "conformance", "conformance run", "conformance list", "config", "config print", "config docs", "version"} {
		args := append(strings.Fields(c), "--help")
		if help, errs, status := output(t, args...); status != 0 || errs != "" || len(help) < 100 {
			t.Errorf("cse %s --help: exit status %d, %q, %q", c, status, help, errs)
		}
	}
}

func TestWhatIsNotUnderstoodIsExitStatusTwo(t *testing.T) {
	for _, args := range [][]string{{"sreve"}, {"serve", "--htp", "x"}, {"serve", "now"}, {"backup"}, {"check", "--http", "x"}} {
		_, errs, status := output(t, args...)
		if status != 2 || !strings.Contains(errs, "--help") {
			t.Errorf("cse %v: exit status %d: %s", args, status, errs)
		}
	}
}

func TestConfigurationIsPrintedAndReadBack(t *testing.T) {
	file := filepath.Join(t.TempDir(), "cse.yaml")
	printed, errs, status := output(t, "config", "print", "--cse-name", "base", "--limits-results=7")
	if status != 0 || !strings.Contains(printed, "cse-name: base\n") || !strings.Contains(printed, "  results: 7\n") {
		t.Fatalf("exit status %d: %s%s", status, printed, errs)
	}
	if err := os.WriteFile(file, []byte(printed), 0o600); err != nil {
		t.Fatal(err)
	}
	if again, errs, status := output(t, "config", "print", "--config", file); status != 0 || again != printed {
		t.Errorf("exit status %d: %s%s", status, again, errs)
	}
	if _, errs, status := output(t, "serve", "--config", file, "--cse-id", "no"); status != 1 || !strings.Contains(errs, "cse-id") {
		t.Errorf("exit status %d: %s", status, errs)
	}
}

func TestVersionIsOneLine(t *testing.T) {
	if out, _, status := output(t, "version"); status != 0 || !strings.HasPrefix(out, "cse ") || strings.Count(out, "\n") != 1 {
		t.Errorf("exit status %d: %q", status, out)
	}
}
