package main

import (
	"fmt"
	"net/http"
	"path/filepath"
	"slices"
	"time"
)

// The sizes of the trees in which discovery is measured, and of the container
// that is measured beside an empty one.
const (
	smallTree  = 10_000
	largeTree  = 100_000
	containers = 100
	million    = 1_000_000
)

// A part measures some paths, by the keys that -only takes.
type part struct {
	paths []string
	all   bool // of -all alone
	run   func(*bench) error
}

func parts() []part {
	return []part{
		{[]string{"retrieve", "latest", "create", "create-mni"}, false, (*bench).instances},
		{[]string{"discover-type", "discover-label"}, false, (*bench).discovery},
		{[]string{"million-latest", "million-create", "startup"}, true, (*bench).million},
		{[]string{"memory"}, true, (*bench).memory},
	}
}

// instances measures what an AE does to single instances.
func (b *bench) instances() error {
	data, err := b.folder()
	if err != nil {
		return err
	}
	ours, err := b.startCSE(data, &fillSpec{Prefix: "unlimited", Containers: 1}, &fillSpec{Prefix: "limited", Containers: 1, MaxInstances: 1000})
	if err != nil {
		return err
	}
	defer b.stop(ours)
	named := `{"m2m:cin":{"rn":"one",` + instanceContent + `}}`
	if _, err := once(ours.addr, request(http.MethodPost, "/"+root+"/limited", named, 4), http.StatusCreated); err != nil {
		return err
	}
	for _, p := range []struct {
		key, what      string
		method, target string
	}{
		// The named instance must be read before the limit drops it.
		{"retrieve", "retrieve a contentInstance by its address", http.MethodGet, "/limited/one"},
		{"latest", "retrieve the latest contentInstance", http.MethodGet, "/limited/la"},
		{"create", "create a contentInstance, no limit", http.MethodPost, "/unlimited"},
		{"create-mni", "create a contentInstance, mni 1000", http.MethodPost, "/limited"},
	} {
		if !b.wanted(p.key) {
			continue
		}
		s := &side{name: "cse", child: ours, status: http.StatusOK, request: request(p.method, "/"+root+p.target, "", 0)}
		var floorData string
		if p.method == http.MethodPost {
			s.status, s.request = http.StatusCreated, request(p.method, "/"+root+p.target, instanceBody, 4)
			if floorData, err = b.folder(); err != nil {
				return err
			}
		}
		floor, err := b.floorOf(s, floorData)
		if err != nil {
			return err
		}
		err = b.measure(p.key, []*side{s, floor}, []comparison{{p.what, 0, 1}})
		b.stop(floor.child)
		if err != nil {
			return err
		}
	}
	return nil
}

// discovery measures two discoveries in two trees of different size.
func (b *bench) discovery() error {
	var trees []*child
	for _, n := range []int{smallTree, largeTree} {
		data, err := b.folder()
		if err != nil {
			return err
		}
		b.say("creating %d contentInstances", n)
		c, err := b.startCSE(data, &fillSpec{Prefix: "tree", Containers: containers, Instances: n, Workers: 256})
		if err != nil {
			return err
		}
		defer b.stop(c)
		trees = append(trees, c)
	}
	for _, p := range []struct{ key, what, query string }{
		{"discover-type", "discover 50 by type", "fu=1&lim=50&ty=4"},
		{"discover-label", "discover 50 by a label of 1%", "fu=1&lim=50&lbl=" + rareLabel},
	} {
		if !b.wanted(p.key) {
			continue
		}
		r := request(http.MethodGet, "/"+root+"?"+p.query, "", 0)
		small := &side{name: fmt.Sprint("cse ", smallTree), child: trees[0], status: http.StatusOK, request: r}
		large := &side{name: fmt.Sprint("cse ", largeTree), child: trees[1], status: http.StatusOK, request: r}
		floor, err := b.floorOf(large, "")
		if err != nil {
			return err
		}
		err = b.measure(p.key, []*side{small, large, floor}, []comparison{
			{fmt.Sprintf("%s, of %d", p.what, smallTree), 0, 2},
			{fmt.Sprintf("%s, of %d", p.what, largeTree), 1, 2},
			{fmt.Sprintf("  of %d beside of %d", largeTree, smallTree), 1, 0},
		})
		b.stop(floor.child)
		if err != nil {
			return err
		}
	}
	return nil
}

// million measures a container of a million instances beside one of another
// CSE that begins with none, and how long a CSE takes to open a million.
func (b *bench) million() error {
	data, err := b.folder()
	if err != nil {
		return err
	}
	b.say("creating %d contentInstances", million)
	full, err := b.startCSE(data, &fillSpec{Prefix: "cnt", Containers: 1, Instances: million, Workers: 256})
	if err != nil {
		return err
	}
	defer func() { b.stop(full) }()
	emptyData, err := b.folder()
	if err != nil {
		return err
	}
	empty, err := b.startCSE(emptyData, &fillSpec{Prefix: "cnt", Containers: 1, Instances: 1, Workers: 1})
	if err != nil {
		return err
	}
	defer b.stop(empty)
	for _, p := range []struct {
		key, what string
		status    int
		request   []byte
	}{
		{"million-latest", "latest of a million beside of one", http.StatusOK, request(http.MethodGet, "/"+root+"/cnt/la", "", 0)},
		{"million-create", "create after a million beside after none", http.StatusCreated, request(http.MethodPost, "/"+root+"/cnt", instanceBody, 4)},
	} {
		if !b.wanted(p.key) {
			continue
		}
		err := b.measure(p.key, []*side{
			{name: "cse million", child: full, status: p.status, request: p.request},
			{name: "cse empty", child: empty, status: p.status, request: p.request},
		}, []comparison{{p.what, 0, 1}})
		if err != nil {
			return err
		}
	}
	if !b.wanted("startup") {
		return nil
	}
	var took []time.Duration
	for range b.rounds {
		if err := b.stop(full); err != nil {
			return err
		}
		if full, err = b.start(command{CSE: data}); err != nil {
			return err
		}
		took = append(took, full.startup)
	}
	slices.Sort(took)
	b.note("startup", "start on %d resources: %.0f ms until it answers, median of %d (%.0f-%.0f)",
		million, ms(took[(len(took)-1)/2]), len(took), ms(took[0]), ms(took[len(took)-1]))
	return nil
}

// memory measures what a CSE holds on to of instances that come and go.
func (b *bench) memory() error {
	data, err := b.folder()
	if err != nil {
		return err
	}
	warm := fillSpec{Prefix: "warm", Containers: 1, MaxInstances: 1000, Instances: 2000, Workers: 64}
	c, err := b.startCSE(data, &warm)
	if err != nil {
		return err
	}
	defer b.stop(c)
	before, err := c.tell(command{Memory: "collected"})
	if err != nil {
		return err
	}
	b.say("creating %d contentInstances in a container of 1000", million)
	filled, err := c.tell(command{Fill: &fillSpec{Prefix: "stream", Containers: 1, MaxInstances: 1000, Instances: million, Workers: 64}})
	if err != nil {
		return err
	}
	after, err := c.tell(command{Memory: "collected"})
	if err != nil {
		return err
	}
	const mib = 1 << 20
	b.note("memory", "a million instances through a container of mni 1000 (%.0f/s, no HTTP): heap %.1f -> %.1f MiB, resident %.1f -> %.1f MiB, of which not mapped files %.1f -> %.1f MiB",
		million/filled.Took.Seconds(),
		float64(before.Memory.Heap)/mib, float64(after.Memory.Heap)/mib,
		float64(before.Memory.RSS)/mib, float64(after.Memory.RSS)/mib,
		float64(before.Memory.Anonymous)/mib, float64(after.Memory.Anonymous)/mib)
	size, err := fileSize(filepath.Join(data, "cse.db"))
	if err != nil {
		return err
	}
	b.note("memory", "its file then: %.1f MiB", float64(size)/mib)
	return nil
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
