package node

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sigil-m2m/sigil/internal/config"
	"github.com/sigil-m2m/sigil/m2m"
)

// testConfig is a CSE of its own folder and port.
func testConfig(t testing.TB) config.Config {
	c := config.Default()
	c.HTTP = "127.0.0.1:0"
	c.Data = filepath.Join(t.TempDir(), "data")
	return c
}

// start builds and runs a node until the end of the test, and proves then that
// its tree is whole.
func start(t testing.TB, c config.Config) *Node {
	t.Helper()
	n, err := New(t.Context(), c, Options{})
	if err != nil {
		t.Fatal(err)
	}
	ran := make(chan error, 1)
	ctx, stop := context.WithCancel(context.Background())
	go func() { ran <- n.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-ran; err != nil {
			t.Errorf("Run: %v", err)
		}
		if err := n.Close(context.Background()); err != nil {
			t.Errorf("Close: %v", err)
		}
		if faults, err := Check(context.Background(), c.Data); err != nil || len(faults) > 0 {
			t.Errorf("the tree is not whole: %v %v", err, faults)
		}
	})
	return n
}

func retrieveBase(from string) *m2m.Request {
	return &m2m.Request{Operation: m2m.Retrieve, To: "cse-in", From: from, RequestID: "1", ReleaseVersion: "3"}
}

func TestANodeAnswersFromWithinTheProcess(t *testing.T) {
	n := start(t, testConfig(t))
	if rsp := n.Handler().Handle(t.Context(), retrieveBase("CAdmin")); rsp.Status != m2m.StatusOK {
		t.Errorf("status %v", rsp.Status)
	}
}

func TestTheCSEBaseTellsWhereTheCSEListens(t *testing.T) {
	n := start(t, testConfig(t))
	rsp := n.Handler().Handle(t.Context(), retrieveBase("CAdmin"))
	if !strings.Contains(string(rsp.Content.Data), `"poa":["`+n.URL()+`"]`) {
		t.Errorf("no point of access %s in %s", n.URL(), rsp.Content.Data)
	}

	c := testConfig(t)
	c.POA = []string{"http://cse.example:80/m2m"}
	n = start(t, c)
	rsp = n.Handler().Handle(t.Context(), retrieveBase("CAdmin"))
	if !strings.Contains(string(rsp.Content.Data), `"poa":["http://cse.example:80/m2m"]`) {
		t.Errorf("not the configured point of access in %s", rsp.Content.Data)
	}
}

func TestANotificationOfAnAEGoesToItsPointOfAccess(t *testing.T) {
	received := make(chan string, 1)
	target := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		received <- string(body)
		w.Header()["X-M2M-RSC"] = []string{"2000"}
		w.Header()["X-M2M-RI"] = r.Header["X-M2m-Ri"]
	}))
	defer target.Close()
	n := start(t, testConfig(t))
	for _, req := range []*m2m.Request{
		{Operation: m2m.Create, ResourceType: m2m.TypeAE, To: "cse-in", From: "Cae",
			Content: m2m.Content{Data: []byte(`{"m2m:ae":{"rn":"ae","api":"Ntest","rr":true,"poa":["` + target.URL + `"],"srv":["3"]}}`)}},
		{Operation: m2m.Notify, To: "cse-in/ae", From: "Cae",
			Content: m2m.Content{Data: []byte(`{"m2m:sgn":{"vrq":true}}`)}},
	} {
		req.RequestID, req.ReleaseVersion = "1", "3"
		if rsp := n.Handler().Handle(t.Context(), req); !rsp.Status.Success() {
			t.Fatalf("%v: %v %s", req.Operation, rsp.Status, rsp.Content.Data)
		}
	}
	if got := <-received; got != `{"m2m:sgn":{"vrq":true}}` {
		t.Errorf("the point of access got %s", got)
	}
}

func TestANodeThatCannotStartLeavesNothingBehind(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, []byte("not PEM"), 0o600); err != nil {
		t.Fatal(err)
	}
	definitions := t.TempDir()
	if err := os.WriteFile(filepath.Join(definitions, "broken.def"), []byte("no definition"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name string
		set  func(*config.Config)
		want string // in the error
	}{
		{"HTTP address taken", func(c *config.Config) { c.HTTP = taken.Addr().String() }, "http: "},
		{"HTTP host unknown", func(c *config.Config) { c.HTTP = "nowhere.invalid:80" }, "http: "},
		{"metrics address taken", func(c *config.Config) { c.Metrics = taken.Addr().String() }, "metrics: "},
		{"folder of types missing", func(c *config.Config) { c.Types = file + "x" }, "types: "},
		{"broken definition of a type", func(c *config.Config) { c.Types = definitions }, "broken.def"},
		{"certificate missing", func(c *config.Config) { c.TLS.Cert, c.TLS.Key = file+"x", file }, "tls.cert"},
		{"certificate broken", func(c *config.Config) { c.TLS.Cert, c.TLS.Key = file, file }, "tls.cert"},
		{"bad pattern", func(c *config.Config) { c.Registration.AllowAE = []string{"C["} }, "pattern"},
	} {
		t.Run(test.name, func(t *testing.T) {
			good := testConfig(t)
			bad := good
			test.set(&bad)
			n, err := New(t.Context(), bad, Options{})
			if err == nil {
				n.Close(t.Context())
				t.Fatal("it started")
			}
			if n != nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("node %v, error %q without %q", n, err, test.want)
			}
			start(t, good) // on the same folder, which must not be locked
		})
	}
}

func TestADataFolderThatIsAFileIsRefused(t *testing.T) {
	c := testConfig(t)
	if err := os.WriteFile(c.Data, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := New(t.Context(), c, Options{}); err == nil || !strings.Contains(err.Error(), "data: ") {
		t.Errorf("error %v", err)
	}
}

func TestADataFolderOfAnotherCSEIsRefused(t *testing.T) {
	c := testConfig(t)
	n, err := New(t.Context(), c, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := n.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, set := range []func(*config.Config){
		func(c *config.Config) { c.CSEID = "/id-other" },
		func(c *config.Config) { c.CSEName = "cse-other" },
	} {
		other := c
		set(&other)
		if _, err := New(t.Context(), other, Options{}); err == nil {
			t.Errorf("%s %s opened the data of %s %s", other.CSEID, other.CSEName, c.CSEID, c.CSEName)
		}
	}
}

func TestASocketOfAKilledProcessIsNoObstacle(t *testing.T) {
	c := testConfig(t)
	if err := os.Mkdir(c.Data, 0o700); err != nil {
		t.Fatal(err)
	}
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: filepath.Join(c.Data, controlName)})
	if err != nil {
		t.Fatal(err)
	}
	l.SetUnlinkOnClose(false)
	l.Close()
	start(t, c)
	if faults, err := Check(t.Context(), c.Data); err != nil || len(faults) > 0 {
		t.Errorf("%v %v", err, faults)
	}
}

func TestAControlSocketTakesAbsolutePathsAlone(t *testing.T) {
	c := testConfig(t)
	start(t, c)
	if err := Backup(t.Context(), c.Data, "relative.db"); err == nil || !strings.Contains(err.Error(), "absolute") {
		t.Errorf("error %v", err)
	}
}

func TestOnlyLoopbackIsBelieved(t *testing.T) {
	for address, loopback := range map[string]bool{
		"127.0.0.1:0": true, "127.9.9.9:0": true, "localhost:0": true,
		":0": false, "0.0.0.0:0": false, "[::]:0": false,
	} {
		c := testConfig(t)
		c.HTTP = address
		n, err := New(t.Context(), c, Options{})
		if err == nil {
			n.Close(t.Context())
		}
		if loopback != (err == nil) || !loopback && !errors.Is(err, ErrExposed) {
			t.Errorf("%s: error %v", address, err)
		}
	}
}

func TestAFolderAddsTypesOfOnesOwn(t *testing.T) {
	c := testConfig(t)
	c.Types = t.TempDir()
	definition := `flexContainer lamp my:lamp com.example.lamp
  clause: the maker's manual
  brightness brigs xs:integer 0..1 O O OA
`
	if err := os.WriteFile(filepath.Join(c.Types, "lamp.def"), []byte(definition), 0o600); err != nil {
		t.Fatal(err)
	}
	n := start(t, c)
	for content, want := range map[string]m2m.StatusCode{
		`{"my:lamp":{"cnd":"com.example.lamp","brigs":7}}`:      m2m.StatusCreated,
		`{"my:lamp":{"cnd":"com.example.lamp","brigs":"much"}}`: m2m.StatusBadRequest,
		`{"my:lamp":{"cnd":"com.example.torch"}}`:               m2m.StatusSpecializationSchemaNotFound,
	} {
		rsp := n.Handler().Handle(t.Context(), &m2m.Request{
			Operation: m2m.Create, ResourceType: m2m.TypeFlexContainer, To: "cse-in", From: "CAdmin",
			RequestID: "1", ReleaseVersion: "3", Content: m2m.Content{Data: []byte(content)},
		})
		if rsp.Status != want {
			t.Errorf("%s: %v %s", content, rsp.Status, rsp.Content.Data)
		}
	}
}
