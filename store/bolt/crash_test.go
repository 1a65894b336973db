package bolt

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/sigil-m2m/sigil/m2m"
	"github.com/sigil-m2m/sigil/store"
	"github.com/sigil-m2m/sigil/store/storetest"
)

// crashEnv names the file that a process of this test binary writes to until
// it is killed.
const crashEnv = "STORE_BOLT_CRASH_FILE"

func TestMain(m *testing.M) {
	if path := os.Getenv(crashEnv); path != "" {
		if err := writeForever(path); err != nil {
			fmt.Println("error", err)
			os.Exit(1)
		}
	}
	os.Exit(m.Run())
}

// writeForever creates, evicts and removes, and prints what was acknowledged.
func writeForever(path string) error {
	s, err := Open(path, Options{})
	if err != nil {
		return err
	}
	ctx := context.Background()
	var root *store.Resource
	if err := s.Update(ctx, func(tx store.Tx) (err error) {
		if root, err = tx.ByRI("id-in"); !errors.Is(err, store.ErrNotFound) {
			return err
		}
		root = &store.Resource{ID: tx.NextID(), Type: m2m.TypeCSEBase, RI: "id-in", Name: "cse-in", Size: -1}
		return tx.Put(root)
	}); err != nil {
		return err
	}
	var output sync.Mutex
	var group sync.WaitGroup
	for worker := range 8 {
		group.Go(func() {
			var parent store.ID
			for n := 0; ; n++ {
				var id store.ID
				err := s.Update(ctx, func(tx store.Tx) error {
					if n%50 == 0 {
						if parent != 0 {
							if err := tx.Delete(parent); err != nil {
								return err
							}
						}
						parent = tx.NextID()
						ri := store.FormatRI("cnt", parent)
						if err := tx.Put(&store.Resource{ID: parent, Parent: root.ID, Type: m2m.TypeContainer, RI: ri, Name: ri, Size: -1}); err != nil {
							return err
						}
					}
					id = tx.NextID()
					ri := store.FormatRI("cin", id)
					return tx.Put(&store.Resource{
						ID: id, Parent: parent, Type: m2m.TypeContentInstance, RI: ri, Name: ri, Counted: true, Size: int64(n),
						Labels: []string{fmt.Sprint(worker)}, Body: make([]byte, 100+n%400),
					})
				})
				if err == nil && n%20 == 0 {
					_, err = s.Reap(ctx)
				}
				output.Lock()
				if err != nil {
					fmt.Println("error", err)
				} else {
					fmt.Println(worker, uint64(parent), uint64(id))
				}
				output.Unlock()
			}
		})
	}
	group.Wait()
	return nil
}

// written is the container that a worker made last, and what it put there.
type written struct {
	parent store.ID
	ids    []store.ID
}

// TestAnAcknowledgedWriteSurvivesKill kills a writing process again and again.
// What it had printed must be there, what it was doing must be there whole or
// not at all, and the file must be good.
func TestAnAcknowledgedWriteSurvivesKill(t *testing.T) {
	path := filepath.Join(t.TempDir(), "cse.db")
	rounds := 12
	if testing.Short() {
		rounds = 3
	}
	for round := range rounds {
		acknowledged := killed(t, path, 40+round*35)
		s, err := Open(path, Options{})
		if err != nil {
			t.Fatal(err)
		}
		storetest.Faultless(t, s)
		err = s.View(context.Background(), func(r store.Reader) error {
			for worker, w := range acknowledged {
				if _, err := r.Get(w.parent); errors.Is(err, store.ErrNotFound) {
					// Removed by a write whose acknowledgement did not come
					// through any more.
					continue
				}
				for _, id := range w.ids {
					if got, err := r.Get(id); err != nil {
						t.Errorf("round %d: worker %s: acknowledged %d: %v", round, worker, id, err)
					} else if got.Parent != w.parent {
						t.Errorf("round %d: %d is under %d, not %d", round, id, got.Parent, w.parent)
					}
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		storetest.Reap(t, s)
		storetest.Faultless(t, s)
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// killed runs the writing process until it has acknowledged so many writes,
// kills it, and returns what it acknowledged to each worker.
func killed(t *testing.T, path string, writes int) map[string]written {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), crashEnv+"="+path)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer cmd.Wait()
	acknowledged := make(map[string]written)
	lines := bufio.NewReader(out)
	for n := 0; ; n++ {
		if n == writes {
			cmd.Process.Kill() // and read on what it had still printed
		}
		line, err := lines.ReadString('\n')
		if err == io.EOF && n >= writes {
			return acknowledged
		}
		fields := strings.Fields(line)
		if err != nil || len(fields) != 3 {
			cmd.Process.Kill()
			t.Fatalf("the writing process said %q, %v", line, err)
		}
		parent, _ := strconv.ParseUint(fields[1], 10, 64)
		id, _ := strconv.ParseUint(fields[2], 10, 64)
		w := acknowledged[fields[0]]
		if w.parent != store.ID(parent) {
			w = written{parent: store.ID(parent)}
		}
		w.ids = append(w.ids, store.ID(id))
		acknowledged[fields[0]] = w
	}
}
