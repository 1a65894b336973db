// Package conformance is a functional test suite for oneM2M CSEs and the
// engine that runs it. It judges any CSE that it can reach, this one or
// another, by what the standard says alone.
//
// A test purpose is a few steps of a scenario file (testdata/*.yaml), named in
// the style of TS-0018 and citing the clause that it tests. The engine plays
// the AEs and the notification targets, gives every purpose a subtree and
// names of its own, so that runs repeat and run in parallel, and deletes what
// it created, whatever the outcome. A purpose passes, fails, or is skipped
// because the CSE says that it does not support what the purpose needs.
//
// The flow: [Load] reads and checks the files, [Run] asks the CSE what it
// supports and runs the purposes, a [Reporter] hears each [Result], and
// [WriteJUnit] writes the [Summary] for a machine. docs/conformance.md tells
// how to write a purpose.
package conformance
