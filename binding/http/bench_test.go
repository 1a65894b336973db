package httpbind

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/sigil-m2m/sigil/m2m"
)

var (
	benchBody    = []byte(`{"m2m:cin":{"rn":"cin_x","ty":4,"ri":"cin1234567890","pi":"cnt123","ct":"20260504T030201,000000","lt":"20260504T030201,000000","st":1,"cs":64,"con":"0123456789012345678901234567890123456789012345678901234567890123"}}`)
	benchContent = []byte(`{"m2m:cin":{"con":"0123456789012345678901234567890123456789012345678901234567890123"}}`)
	quiet        = slog.New(slog.DiscardHandler)
)

// fixed answers with the same bytes whatever comes.
func fixed(_ context.Context, req *m2m.Request) *m2m.Response {
	rsp := m2m.NewResponse(req, m2m.StatusOK)
	rsp.Content = m2m.Content{Data: benchBody}
	return rsp
}

// bareGin is the floor: gin that reads the body and writes the same bytes
// with as many header fields, and knows nothing of oneM2M.
func bareGin() http.Handler {
	gin.SetMode(gin.ReleaseMode)
	e := gin.New()
	e.NoRoute(func(c *gin.Context) {
		if c.Request.ContentLength > 0 {
			if _, err := io.ReadFull(c.Request.Body, make([]byte, c.Request.ContentLength)); err != nil {
				panic(err)
			}
		}
		h := c.Writer.Header()
		h["X-M2M-RSC"] = []string{"2000"}
		h["X-M2M-RI"] = []string{c.GetHeader("X-M2M-RI")}
		h["X-M2M-RVI"] = []string{"3"}
		c.Data(200, "application/json", benchBody)
	})
	return e
}

var benchRequests = map[string]string{
	"retrieve": "GET /cse-in/ae/cnt/la HTTP/1.1\r\nHost: 127.0.0.1:8080\r\nX-M2M-Origin: Cae\r\nX-M2M-RI: 0123456789\r\nX-M2M-RVI: 3\r\nAccept: application/json\r\n\r\n",
	"create": "POST /cse-in/ae/cnt HTTP/1.1\r\nHost: 127.0.0.1:8080\r\nX-M2M-Origin: Cae\r\nX-M2M-RI: 0123456789\r\nX-M2M-RVI: 3\r\nAccept: application/json\r\n" +
		"Content-Type: application/json;ty=4\r\nContent-Length: " + strconv.Itoa(len(benchContent)) + "\r\n\r\n" + string(benchContent),
}

// BenchmarkLoopback compares the server with the floor over 32 connections
// that are kept alive. The client writes bytes and looks for the end of the
// answer, so that it takes little of the machine.
func BenchmarkLoopback(b *testing.B) {
	for name, request := range benchRequests {
		b.Run(name+"/sigil", func(b *testing.B) {
			_, addr := start(b, Config{Logger: quiet}, fixed)
			benchmarkLoopback(b, addr, request)
		})
		b.Run(name+"/gin", func(b *testing.B) {
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				b.Fatal(err)
			}
			server := &http.Server{Handler: bareGin()}
			go server.Serve(l)
			defer server.Close()
			benchmarkLoopback(b, l.Addr().String(), request)
		})
	}
}

func benchmarkLoopback(b *testing.B, addr, request string) {
	const connections = 32
	var left atomic.Int64
	left.Store(int64(b.N))
	var wg sync.WaitGroup
	b.ResetTimer()
	for range connections {
		wg.Go(func() {
			c, err := net.Dial("tcp", addr)
			if err != nil {
				b.Error(err)
				return
			}
			defer c.Close()
			r := bufio.NewReader(c)
			for left.Add(-1) >= 0 {
				if _, err := io.WriteString(c, request); err != nil {
					b.Error(err)
					return
				}
				if err := skipResponse(r); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "req/s")
}

// skipResponse reads a 200 whose body is benchBody.
func skipResponse(r *bufio.Reader) error {
	for first := true; ; first = false {
		line, err := r.ReadSlice('\n')
		if err != nil {
			return err
		}
		if first && !bytes.HasPrefix(line, []byte("HTTP/1.1 200")) {
			return fmt.Errorf("%q", line)
		}
		if len(line) == 2 {
			_, err := r.Discard(len(benchBody))
			return err
		}
	}
}

// BenchmarkHandler is the same without a network.
func BenchmarkHandler(b *testing.B) {
	for name, request := range benchRequests {
		b.Run(name+"/sigil", func(b *testing.B) { benchmarkHandler(b, New(Config{Logger: quiet}, m2m.HandlerFunc(fixed)), request) })
		b.Run(name+"/gin", func(b *testing.B) { benchmarkHandler(b, bareGin(), request) })
	}
}

func benchmarkHandler(b *testing.B, h http.Handler, request string) {
	r, err := http.ReadRequest(bufio.NewReader(bytes.NewReader([]byte(request))))
	if err != nil {
		b.Fatal(err)
	}
	r.RemoteAddr = "127.0.0.1:1234"
	content, err := io.ReadAll(r.Body)
	if err != nil {
		b.Fatal(err)
	}
	body := bytes.NewReader(content)
	w := httptest.NewRecorder()
	b.ReportAllocs()
	for b.Loop() {
		body.Reset(content)
		r.Body = io.NopCloser(body)
		clear(w.Header())
		w.Body.Reset()
		h.ServeHTTP(w, r)
	}
	if w.Code != 200 {
		b.Fatal(w.Code, w.Body)
	}
}
