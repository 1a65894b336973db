// Package encoding turns primitives and their content into bytes and back.
// It stands between a binding, which has bytes, and the parts that work with
// m2m.Request, m2m.Response and m2m.Object. The serialization is JSON as
// TS-0004 8.4 has it.
//
// It refuses what is no strict JSON: RFC 8259 with UTF-8, no member name
// twice in an object at any depth, nothing after the value, and the [Limits].
// Which attributes a resource has, and of what type, is not its business: the
// hosting CSE decides that by m2m/schema. The parameters of a primitive are:
// their names and types are checked here (TS-0004 6.4.1 and 6.4.2), their
// presence by m2m.Request.Check.
//
// Every error is an *m2m.Error of status BAD_REQUEST whose Detail names the
// place, with a byte offset where the syntax is at fault.
//
// What is decoded shares memory with the bytes that were given wherever these
// are compact already. Nobody may change them afterwards.
//
// All functions are safe for concurrent use.
package encoding
