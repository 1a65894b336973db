package node

import (
	"os"
	"runtime/debug"
)

// gcPercent lets the heap grow to four times what is live before it is
// collected. A CSE keeps little in memory, some ten megabytes, and makes much
// that lives as long as a request: with Go's own 100 percent a fifth of a
// retrieve's time goes to the collector.
const gcPercent = 300

// TuneRuntime sets what a process that serves a CSE and does nothing else
// wants of Go's run time. The environment's GOGC has the last word.
func TuneRuntime() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
}
