package main

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

const root = "../.." // of the repository

func TestLinksBetweenThePagesLeadSomewhere(t *testing.T) {
	link := regexp.MustCompile(`\]\(([^)#]+)(#[^)]*)?\)`)
	pages := 0
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == ".git" || d.Name() == "testdata") {
			return filepath.SkipDir
		}
		if filepath.Ext(path) != ".md" {
			return nil
		}
		pages++
		page, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, m := range link.FindAllStringSubmatch(string(page), -1) {
			if strings.Contains(m[1], "://") {
				continue
			}
			if _, err := os.Stat(filepath.Join(filepath.Dir(path), m[1])); err != nil {
				t.Errorf("%s: %v", path, err)
			}
		}
		return nil
	})
	if err != nil || pages < 10 {
		t.Errorf("%d pages, error %v", pages, err)
	}
}

func TestEveryDependencyHasAReason(t *testing.T) {
	gotool, err := exec.LookPath("go")
	if err != nil {
		t.Skip("the go command, which lists the imports, is not here:", err)
	}
	page, err := os.ReadFile(filepath.Join(root, "docs/dependencies.md"))
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(gotool, "list", "-f", `{{join .Imports "\n"}}
{{join .TestImports "\n"}}
{{join .XTestImports "\n"}}`, "./...")
	cmd.Dir = root
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	reasons := regexp.MustCompile("(?m)^\\| `([^`]+)` \\|").FindAllStringSubmatch(string(page), -1)
	used := make(map[string]bool)
	for imported := range strings.FieldsSeq(string(out)) {
		first, _, _ := strings.Cut(imported, "/")
		if !strings.Contains(first, ".") || strings.HasPrefix(imported, "github.com/sigil-m2m/") {
			continue // the standard library's, and our own
		}
		known := false
		for _, r := range reasons {
			if imported == r[1] || strings.HasPrefix(imported, r[1]+"/") {
				known, used[r[1]] = true, true
			}
		}
		if !known {
			t.Errorf("docs/dependencies.md gives no reason for %s", imported)
		}
	}
	for _, r := range reasons {
		if !used[r[1]] {
			t.Errorf("docs/dependencies.md lists %s, which nothing imports", r[1])
		}
	}
}
