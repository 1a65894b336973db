package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"runtime/pprof"
	"strconv"
	"strings"
	"time"
)

// childArgument makes a process of this program a server, which takes commands
// as JSON on its standard input, answers each on its standard output and ends
// with its input.
const childArgument = "child"

// A command tells a child what to do. Exactly one field is set.
type command struct {
	CSE     string     `json:",omitempty"` // run a CSE on this data folder
	Floor   *floorSpec `json:",omitempty"` // run a floor
	Fill    *fillSpec  `json:",omitempty"` // create containers and instances in the CSE
	Memory  string     `json:",omitempty"` // "now", or "collected" for after a collection
	Profile string     `json:",omitempty"` // begin to write a CPU profile to this file
	Allocs  string     `json:",omitempty"` // write a profile of all allocations to this file
	Done    bool       `json:",omitempty"` // end the CPU profile
}

// A reply answers a command.
type reply struct {
	Error  string        `json:",omitempty"`
	Addr   string        `json:",omitempty"` // where a server listens
	Took   time.Duration // what the command took inside the child
	Memory memory
}

// memory is what a process has used, in bytes but for Mallocs.
type memory struct {
	Mallocs    uint64        // allocations since the start
	TotalAlloc uint64        // bytes allocated since the start
	Heap       uint64        // in use
	RSS        uint64        // resident, mapped files included; 0 where the system does not say
	Anonymous  uint64        // resident, without mapped files
	CPU        time.Duration // processor time since the start; 0 where the system does not say
}

// A child is a server in a process of its own.
type child struct {
	cmd     *exec.Cmd
	in      io.WriteCloser
	out     *json.Decoder
	addr    string
	startup time.Duration
}

// startChild starts a server and returns once it listens.
func startChild(serve command) (*child, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	c := &child{cmd: exec.Command(self, childArgument)}
	c.cmd.Stderr = os.Stderr
	if c.in, err = c.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := c.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	c.out = json.NewDecoder(out)
	if err := c.cmd.Start(); err != nil {
		return nil, err
	}
	r, err := c.tell(serve)
	if err != nil {
		c.stop()
		return nil, err
	}
	c.addr, c.startup = r.Addr, r.Took
	return c, nil
}

// tell has the child carry out a command.
func (c *child) tell(do command) (reply, error) {
	var r reply
	if err := json.NewEncoder(c.in).Encode(do); err != nil {
		return r, err
	}
	if err := c.out.Decode(&r); err != nil {
		return r, fmt.Errorf("a server has ended: %w", err)
	}
	if r.Error != "" {
		return r, errors.New(r.Error)
	}
	return r, nil
}

// stop ends the child's input and waits for it to end.
func (c *child) stop() error {
	c.in.Close()
	return c.cmd.Wait()
}

// A server is what a child runs.
type server interface {
	addr() string
	close() error
}

// serveChild is the main function of a child.
func serveChild(in io.Reader, out io.Writer) error {
	var s server
	defer func() {
		if s != nil {
			s.close()
		}
	}()
	commands, replies := json.NewDecoder(in), json.NewEncoder(out)
	for {
		var do command
		if err := commands.Decode(&do); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		var r reply
		begin := time.Now()
		if err := do.carryOut(&s, &r); err != nil {
			r.Error = err.Error()
		}
		r.Took = time.Since(begin)
		if err := replies.Encode(r); err != nil {
			return err
		}
	}
}

func (do *command) carryOut(s *server, r *reply) (err error) {
	switch {
	case do.CSE != "":
		if *s, err = startCSE(do.CSE); err == nil {
			r.Addr = (*s).addr()
		}
	case do.Floor != nil:
		if *s, err = startFloor(do.Floor); err == nil {
			r.Addr = (*s).addr()
		}
	case do.Fill != nil:
		c, ok := (*s).(*cseServer)
		if !ok {
			return errors.New("only a CSE is filled")
		}
		return c.fill(context.Background(), do.Fill)
	case do.Memory != "":
		if do.Memory == "collected" {
			runtime.GC()
			runtime.GC() // what the first one's sweep left
		}
		r.Memory = readMemory()
	case do.Profile != "":
		f, err := os.Create(do.Profile)
		if err != nil {
			return err
		}
		return pprof.StartCPUProfile(f) // which writes the file at its end
	case do.Allocs != "":
		f, err := os.Create(do.Allocs)
		if err != nil {
			return err
		}
		defer f.Close()
		return pprof.Lookup("allocs").WriteTo(f, 0)
	case do.Done:
		pprof.StopCPUProfile()
	default:
		return errors.New("an empty command")
	}
	return err
}

func readMemory() memory {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return memory{
		Mallocs: m.Mallocs, TotalAlloc: m.TotalAlloc, Heap: m.HeapAlloc,
		RSS: resident("VmRSS:"), Anonymous: resident("RssAnon:"), CPU: processorTime(),
	}
}

// processorTime returns what Linux says that all threads of this process have
// run, the system's share included. proc(5): fields 14 and 15 of stat, in
// hundredths of a second.
func processorTime() time.Duration {
	text, err := os.ReadFile("/proc/self/stat")
	if err != nil {
		return 0
	}
	// The name, field 2, is in parentheses and may have spaces.
	fields := strings.Fields(string(text[bytes.LastIndexByte(text, ')')+1:]))
	if len(fields) < 13 {
		return 0
	}
	user, err1 := strconv.Atoi(fields[11])
	system, err2 := strconv.Atoi(fields[12])
	if err1 != nil || err2 != nil {
		return 0
	}
	return time.Duration(user+system) * 10 * time.Millisecond
}

// resident returns a line of Linux's account of this process in bytes.
func resident(line string) uint64 {
	text, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(text), line)
	kib, _, _ := strings.Cut(strings.TrimSpace(rest), " ")
	n, err := strconv.ParseUint(kib, 10, 64)
	if err != nil {
		return 0
	}
	return n << 10
}
