package node

import (
	"context"
	"io"
	"net"
	"net/http"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/sigil-m2m/sigil/binding/http"
	"github.com/sigil-m2m/sigil/m2m"
	"github.com/sigil-m2m/sigil/store"
)

// metrics serves what an operator watches, at an address of its own:
//
//	/healthz  200 as long as the process answers
//	/readyz   200 while requests are taken and the store can be read, else 503
//	/metrics  Prometheus
type metrics struct {
	registry *prometheus.Registry
	requests *prometheus.CounterVec
	duration *prometheus.HistogramVec
	inFlight prometheus.Gauge
	ready    atomic.Bool
	server   *http.Server
	listener net.Listener
}

func newMetrics(s store.Store) *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "cse_requests_total",
			Help: "Request primitives answered, by operation and response status code.",
		}, []string{"operation", "status"}),
		duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "cse_request_duration_seconds",
			Help:    "Time from a request's arrival until its answer was written, by operation.",
			Buckets: []float64{.0001, .00025, .0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30},
		}, []string{"operation"}),
		inFlight: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "cse_requests_in_flight",
			Help: "Request primitives that are being carried out.",
		}),
	}
	resources := prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "cse_resources",
		Help: "Resources in the store; what was deleted may count for a moment longer. -1 if the store cannot be read.",
	}, func() float64 {
		n, err := count(context.Background(), s)
		if err != nil {
			return -1
		}
		return float64(n)
	})
	m.registry.MustRegister(m.requests, m.duration, m.inFlight, resources,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))

	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "ok\n") })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		if !m.ready.Load() {
			http.Error(w, "not taking requests", http.StatusServiceUnavailable)
			return
		}
		if _, err := count(r.Context(), s); err != nil {
			http.Error(w, "the store cannot be read", http.StatusServiceUnavailable)
			return
		}
		io.WriteString(w, "ok\n")
	})
	mux.Handle("GET /metrics", promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{}))
	m.server = &http.Server{
		Handler:           mux,
		ReadHeaderTimeout: 5 * time.Second,
		WriteTimeout:      time.Minute,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    16 << 10,
	}
	return m
}

// listen serves at an address until shutdown.
func (m *metrics) listen(ctx context.Context, addr string) error {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", addr)
	if err != nil {
		return err
	}
	m.listener = l
	go m.server.Serve(l)
	return nil
}

func (m *metrics) shutdown(ctx context.Context) {
	m.listener.Close() // the server does not know it if it has not begun to serve
	if m.server.Shutdown(ctx) != nil {
		m.server.Close()
	}
}

// counting keeps count of the requests that next is carrying out.
func (m *metrics) counting(next m2m.Handler) m2m.Handler {
	return m2m.HandlerFunc(func(ctx context.Context, req *m2m.Request) *m2m.Response {
		m.inFlight.Inc()
		defer m.inFlight.Dec() // also if next panics
		return next.Handle(ctx, req)
	})
}

// observe takes in what one request and its answer were like.
func (m *metrics) observe(o httpbind.Observation) {
	operation := "none" // what came was no primitive
	if o.Operation.Valid() {
		operation = o.Operation.String()
	}
	m.requests.WithLabelValues(operation, strconv.Itoa(int(o.Status))).Inc()
	m.duration.WithLabelValues(operation).Observe(o.Duration.Seconds())
}

// count returns the number of resources in the store.
func count(ctx context.Context, s store.Store) (n int64, err error) {
	err = s.View(ctx, func(r store.Reader) error {
		n, err = r.Count()
		return err
	})
	return n, err
}
