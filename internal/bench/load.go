package main

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"strconv"
	"sync"
	"time"
)

// A client is one keep-alive connection that sends the same request again and
// again. It knows of HTTP what it takes to find the end of an answer, so that
// the generator takes as little as it can of the processors that the servers
// are measured on.
type client struct {
	conn    net.Conn
	request []byte
	buf     []byte // the answer read last
}

func dial(addr string, request []byte) (*client, error) {
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		return nil, err
	}
	return &client{conn: conn, request: request, buf: make([]byte, 32<<10)}, nil
}

// exchange sends the request and reads one answer.
func (c *client) exchange() (answer, error) {
	if _, err := c.conn.Write(c.request); err != nil {
		return answer{}, err
	}
	for n := 0; ; {
		if n == len(c.buf) {
			c.buf = append(c.buf, make([]byte, len(c.buf))...)
		}
		m, err := c.conn.Read(c.buf[n:])
		if err != nil {
			return answer{}, err
		}
		n += m
		if a, whole, err := parseAnswer(c.buf[:n]); whole || err != nil {
			return a, err
		}
	}
}

// An answer is a part of the client's buffer.
type answer struct {
	status int
	header []byte // without the status line and the empty line
	body   []byte
}

var (
	endOfHeader   = []byte("\r\n\r\n")
	contentLength = []byte("\r\nContent-Length: ")
)

// parseAnswer reads the answer in b, and reports whether it is there as a
// whole. The servers that are measured all say how long their answers are.
func parseAnswer(b []byte) (a answer, whole bool, err error) {
	end := bytes.Index(b, endOfHeader)
	if end < 0 {
		return a, false, nil
	}
	head := b[:end+2]
	first := bytes.IndexByte(head, '\r')
	if first < len("HTTP/1.1 200") {
		return a, false, fmt.Errorf("no status line: %q", head)
	}
	if a.status, err = strconv.Atoi(string(head[9:12])); err != nil {
		return a, false, fmt.Errorf("no status: %q", head[:first])
	}
	at := bytes.Index(head, contentLength)
	if at < 0 {
		return a, false, fmt.Errorf("an answer without Content-Length: %q", head)
	}
	digits := head[at+len(contentLength):]
	length, err := strconv.Atoi(string(digits[:bytes.IndexByte(digits, '\r')]))
	if err != nil {
		return a, false, err
	}
	a.header, a.body = head[min(first+2, len(head)):], b[end+len(endOfHeader):]
	if len(a.body) > length {
		return a, false, errors.New("more came than was asked for")
	}
	return a, len(a.body) == length, nil
}

// patience is how long a server may let a request wait before the run fails.
const patience = time.Minute

// A load is a number of clients with one server.
type load struct {
	clients []*client
	status  int // of every answer
}

func newLoad(addr string, request []byte, status, conns int) (*load, error) {
	l := &load{status: status}
	for range conns {
		c, err := dial(addr, request)
		if err != nil {
			l.close()
			return nil, err
		}
		l.clients = append(l.clients, c)
	}
	return l, nil
}

func (l *load) close() {
	for _, c := range l.clients {
		c.conn.Close()
	}
}

// run lets all clients send for a while, each one request at a time, and
// returns how long that took in all and how long each request took. An answer
// with another status than expected is an error: failures are often fast.
func (l *load) run(d time.Duration) (elapsed time.Duration, latencies []time.Duration, err error) {
	each := make([][]time.Duration, len(l.clients))
	errs := make([]error, len(l.clients))
	begin := time.Now()
	var all sync.WaitGroup
	for i, c := range l.clients {
		all.Go(func() {
			if errs[i] = c.conn.SetDeadline(begin.Add(d + patience)); errs[i] != nil {
				return
			}
			took := make([]time.Duration, 0, 1<<14)
			for at := begin; at.Sub(begin) < d; {
				a, err := c.exchange()
				if err == nil && a.status != l.status {
					err = fmt.Errorf("status %d, want %d: %s", a.status, l.status, a.body)
				}
				if err != nil {
					errs[i] = err
					return
				}
				now := time.Now()
				took = append(took, now.Sub(at))
				at = now
			}
			each[i] = took
		})
	}
	all.Wait()
	elapsed = time.Since(begin)
	for _, took := range each {
		latencies = append(latencies, took...)
	}
	for _, err := range errs {
		if err != nil { // what ended one has most often ended all
			return elapsed, latencies, err
		}
	}
	return elapsed, latencies, nil
}

// once sends one request over a connection of its own.
func once(addr string, request []byte, status int) (answer, error) {
	c, err := dial(addr, request)
	if err != nil {
		return answer{}, err
	}
	defer c.conn.Close()
	if err := c.conn.SetDeadline(time.Now().Add(patience)); err != nil {
		return answer{}, err
	}
	a, err := c.exchange()
	if err == nil && a.status != status {
		err = fmt.Errorf("status %d, want %d: %s", a.status, status, a.body)
	}
	return a, err
}

// request returns the bytes of a request to the CSE, with the header fields
// that an AE sends. A Create has a body, a Retrieve has none.
func request(method, target, body string, ty int) []byte {
	b := fmt.Appendf(nil, "%s %s HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: application/json\r\n"+
		"X-M2M-Origin: %s\r\nX-M2M-RI: 0123456789\r\nX-M2M-RVI: 3\r\n", method, target, originator)
	if body != "" {
		b = fmt.Appendf(b, "Content-Type: application/json;ty=%d\r\nContent-Length: %d\r\n", ty, len(body))
	}
	return append(append(b, "\r\n"...), body...)
}
