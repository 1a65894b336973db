// Package m2m is the vocabulary of oneM2M: request and response primitives,
// operations, resource types, response status codes, identifiers, times and
// the one error type that every other package of Sigil speaks.
//
// It imports only the standard library and nothing of Sigil, so that an AE, a
// CSE, a binding and the end-to-end security layers can share it. Two seams
// hold the system together, as http.Handler holds the Go web together:
// [Handler] answers a request primitive, [Sender] delivers one to a point of
// access.
//
// Names in Go are the standard's long names; the short names that travel on
// the wire (TS-0004 8.2) appear in the tables of this package and of
// m2m/schema only.
package m2m
