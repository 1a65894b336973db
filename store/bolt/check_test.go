package bolt

import (
	"context"
	"encoding/binary"
	"errors"
	"runtime"
	"strings"
	"testing"

	"github.com/sigil-m2m/sigil/store"
	bbolt "go.etcd.io/bbolt"
)

func TestCheckFinds(t *testing.T) {
	bucket := func(tx *bbolt.Tx, t table) *bbolt.Bucket { return tx.Bucket(tableNames[t]) }
	first := func(tx *bbolt.Tx, t table) []byte {
		k, _ := bucket(tx, t).Cursor().First()
		return append([]byte(nil), k...)
	}
	// put replaces the record of a resource by a changed one.
	put := func(tx *bbolt.Tx, id store.ID, change func(*store.Resource)) error {
		r, err := decode(id, bucket(tx, tableResource).Get(appendID(nil, id)), false)
		if err != nil {
			return err
		}
		change(r)
		return bucket(tx, tableResource).Put(appendID(nil, id), newRecord(r))
	}
	cases := map[string]struct {
		damage func(*bbolt.Tx) error
		says   string
	}{
		"a record that does not decode": {func(tx *bbolt.Tx) error {
			v := append([]byte(nil), bucket(tx, tableResource).Get(appendID(nil, 2))...)
			v[len(v)-1]++
			return bucket(tx, tableResource).Put(appendID(nil, 2), v)
		}, "resource 2: store/bolt: damaged record: checksum"},
		"a parent that does not exist": {func(tx *bbolt.Tx) error { return bucket(tx, tableResource).Delete(appendID(nil, 3)) }, "parent 3 does not exist"},
		"wrong ancestors": {func(tx *bbolt.Tx) error {
			return put(tx, 3, func(r *store.Resource) { r.Ancestors = []store.ID{2} })
		}, "ancestors are [2]"},
		"a second root": {func(tx *bbolt.Tx) error {
			return put(tx, 2, func(r *store.Resource) { r.Ancestors = nil })
		}, "second root"},
		"an ID that was not given out": {func(tx *bbolt.Tx) error { return bucket(tx, tableResource).SetSequence(3) }, "no ID that was given out"},
		"a wrong number of resources": {func(tx *bbolt.Tx) error {
			return bucket(tx, tableMeta).Put(keyCount, binary.BigEndian.AppendUint64(nil, 77))
		}, "the file says 77"},
		"counters that miss a child": {func(tx *bbolt.Tx) error {
			return bucket(tx, tableResource).Put(appendCountersKey(nil, 3), appendCounters(nil, store.Counters{Children: 2, Bytes: 60, LatestExpiry: 8000}))
		}, "resource 3: counters are"},
		"counters below a child's expiry": {func(tx *bbolt.Tx) error {
			return bucket(tx, tableResource).Put(appendCountersKey(nil, 3), appendCounters(nil, store.Counters{Children: 3, Bytes: 60, LatestExpiry: 7999}))
		}, "resource 3: counters are"},
		"counters of one without children": {func(tx *bbolt.Tx) error {
			return bucket(tx, tableResource).Put(appendCountersKey(nil, 4), appendCounters(nil, store.Counters{Children: 1}))
		}, "resource 4: counters are"},
		"counters of nothing": {func(tx *bbolt.Tx) error {
			return bucket(tx, tableResource).Put(appendCountersKey(nil, 400), appendCounters(nil, store.Counters{}))
		}, "counters of resource 400"},
		"short counters": {func(tx *bbolt.Tx) error {
			return bucket(tx, tableResource).Put(appendCountersKey(nil, 3), []byte{1})
		}, "counters of 1 bytes"},
		"a removed root that is there":        {func(tx *bbolt.Tx) error { return bucket(tx, tableRemoved).Put(appendID(nil, 2), present) }, "is a removed root"},
		"a removed root with nothing to free": {func(tx *bbolt.Tx) error { return bucket(tx, tableRemoved).Put(appendID(nil, 99), present) }, "nothing under it"},
		"a name that leads elsewhere": {func(tx *bbolt.Tx) error {
			return bucket(tx, tableName).Put(first(tx, tableName), appendID(nil, 3))
		}, "leads to 3"},
	}
	for tb := tableChild; tb < tables; tb++ {
		if tb == tableRemoved {
			continue
		}
		cases["a missing entry in table "+string(tableNames[tb])] = struct {
			damage func(*bbolt.Tx) error
			says   string
		}{func(tx *bbolt.Tx) error { return bucket(tx, tb).Delete(first(tx, tb)) }, "table " + string(tableNames[tb]) + " is missing"}
		cases["a dangling entry in table "+string(tableNames[tb])] = struct {
			damage func(*bbolt.Tx) error
			says   string
		}{func(tx *bbolt.Tx) error {
			key := first(tx, tb)
			key[len(key)-1] ^= 0x55
			return bucket(tx, tb).Put(key, appendID(nil, 2))
		}, "table " + string(tableNames[tb]) + " leads to resource"}
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			path := file(t, c.damage)
			for _, readOnly := range []bool{false, true} {
				s, err := Open(path, Options{ReadOnly: readOnly})
				if err != nil {
					t.Fatal(err)
				}
				faults, err := s.Check(context.Background())
				if all := strings.Join(faults, "\n"); err != nil || !strings.Contains(all, c.says) {
					t.Errorf("faults %q, %v; want %q", faults, err, c.says)
				}
				s.Close()
			}
		})
	}
}

func TestADamagedRecordIsAnErrorOfItsResourceAlone(t *testing.T) {
	path := file(t, func(tx *bbolt.Tx) error {
		return tx.Bucket(tableNames[tableResource]).Put(appendID(nil, 4), []byte("damage"))
	})
	s, err := Open(path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	ctx := context.Background()
	s.View(ctx, func(r store.Reader) error {
		if _, err := r.Get(4); !errors.Is(err, errRecord) {
			t.Errorf("Get: %v", err)
		}
		if _, err := r.Get(5); err != nil {
			t.Errorf("Get of its sibling: %v", err)
		}
		return nil
	})
	if err := s.Update(ctx, func(tx store.Tx) error { return tx.Delete(4) }); !errors.Is(err, errRecord) {
		t.Errorf("Delete: %v", err)
	}
}

func TestAFunctionThatEndsItsGoroutineDoesNotEndTheStore(t *testing.T) {
	s := openIn(t, t.TempDir())
	ctx := context.Background()
	if err := s.Update(ctx, func(store.Tx) error { runtime.Goexit(); return nil }); !errors.Is(err, errGoexit) {
		t.Errorf("Update: %v", err)
	}
	exemplary(t, s)
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}
