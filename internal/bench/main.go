// Command bench measures the hot paths of the CSE end to end, each beside its
// floor, and prints one table. `make bench` runs it.
//
// A floor is the least that a server of the same make can do for the same
// answer: gin with one route, whose handler writes the bytes and header fields
// that the CSE answered. The floor of a Create first decodes the body with
// encoding/json and stores as many bytes as the CSE keeps for the instance
// with bbolt, as durably, one commit for all requests that wait.
//
// The CSE is the real one: internal/node with the default configuration over
// store/bolt. It and its floor are processes of their own, started from this
// program's executable; this process is the load alone: a number of keep-alive
// connections, one request under way on each (a closed loop). They share the
// machine, so that rates depend on it, and so does what the load takes; the
// ratio of the two is what to look at. The sides of a ratio are measured in
// turn, round by round, and the ratio is the median of the rounds' ratios.
//
// Allocations are those of the server's whole process, by runtime.MemStats
// around each round, divided by the answers in it: net/http's are in there on
// both sides. Processor time is the server's
// process's too, on Linux. Latencies are the client's, over all rounds.
package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"
)

func main() {
	if len(os.Args) == 2 && os.Args[1] == childArgument {
		if err := serveChild(os.Stdin, os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, "bench:", err)
			os.Exit(1)
		}
		return
	}
	// An interrupt ends the servers, which are in the terminal's foreground too;
	// without them the run fails, and clears away what it made.
	signal.Notify(make(chan os.Signal, 1), os.Interrupt)
	if err := run(os.Args[1:], os.Stdout, os.Stderr); err != nil {
		if !errors.Is(err, flag.ErrHelp) {
			fmt.Fprintln(os.Stderr, "bench:", err)
		}
		os.Exit(1)
	}
}

// A bench is one run of the program.
type bench struct {
	conns        int
	rounds       int
	duration     time.Duration
	only         []string
	all          bool
	cpuProfile   string
	allocProfile string

	dir      string // temporary
	progress io.Writer
	children []*child
	rows     []row
	notes    []note
}

// A note is a result that is no ratio of two rates.
type note struct{ Path, Text string }

func run(args []string, out, progress io.Writer) (err error) {
	b := &bench{progress: progress}
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.SetOutput(progress)
	flags.IntVar(&b.conns, "conns", 32, "connections")
	flags.IntVar(&b.rounds, "rounds", 9, "rounds, in each of which every side is loaded once")
	flags.DurationVar(&b.duration, "duration", 800*time.Millisecond, "how long a side is loaded in a round")
	flags.BoolVar(&b.all, "all", false, "measure the paths that take minutes as well")
	only := flags.String("only", "", "paths to measure, separated by commas: "+strings.Join(paths(true), ", "))
	asJSON := flags.Bool("json", false, "write JSON instead of a table")
	dir := flags.String("dir", os.TempDir(), "folder for databases, on a disk whose commits are to be measured")
	flags.StringVar(&b.cpuProfile, "cpuprofile", "", "write CPU profiles of the servers to files whose names begin so")
	flags.StringVar(&b.allocProfile, "allocprofile", "", "write allocation profiles of the servers, before and after, to files whose names begin so")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 || b.conns < 1 || b.rounds < 1 || b.duration <= 0 {
		return errors.New("connections, rounds and duration are positive, and there are no arguments")
	}
	if *only != "" {
		b.only = strings.Split(*only, ",")
		for _, key := range b.only {
			if !slices.Contains(paths(true), key) {
				return fmt.Errorf("no path %q; there are %s", key, strings.Join(paths(true), ", "))
			}
		}
	}
	if b.dir, err = os.MkdirTemp(*dir, "sigil-bench-"); err != nil {
		return err
	}
	defer func() {
		for len(b.children) > 0 {
			err = errors.Join(err, b.stop(b.children[0]))
		}
		err = errors.Join(err, os.RemoveAll(b.dir))
	}()
	for _, p := range parts() {
		if !slices.ContainsFunc(p.paths, b.wanted) {
			continue
		}
		if err := p.run(b); err != nil {
			return err
		}
	}
	if *asJSON {
		e := json.NewEncoder(out)
		e.SetIndent("", "  ")
		return e.Encode(struct {
			Machine string
			Rows    []row
			Notes   []note
		}{b.machine(), b.rows, b.notes})
	}
	return writeTable(out, b.machine(), b.rows, b.notes)
}

// paths returns the keys of all paths, or of the quick ones.
func paths(all bool) []string {
	var keys []string
	for _, p := range parts() {
		if all || !p.all {
			keys = append(keys, p.paths...)
		}
	}
	return keys
}

// wanted reports whether a path is to be measured.
func (b *bench) wanted(key string) bool {
	if b.only != nil {
		return slices.Contains(b.only, key)
	}
	return slices.Contains(paths(b.all), key)
}

// folder makes a folder for a database.
func (b *bench) folder() (string, error) { return os.MkdirTemp(b.dir, "") }

// start starts a server that the end of the run stops, if nobody does before.
func (b *bench) start(serve command) (*child, error) {
	c, err := startChild(serve)
	if err == nil {
		b.children = append(b.children, c)
	}
	return c, err
}

// startCSE starts a CSE and fills it.
func (b *bench) startCSE(data string, fills ...*fillSpec) (*child, error) {
	c, err := b.start(command{CSE: data})
	if err != nil {
		return nil, err
	}
	for _, f := range fills {
		if _, err := c.tell(command{Fill: f}); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// stop stops a server that runs.
func (b *bench) stop(c *child) error {
	at := slices.Index(b.children, c)
	if at < 0 {
		return nil
	}
	b.children = slices.Delete(b.children, at, at+1)
	return c.stop()
}

// say tells what takes long.
func (b *bench) say(format string, args ...any) { fmt.Fprintf(b.progress, format+"\n", args...) }

func (b *bench) add(r row) {
	b.rows = append(b.rows, r)
	b.say("%s: %.0f/s, %.0f%%", r.What, r.Ours.Rate, 100*r.Ratio)
}

func (b *bench) note(path, format string, args ...any) {
	b.notes = append(b.notes, note{path, fmt.Sprintf(format, args...)})
	b.say(format, args...)
}

func (b *bench) machine() string {
	return fmt.Sprintf("%s/%s, %d processors, %s; %d connections, %d rounds of %v; databases in %s",
		runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), runtime.Version(), b.conns, b.rounds, b.duration, filepath.Dir(b.dir))
}

func fileSize(path string) (int64, error) {
	info, err := os.Stat(path)
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}
