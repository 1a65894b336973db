package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// TestMain makes the test binary the command itself when a test says so, so
// that tests run real processes.
func TestMain(m *testing.M) {
	if os.Getenv("SIGIL_TEST_COMMAND") != "" {
		main()
	}
	os.Exit(m.Run())
}

// command returns the command with these arguments as a process to be.
func command(args ...string) *exec.Cmd {
	cmd := exec.Command(os.Args[0], args...)
	cmd.Env = append(os.Environ(), "SIGIL_TEST_COMMAND=1")
	return cmd
}

// output runs the command to its end and returns what it wrote and its exit
// status.
func output(t testing.TB, args ...string) (stdout, stderr string, status int) {
	t.Helper()
	cmd := command(args...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil && cmd.ProcessState == nil {
		t.Fatal(err)
	}
	return out.String(), errs.String(), cmd.ProcessState.ExitCode()
}

// A process is a running `cse serve`.
type process struct {
	*exec.Cmd
	url   string
	log   *syncBuffer
	ended chan struct{} // closed once the process has ended
}

var serving = regexp.MustCompile(`serves oneM2M at (\S+);`)

// serve starts `cse serve` on a free port and a data folder. The process is
// killed at the end of the test if it still runs.
func serve(t testing.TB, data string, args ...string) *process {
	t.Helper()
	p := &process{
		Cmd:   command(append([]string{"serve", "--http", "127.0.0.1:0", "--data", data}, args...)...),
		log:   newSyncBuffer(),
		ended: make(chan struct{}),
	}
	p.Stderr = p.log
	out, err := p.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewReader(out)
	first, err := lines.ReadString('\n')
	go func() {
		io.Copy(io.Discard, lines)
		p.Wait() // its status is in ProcessState
		close(p.ended)
	}()
	t.Cleanup(func() {
		p.Process.Kill()
		<-p.ended
	})
	m := serving.FindStringSubmatch(first)
	if err != nil || m == nil {
		p.Process.Kill()
		<-p.ended
		t.Fatalf("the first line of output is %q, error %v; log:\n%s", first, err, p.log)
	}
	p.url = m[1]
	return p
}

// metrics returns the URL at which the process serves metrics, as its log tells.
func (p *process) metrics(t testing.TB) string {
	t.Helper()
	p.log.waitFor("metrics=")
	m := regexp.MustCompile(`metrics=(\S+:\d+)`).FindStringSubmatch(p.log.String())
	if m == nil {
		t.Fatalf("the log names no address of metrics:\n%s", p.log)
	}
	return "http://" + m[1]
}

// stop sends the process a signal and waits for its end.
func (p *process) stop(t testing.TB, sig os.Signal) (status int) {
	t.Helper()
	if err := p.Process.Signal(sig); err != nil {
		t.Fatal(err)
	}
	<-p.ended
	return p.ProcessState.ExitCode()
}

// A syncBuffer is a bytes.Buffer that may be read while it is written to.
type syncBuffer struct {
	mu      sync.Mutex // protects b
	b       bytes.Buffer
	written *sync.Cond // with mu
}

func newSyncBuffer() *syncBuffer {
	s := new(syncBuffer)
	s.written = sync.NewCond(&s.mu)
	return s
}

func (s *syncBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	defer s.written.Broadcast()
	return s.b.Write(p)
}

// waitFor returns once the text has been written.
func (s *syncBuffer) waitFor(text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for !strings.Contains(s.b.String(), text) {
		s.written.Wait()
	}
}

func (s *syncBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// A client sends requests of one originator.
type client struct {
	url, originator string
	http            *http.Client
}

func newClient(url, originator string) *client {
	return &client{url, originator, &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 1}}}
}

// An answer is a response: its status code and, of the one resource in its
// content, the attributes.
type answer struct {
	status     int
	attributes map[string]any
	content    string
}

func (a answer) number(name string) int64 {
	n, _ := a.attributes[name].(json.Number)
	i, _ := n.Int64()
	return i
}

// send asks and returns an error if no answer came.
func (c *client) send(method, path string, ty int, content string) (answer, error) {
	req, err := http.NewRequest(method, c.url+"/"+path, strings.NewReader(content))
	if err != nil {
		return answer{}, err
	}
	req.Header.Set("X-M2M-Origin", c.originator)
	req.Header.Set("X-M2M-RI", "1")
	req.Header.Set("X-M2M-RVI", "3")
	if content != "" {
		media := "application/json"
		if ty != 0 {
			media += ";ty=" + strconv.Itoa(ty)
		}
		req.Header.Set("Content-Type", media)
	}
	rsp, err := c.http.Do(req)
	if err != nil {
		return answer{}, err
	}
	defer rsp.Body.Close()
	body, err := io.ReadAll(rsp.Body)
	if err != nil {
		return answer{}, err
	}
	a := answer{content: string(body)}
	a.status, _ = strconv.Atoi(rsp.Header.Get("X-M2M-RSC"))
	var outer map[string]json.RawMessage
	if json.Unmarshal(body, &outer) == nil {
		for _, inner := range outer {
			d := json.NewDecoder(bytes.NewReader(inner))
			d.UseNumber()
			_ = d.Decode(&a.attributes) // stays nil where the content is no resource
		}
	}
	return a, nil
}

// must asks and fails the test if the status is another than expected.
func (c *client) must(t testing.TB, status int, method, path string, ty int, content string) answer {
	t.Helper()
	a, err := c.send(method, path, ty, content)
	if err != nil {
		t.Fatal(err)
	}
	if a.status != status {
		t.Fatalf("%s %s answered %d, not %d: %s", method, path, a.status, status, a.content)
	}
	return a
}

// register makes an AE of that name and returns its client.
func register(t testing.TB, url, name string) *client {
	t.Helper()
	c := newClient(url, "C"+name)
	c.must(t, 2001, "POST", "cse-in", 2, fmt.Sprintf(`{"m2m:ae":{"rn":%q,"api":"Ntest","rr":false,"srv":["3"]}}`, name))
	return c
}

func dataFolder(t testing.TB) string { return filepath.Join(t.TempDir(), "data") }
