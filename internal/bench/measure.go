package main

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"time"
)

// A side is a server that answers one request, and what was measured of it.
type side struct {
	name    string
	child   *child
	request []byte
	status  int

	load      *load
	rates     []float64 // requests a second, by round
	mallocs   uint64
	bytes     uint64
	cpu       time.Duration
	latencies []time.Duration // of all rounds
}

// A comparison is a row of the table: two sides of those measured together.
type comparison struct {
	what        string
	ours, floor int
}

// measure loads the sides in turn, round by round, and returns a row for each
// comparison. Since the sides of a round follow each other closely, what else
// the machine does hits both sides of a ratio.
func (b *bench) measure(key string, sides []*side, compare []comparison) error {
	for _, s := range sides {
		var err error
		if s.load, err = newLoad(s.child.addr, s.request, s.status, b.conns); err != nil {
			return err
		}
		defer s.load.close()
		if _, _, err := s.load.run(b.duration / 2); err != nil { // to warm up
			return fmt.Errorf("%s: %s: %w", key, s.name, err)
		}
	}
	for _, s := range sides {
		if err := b.beginProfile(key, s); err != nil {
			return err
		}
	}
	for round := range b.rounds {
		for i := range sides {
			s := sides[i]
			if round%2 == 1 { // nobody is always the first
				s = sides[len(sides)-1-i]
			}
			if err := s.measureRound(b.duration); err != nil {
				return fmt.Errorf("%s: %s: %w", key, s.name, err)
			}
		}
	}
	for _, s := range sides {
		if err := b.endProfile(key, s); err != nil {
			return err
		}
	}
	for _, c := range compare {
		b.add(newRow(key, c.what, sides[c.ours], sides[c.floor]))
	}
	return nil
}

func (s *side) measureRound(d time.Duration) error {
	before, err := s.child.tell(command{Memory: "now"})
	if err != nil {
		return err
	}
	elapsed, latencies, err := s.load.run(d)
	if err != nil {
		return err
	}
	after, err := s.child.tell(command{Memory: "now"})
	if err != nil {
		return err
	}
	s.rates = append(s.rates, float64(len(latencies))/elapsed.Seconds())
	s.mallocs += after.Memory.Mallocs - before.Memory.Mallocs
	s.bytes += after.Memory.TotalAlloc - before.Memory.TotalAlloc
	s.cpu += after.Memory.CPU - before.Memory.CPU
	s.latencies = append(s.latencies, latencies...)
	return nil
}

func (b *bench) profileName(prefix, key string, s *side) string {
	return prefix + key + "-" + strings.ReplaceAll(s.name, " ", "-")
}

func (b *bench) beginProfile(key string, s *side) error {
	var err error
	if b.cpuProfile != "" {
		_, err = s.child.tell(command{Profile: b.profileName(b.cpuProfile, key, s) + ".cpu"})
	}
	if err == nil && b.allocProfile != "" {
		_, err = s.child.tell(command{Allocs: b.profileName(b.allocProfile, key, s) + ".allocs-before"})
	}
	return err
}

func (b *bench) endProfile(key string, s *side) error {
	var err error
	if b.cpuProfile != "" {
		_, err = s.child.tell(command{Done: true})
	}
	if err == nil && b.allocProfile != "" {
		_, err = s.child.tell(command{Allocs: b.profileName(b.allocProfile, key, s) + ".allocs"})
	}
	return err
}

// floorOf starts a floor that answers a request as ours answered it, with a
// database of the file system of ours if the request is a Create.
func (b *bench) floorOf(s *side, data string) (*side, error) {
	a, err := once(s.child.addr, s.request, s.status)
	if err != nil {
		return nil, err
	}
	spec := &floorSpec{Status: a.status, Body: bytes.Clone(a.body)}
	first, _, _ := bytes.Cut(s.request, []byte("\r\n"))
	words := strings.Fields(string(first))
	spec.Method, spec.Path = words[0], words[1]
	spec.Path, _, _ = strings.Cut(spec.Path, "?")
	for _, line := range strings.Split(strings.TrimSpace(string(a.header)), "\r\n") {
		name, value, _ := strings.Cut(line, ": ")
		if name != "Date" { // net/http adds it on both sides
			spec.Header = append(spec.Header, [2]string{name, value})
		}
	}
	if data != "" {
		spec.Data = data
		spec.Record = len(a.body) - len(`{"m2m:cin":{}}`) // what is stored is the attributes
	}
	c, err := b.start(command{Floor: spec})
	if err != nil {
		return nil, err
	}
	return &side{name: "floor", child: c, request: s.request, status: s.status}, nil
}

// A row is a line of the table.
type row struct {
	Path  string  // key, as -only takes it
	What  string  // what is measured, and beside what if not the floor
	Ratio float64 // of the rates: median of the rounds' ratios
	Least float64 // of a round
	Most  float64
	Ours  figures
	Floor figures
}

// figures are what was measured of one side.
type figures struct {
	Rate     float64 // answers a second, median of the rounds
	CPU      float64 // of the server, µs a request
	Allocs   float64 // of the server, a request
	Bytes    float64 // allocated by the server, a request
	P50, P99 float64 // latency over all rounds, ms
}

func newRow(key, what string, ours, floor *side) row {
	var ratios []float64
	for i := range ours.rates {
		ratios = append(ratios, ours.rates[i]/floor.rates[i])
	}
	return row{
		Path: key, What: what,
		Ratio: median(ratios), Least: slices.Min(ratios), Most: slices.Max(ratios),
		Ours: ours.figures(), Floor: floor.figures(),
	}
}

func (s *side) figures() figures {
	n := float64(len(s.latencies))
	slices.Sort(s.latencies)
	return figures{
		Rate: median(s.rates),
		CPU:  float64(s.cpu.Microseconds()) / n, Allocs: float64(s.mallocs) / n, Bytes: float64(s.bytes) / n,
		P50: ms(quantile(s.latencies, 0.5)), P99: ms(quantile(s.latencies, 0.99)),
	}
}

// median returns the middle of values, which is the lower of two.
func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	return sorted[(len(sorted)-1)/2]
}

// quantile returns the latency that a share q of the sorted ones is below.
func quantile(sorted []time.Duration, q float64) time.Duration {
	return sorted[min(int(q*float64(len(sorted))), len(sorted)-1)]
}
