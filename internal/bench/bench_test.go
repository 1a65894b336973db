package main

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestMain lets the test binary be the servers that the benchmark starts.
func TestMain(m *testing.M) {
	if len(os.Args) == 2 && os.Args[1] == childArgument {
		if err := serveChild(os.Stdin, os.Stdout); err != nil {
			io.WriteString(os.Stderr, err.Error())
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

func TestAnswersEndWhereTheySay(t *testing.T) {
	const whole = "HTTP/1.1 201 Created\r\nX-M2M-RSC: 2001\r\nContent-Length: 5\r\n\r\nhello"
	for n := range len(whole) {
		if _, done, err := parseAnswer([]byte(whole[:n])); done || err != nil {
			t.Errorf("after %d bytes: done %v, error %v", n, done, err)
		}
	}
	a, done, err := parseAnswer([]byte(whole))
	if !done || err != nil || a.status != 201 || string(a.body) != "hello" {
		t.Errorf("status %d, body %q, done %v, error %v", a.status, a.body, done, err)
	}
	if got, want := string(a.header), "X-M2M-RSC: 2001\r\nContent-Length: 5\r\n"; got != want {
		t.Errorf("header %q, want %q", got, want)
	}
}

func TestAnswersThatAreNotUnderstoodAreErrors(t *testing.T) {
	for name, text := range map[string]string{
		"no length":           "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
		"a length in letters": "HTTP/1.1 200 OK\r\nContent-Length: five\r\n\r\n",
		"a status in letters": "HTTP/1.1 two OK\r\nContent-Length: 0\r\n\r\n",
		"no status line":      "\r\n\r\n",
		"two answers":         "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\nHTTP/1.1 200 OK\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			if _, _, err := parseAnswer([]byte(text)); err == nil {
				t.Error("no error")
			}
		})
	}
}

func TestRatiosAreOfRounds(t *testing.T) {
	// The machine is half as fast in the second round: the ratio stays.
	ours := &side{rates: []float64{800, 400, 900}, latencies: milliseconds(1, 100), mallocs: 500, bytes: 1000}
	floor := &side{rates: []float64{1000, 500, 1000}, latencies: milliseconds(1, 10), mallocs: 10}
	got := newRow("k", "w", ours, floor)
	want := row{
		Path: "k", What: "w", Ratio: 0.8, Least: 0.8, Most: 0.9,
		Ours:  figures{Rate: 800, Allocs: 5, Bytes: 10, P50: 51, P99: 100},
		Floor: figures{Rate: 1000, Allocs: 1, P50: 6, P99: 10},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func milliseconds(from, to int) (list []time.Duration) {
	for n := to; n >= from; n-- {
		list = append(list, time.Duration(n)*time.Millisecond)
	}
	return list
}

func TestTheTableIsOfAlignedColumns(t *testing.T) {
	var b bytes.Buffer
	rows := []row{{What: "short", Ratio: 0.5}, {What: "a much longer name", Ours: figures{Rate: 123456}}}
	if err := writeTable(&b, "machine", rows, []note{{"k", "noted"}}); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(b.String(), "\n")
	if lines[0] != "machine" || lines[len(lines)-2] != "noted" {
		t.Errorf("the frame is wrong:\n%s", b.String())
	}
	var width int
	for _, line := range lines {
		if !strings.HasPrefix(line, "|") {
			continue
		}
		n := len([]rune(line))
		if width != 0 && n != width {
			t.Errorf("a line of %d characters after one of %d:\n%s", n, width, b.String())
		}
		width = n
	}
	if width == 0 {
		t.Error("no table")
	}
}

func TestRefusesFlagsThatMakeNoSense(t *testing.T) {
	for _, args := range [][]string{{"-only", "nothing"}, {"-conns", "0"}, {"-rounds", "0"}, {"-duration", "0s"}, {"more"}} {
		if err := run(args, io.Discard, io.Discard); err == nil {
			t.Errorf("%v: no error", args)
		}
	}
}

func TestQuickPathsAreThoseWithoutAll(t *testing.T) {
	b := new(bench)
	if b.wanted("million-create") || !b.wanted("create") {
		t.Error("the quick set is wrong")
	}
	b.all = true
	for _, key := range paths(true) {
		if !b.wanted(key) {
			t.Errorf("-all leaves out %s", key)
		}
	}
	b.only = []string{"latest"}
	if b.wanted("create") || !b.wanted("latest") {
		t.Error("-only is not obeyed")
	}
}

// TestMeasuresInstances runs the real servers for moments.
func TestMeasuresInstances(t *testing.T) {
	var out bytes.Buffer
	dir := t.TempDir()
	keys := []string{"retrieve", "latest", "create", "create-mni"}
	err := run([]string{"-json", "-dir", dir, "-conns", "2", "-rounds", "1", "-duration", "20ms",
		"-only", strings.Join(keys, ",")}, &out, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	var result struct{ Rows []row }
	if err := json.Unmarshal(out.Bytes(), &result); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range result.Rows {
		got = append(got, r.Path)
		for name, f := range map[string]figures{"ours": r.Ours, "floor": r.Floor} {
			if f.Rate <= 0 || f.Allocs <= 0 || f.Bytes <= 0 || f.P99 < f.P50 {
				t.Errorf("%s, %s: %+v", r.Path, name, f)
			}
		}
	}
	if !slices.Equal(got, keys) {
		t.Errorf("measured %v, want %v", got, keys)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

func TestFailuresAreNotMeasured(t *testing.T) {
	c, err := startChild(command{Floor: &floorSpec{Method: "GET", Path: "/a", Status: 200, Body: []byte("x")}})
	if err != nil {
		t.Fatal(err)
	}
	defer c.stop()
	l, err := newLoad(c.addr, request("GET", "/b", "", 0), 200, 1)
	if err != nil {
		t.Fatal(err)
	}
	defer l.close()
	if _, _, err := l.run(time.Millisecond); err == nil {
		t.Error("an answer of 404 counts")
	}
}
