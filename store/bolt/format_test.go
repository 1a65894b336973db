package bolt

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/sigil-m2m/sigil/m2m"
	"github.com/sigil-m2m/sigil/store"
	"github.com/sigil-m2m/sigil/store/storetest"
	bbolt "go.etcd.io/bbolt"
)

var makeVersion1 = flag.Bool("make-version1", false, "write testdata/version1.db anew; only before version 1 is released")

const version1 = "testdata/version1.db"

// exemplary puts one resource of each kind that the format distinguishes, and a
// removed subtree that has not been freed.
func exemplary(t *testing.T, s store.Store) {
	t.Helper()
	err := s.Update(context.Background(), func(tx store.Tx) error {
		var removed store.ID
		put := func(parent store.ID, with store.Resource) store.ID {
			with.ID, with.Parent = tx.NextID(), parent
			with.Created, with.Modified = 1000+int64(with.ID), 1000+int64(with.ID)
			if with.RI == "" {
				with.RI = store.FormatRI("res", with.ID)
			}
			if with.Name == "" {
				with.Name, with.Generated = with.RI, true
			}
			if err := tx.Put(&with); err != nil {
				t.Fatal(err)
			}
			return with.ID
		}
		root := put(0, store.Resource{Type: m2m.TypeCSEBase, RI: "id-in", Name: "cse-in", Size: -1, Counters: store.Counters{StateTag: -1}})
		ae := put(root, store.Resource{Type: m2m.TypeAE, RI: "CAE1", Name: "ae", Creator: "CAE1", Size: -1, Labels: []string{"x", "y"}, Expires: 9000})
		container := put(ae, store.Resource{Type: m2m.TypeContainer, Name: "c", Creator: "CAE1", IndexCreator: "CAE2", Size: -1, Policies: []store.ID{ae, 0, 1 << 40}})
		for range 3 {
			put(container, store.Resource{Type: m2m.TypeContentInstance, Size: 20, Counted: true, Expires: 8000, Body: []byte(`"con":"1"`)})
		}
		put(ae, store.Resource{Type: m2m.TypeFlexContainer, Name: "lamp", Specialization: "org.example.lamp", Size: 5})
		put(ae, store.Resource{Type: m2m.TypeContainer, Name: store.FormatRI("res", 1<<40), Size: -1, Grantees: []store.ID{ae}})
		removed = put(ae, store.Resource{Type: m2m.TypeContainer, Name: "removed", Size: -1})
		put(removed, store.Resource{Type: m2m.TypeContentInstance, Size: 1, Counted: true})
		if _, err := tx.IncrementStateTag(container); err != nil {
			return err
		}
		return tx.Delete(removed)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// everything returns all resources by ID.
func everything(t *testing.T, s store.Store) map[store.ID]*store.Resource {
	t.Helper()
	all := make(map[store.ID]*store.Resource)
	err := s.View(context.Background(), func(r store.Reader) error {
		var below func(store.ID) error
		below = func(parent store.ID) error {
			for c, err := range r.Children(parent, 0, 0, 0) {
				if err != nil {
					return err
				}
				all[c.ID] = c
				if err := below(c.ID); err != nil {
					return err
				}
			}
			return nil
		}
		return below(0)
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestAFileOfVersion1Opens(t *testing.T) {
	if *makeVersion1 {
		os.Remove(version1)
		s := openIn(t, t.TempDir())
		exemplary(t, s)
		if err := s.Backup(context.Background(), version1); err != nil {
			t.Fatal(err)
		}
		s.Close()
	}
	data, err := os.ReadFile(version1)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "cse.db"), data, 0o600); err != nil {
		t.Fatal(err)
	}
	old := openIn(t, dir)
	storetest.CheckAtEnd(t, old)
	now := openIn(t, t.TempDir())
	storetest.CheckAtEnd(t, now)
	exemplary(t, now)
	if diff := cmp.Diff(everything(t, now), everything(t, old)); diff != "" {
		t.Errorf("-now +then\n%s", diff)
	}
}

// file writes a store's file, lets change work on it, and returns its path.
func file(t *testing.T, change func(*bbolt.Tx) error) string {
	t.Helper()
	dir := t.TempDir()
	s := openIn(t, dir)
	exemplary(t, s)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "cse.db")
	if change == nil {
		return path
	}
	db, err := bbolt.Open(path, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Update(change); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestOpenRefuses(t *testing.T) {
	rewrite := func(path string, change func([]byte) []byte) string {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, change(data), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	for name, c := range map[string]struct{ path, says string }{
		"a newer format": {file(t, func(tx *bbolt.Tx) error {
			return tx.Bucket([]byte("meta")).Put(keyFormat, binary.BigEndian.AppendUint32([]byte(magic), FormatVersion+1))
		}), "version 2"},
		"another program's file": {file(t, func(tx *bbolt.Tx) error { return tx.DeleteBucket([]byte("meta")) }), "not a file of this program"},
		"another magic": {file(t, func(tx *bbolt.Tx) error {
			return tx.Bucket([]byte("meta")).Put(keyFormat, []byte("something else"))
		}), "not a file of this program"},
		"a missing table":            {file(t, func(tx *bbolt.Tx) error { return tx.DeleteBucket([]byte("label")) }), `"label" is missing`},
		"a file cut short":           {rewrite(file(t, nil), func(b []byte) []byte { return b[:4096*5] }), "bytes of"},
		"two pages of many":          {rewrite(file(t, nil), func(b []byte) []byte { return b[:8192] }), ""},
		"a text":                     {rewrite(file(t, nil), func([]byte) []byte { return []byte("hello, world") }), "invalid"},
		"noise":                      {rewrite(file(t, nil), func(b []byte) []byte { return bytes.Repeat([]byte{0xa5}, len(b)) }), "invalid"},
		"a folder":                   {t.TempDir(), ""},
		"a folder that is not there": {filepath.Join(t.TempDir(), "no", "cse.db"), ""},
	} {
		t.Run(name, func(t *testing.T) {
			for _, readOnly := range []bool{false, true} {
				s, err := Open(c.path, Options{ReadOnly: readOnly})
				if err == nil {
					s.Close()
					t.Fatal("it opened")
				}
				if !strings.Contains(err.Error(), c.says) || !strings.Contains(err.Error(), c.path) {
					t.Errorf("error %q, want the path and %q", err, c.says)
				}
			}
		})
	}
}

func TestOneProcessAtATimeWrites(t *testing.T) {
	dir := t.TempDir()
	s := openIn(t, dir)
	path := filepath.Join(dir, "cse.db")
	if _, err := Open(path, Options{LockTimeout: time.Millisecond}); !errors.Is(err, ErrInUse) {
		t.Errorf("a second writer: %v", err)
	}
	if _, err := Open(path, Options{LockTimeout: time.Millisecond, ReadOnly: true}); !errors.Is(err, ErrInUse) {
		t.Errorf("a reader beside a writer: %v", err)
	}
	exemplary(t, s)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	storetest.CheckAtEnd(t, openIn(t, dir))
}

func TestAFileOpenForReadingOnlyIsReadAndCheckedByMany(t *testing.T) {
	path := file(t, nil)
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		s, err := Open(path, Options{ReadOnly: true})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		storetest.Faultless(t, s)
		if n := len(everything(t, s)); n != 8 {
			t.Errorf("%d resources, want 8", n)
		}
		if err := s.Update(context.Background(), func(store.Tx) error { return nil }); !errors.Is(err, ErrReadOnly) {
			t.Errorf("Update: %v", err)
		}
		if _, err := s.Reap(context.Background()); !errors.Is(err, ErrReadOnly) {
			t.Errorf("Reap: %v", err)
		}
	}
	if after, err := os.ReadFile(path); err != nil || !bytes.Equal(before, after) {
		t.Errorf("the file changed, %v", err)
	}
}

func TestAFileThatWasBegunIsFinished(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "cse.db")
	if err := os.WriteFile(path, nil, 0o600); err != nil { // before the first write
		t.Fatal(err)
	}
	openIn(t, dir).Close()
	os.Remove(path)
	db, err := bbolt.Open(path, 0o600, nil) // before the tables
	if err != nil {
		t.Fatal(err)
	}
	db.Close()
	storetest.CheckAtEnd(t, openIn(t, dir))
}
