// Package httpbind serves oneM2M over HTTP: it turns requests into primitives,
// calls an m2m.Handler and writes what it answers. TS-0009.
//
// The mapping itself is in binding/http/wire; here are the connections and
// what protects them: limits, time-outs, TLS, CORS, and an orderly shutdown.
// The server speaks HTTP/1.1, and HTTP/2 with TLS or without it. It is built
// on gin, of which nothing shows outside. The package is named httpbind so
// that no file needs another name for net/http.
package httpbind
