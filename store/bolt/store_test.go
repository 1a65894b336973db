package bolt

import (
	"path/filepath"
	"testing"

	"github.com/sigil-m2m/sigil/store"
	"github.com/sigil-m2m/sigil/store/storetest"
)

// open opens the store in a folder.
func openIn(t testing.TB, dir string) store.Store {
	t.Helper()
	s, err := Open(filepath.Join(dir, "cse.db"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestTheStoreKeepsItsContract(t *testing.T) { storetest.Run(t, openIn) }
