package conformance

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/sigil-m2m/sigil/m2m"
)

// mostNotification bounds the body of a notification, in bytes.
const mostNotification = 4 << 20

// targets is an HTTP server that plays every notification target. A target
// answers 2000 unless a step says otherwise, verification requests too.
type targets struct {
	listen, reach string

	mu     sync.Mutex // guards what follows
	server *http.Server
	base   string // URL under which the CSE reaches the server
	boxes  map[string]*box
}

// A box is what one target received and what it answers.
type box struct {
	notes  []any // request primitives, in the order in which they came
	status m2m.StatusCode
}

// add makes a target of that name and returns its URL. The server starts with
// the first.
func (t *targets) add(name string) (string, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.server == nil {
		l, err := net.Listen("tcp", t.listen)
		if err != nil {
			return "", err
		}
		host, port, err := net.SplitHostPort(l.Addr().String())
		if err != nil {
			return "", err
		}
		if t.reach != "" {
			host = t.reach
		}
		t.base = "http://" + net.JoinHostPort(host, port) + "/"
		t.boxes = map[string]*box{}
		t.server = &http.Server{Handler: t, ReadHeaderTimeout: 10 * time.Second}
		go t.server.Serve(l)
	}
	t.boxes[name] = &box{status: m2m.StatusOK}
	return t.base + name, nil
}

// close ends the server.
func (t *targets) close() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.server != nil {
		t.server.Close()
	}
}

// answer sets what a target answers from now on.
func (t *targets) answer(name string, status m2m.StatusCode) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.boxes[name] == nil {
		return fmt.Errorf("no target %s", name)
	}
	t.boxes[name].status = status
	return nil
}

// ServeHTTP takes a notification in. TS-0009 6.
func (t *targets) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, mostNotification))
	if err != nil {
		return
	}
	note := map[string]any{"to": r.URL.Path}
	if r.Method == http.MethodPost {
		note["op"] = int(m2m.Notify)
	}
	for member, name := range map[string]string{"fr": "X-M2M-Origin", "rqi": "X-M2M-RI", "rvi": "X-M2M-RVI"} {
		if s := r.Header.Get(name); s != "" {
			note[member] = s
		}
	}
	if pc, err := decode(body); err == nil {
		note["pc"] = pc
	} else {
		note["pc"] = string(body)
	}
	status := m2m.StatusNotFound
	t.mu.Lock()
	if b := t.boxes[boxOf(r.URL.Path)]; b != nil {
		b.notes = append(b.notes, note)
		status = b.status
	}
	t.mu.Unlock()
	w.Header()["X-M2M-RSC"] = []string{strconv.Itoa(int(status))}
	for _, name := range []string{"X-M2M-RI", "X-M2M-RVI"} {
		if s := r.Header.Get(name); s != "" {
			w.Header()[name] = []string{s}
		}
	}
	w.WriteHeader(status.HTTP())
}

// boxOf returns the name of the target that a path is for. What follows the
// name is the To parameter, which a CSE appends to a point of access.
func boxOf(path string) string {
	parts := strings.SplitN(strings.TrimPrefix(path, "/"), "/", 3)
	return strings.Join(parts[:min(2, len(parts))], "/")
}

// take removes and returns the first notification that ok accepts.
func (t *targets) take(name string, ok func(any) bool) (note any, all []any, found bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	b := t.boxes[name]
	if b == nil {
		return nil, nil, false
	}
	for i, n := range b.notes {
		if ok(n) {
			b.notes = append(b.notes[:i:i], b.notes[i+1:]...)
			return n, b.notes, true
		}
	}
	return nil, append([]any(nil), b.notes...), false
}

// notified waits for a notification that matches, and takes it; or sees that
// none comes.
func (p *play) notified(ctx context.Context, n *Notified) error {
	within := time.Duration(n.Within)
	if within == 0 {
		within = 5 * time.Second
	}
	c := p.comparison()
	end := time.Now().Add(within)
	for {
		var last error
		note, all, found := p.run.targets.take(p.name+"/"+n.At, func(v any) bool {
			last = c.match(&n.Expect, v, "")
			return last == nil
		})
		switch {
		case found && n.Never:
			return fmt.Errorf("%s was notified and must not be\n    received %s", n.At, brief(note))
		case found:
			return nil
		case !time.Now().Before(end) && n.Never:
			return nil
		case !time.Now().Before(end):
			if last == nil {
				last = errors.New("nothing came")
			}
			return fmt.Errorf("%s was not notified within %v: %w\n    received %s", n.At, within, last, brief(all))
		}
		if err := sleep(ctx, pollInterval/5); err != nil {
			return err
		}
	}
}
