package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/sigil-m2m/sigil/internal/node"
)

// fill gives a CSE an AE "sensor" with a container "c" and returns its client.
func fill(t testing.TB, p *process, instances int) *client {
	t.Helper()
	ae := register(t, p.url, "sensor")
	ae.must(t, 2001, "POST", "cse-in/sensor", 3, `{"m2m:cnt":{"rn":"c"}}`)
	for i := range instances {
		ae.must(t, 2001, "POST", "cse-in/sensor/c", 4, fmt.Sprintf(`{"m2m:cin":{"con":"%d"}}`, i))
	}
	return ae
}

func TestABackupOfARunningCSEIsWholeAndCanBeServed(t *testing.T) {
	data := dataFolder(t)
	p := serve(t, data)
	ae := fill(t, p, 10)

	// Writing goes on while the copy is made.
	stop := make(chan struct{})
	var writer sync.WaitGroup
	writer.Go(func() {
		c := newClient(p.url, ae.originator)
		for {
			select {
			case <-stop:
				return
			default:
				if a, err := c.send("POST", "cse-in/sensor/c", 4, `{"m2m:cin":{"con":"x"}}`); err != nil || a.status != 2001 {
					t.Errorf("writing while a backup is made: %d, %v", a.status, err)
					return
				}
			}
		}
	})
	restored := dataFolder(t)
	if err := os.Mkdir(restored, 0o700); err != nil {
		t.Fatal(err)
	}
	copied := filepath.Join(restored, node.StoreName)
	if out, errs, status := output(t, "backup", "--data", data, copied); status != 0 {
		t.Fatalf("exit status %d: %s%s", status, out, errs)
	}
	if out, errs, status := output(t, "check", "--data", data); status != 0 {
		t.Errorf("check of the running CSE: exit status %d: %s%s", status, out, errs)
	}
	close(stop)
	writer.Wait()

	if info, err := os.Stat(copied); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the copy is %v, %v", info.Mode(), err)
	}
	if out, errs, status := output(t, "check", "--data", restored); status != 0 {
		t.Errorf("check of the copy: exit status %d: %s%s", status, out, errs)
	}
	q := serve(t, restored)
	ae.url = q.url
	if n := ae.must(t, 2000, "GET", "cse-in/sensor/c", 0, "").number("cni"); n < 10 {
		t.Errorf("the copy has %d instances of at least 10", n)
	}
}

func TestABackupOfARestingCSE(t *testing.T) {
	data := dataFolder(t)
	p := serve(t, data)
	fill(t, p, 1)
	p.stop(t, syscall.SIGTERM)
	copied := filepath.Join(t.TempDir(), "copy.db")
	if out, errs, status := output(t, "backup", "--data", data, copied); status != 0 {
		t.Fatalf("exit status %d: %s%s", status, out, errs)
	}
	if _, errs, status := output(t, "backup", "--data", data, copied); status != 1 {
		t.Errorf("a file that was there is overwritten: exit status %d: %s", status, errs)
	}
}

func TestABackupOfARunningCSEOverwritesNothing(t *testing.T) {
	data := dataFolder(t)
	serve(t, data)
	there := filepath.Join(t.TempDir(), "there")
	if err := os.WriteFile(there, []byte("precious"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, _, status := output(t, "backup", "--data", data, there); status != 1 {
		t.Errorf("exit status %d", status)
	}
	if b, err := os.ReadFile(there); err != nil || string(b) != "precious" {
		t.Errorf("the file is now %q, %v", b, err)
	}
}

func TestACheckNeedsAFolderAndMakesNone(t *testing.T) {
	data := dataFolder(t)
	_, errs, status := output(t, "check", "--data", data)
	if status != 1 || !strings.Contains(errs, data) {
		t.Errorf("exit status %d: %s", status, errs)
	}
	if _, err := os.Stat(data); !os.IsNotExist(err) {
		t.Errorf("the folder is there: %v", err)
	}
}

func TestACheckFindsDamage(t *testing.T) {
	data := dataFolder(t)
	p := serve(t, data)
	fill(t, p, 10)
	p.stop(t, syscall.SIGTERM)
	file := filepath.Join(data, node.StoreName)
	whole, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	// A name is stored with its resource and where it leads there. One byte of
	// one of them makes them disagree; some copies lie in pages that nothing
	// uses any more.
	found := 0
	for at := 0; ; {
		i := bytes.Index(whole[at:], []byte("sensor"))
		if i < 0 {
			break
		}
		at += i
		damaged := bytes.Clone(whole)
		damaged[at] = 'S'
		at++
		if err := os.WriteFile(file, damaged, 0o600); err != nil {
			t.Fatal(err)
		}
		out, errs, status := output(t, "check", "--data", data)
		switch {
		case status == 1 && out != "":
			found++
		case status != 0:
			t.Errorf("byte %d: exit status %d: %s%s", at, status, out, errs)
		}
	}
	if found == 0 {
		t.Error("no damage was found")
	}
}

func TestTheControlSocketIsTheOwnersAlone(t *testing.T) {
	// A folder whose path is longer than a socket address can be.
	data := filepath.Join(t.TempDir(), strings.Repeat("long", 30), "data")
	serve(t, data)
	for _, name := range []string{"", "control.sock", node.StoreName} {
		info, err := os.Stat(filepath.Join(data, name))
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s has mode %v", name, info.Mode())
		}
	}
	if out, errs, status := output(t, "check", "--data", data); status != 0 {
		t.Errorf("exit status %d: %s%s", status, out, errs)
	}
}
