// Package wire maps oneM2M primitives onto HTTP messages and back, and sends
// requests to http and https points of access. TS-0009.
//
// It has the four mappings of TS-0009 6.1: [Decoder.Request] and
// [WriteResponse] for the side that serves, [EncodeRequest] and
// [DecodeResponse] for the side that asks; [Sender] is the latter two over a
// pool of connections. The server around the former two is binding/http. An
// AE's SDK imports this package alone, so that it drags in no web framework.
//
// The package knows the syntax of parameters, not their meaning: which
// parameter an operation may have, and what a resource is, the Handler says.
// Everything here may be used concurrently.
package wire
