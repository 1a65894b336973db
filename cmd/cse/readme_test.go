package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestThePagesTellTheTruth runs the commands that a page shows, in their order
// and in one shell, against a fresh CSE, and compares what each prints with
// what the page shows. A page shows what a block of shell commands (```sh)
// prints in the block after it (```json or ```text), nothing if that is
// another block of commands; "…" stands for anything. White space does not
// count. Its definitions of types (```def) are those of the CSE.
func TestThePagesTellTheTruth(t *testing.T) {
	for _, tool := range []string{"bash", "curl"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("%s is not installed; the pages' commands need it", tool)
		}
	}
	for _, test := range []struct {
		page, heading string
		least         int // blocks that are compared
	}{
		{"README.md", "A first conversation", 5},
		{"docs/resource-types.md", "A conversation with it", 4},
	} {
		t.Run(test.page, func(t *testing.T) {
			page, err := os.ReadFile("../../" + test.page)
			if err != nil {
				t.Fatal(err)
			}
			_, conversation, found := strings.Cut(string(page), "\n## "+test.heading+"\n")
			if !found {
				t.Fatalf("the page has no section %q", test.heading)
			}
			conversation, _, _ = strings.Cut(conversation, "\n## ")
			types := t.TempDir()
			if def := regexp.MustCompile("(?s)```def\n(.*?)```").FindSubmatch(page); def != nil {
				if err := os.WriteFile(filepath.Join(types, "page.def"), def[1], 0o600); err != nil {
					t.Fatal(err)
				}
			}
			cse := serve(t, dataFolder(t), "--types", types)
			if shown := converse(t, conversation, cse.url); shown < test.least {
				t.Errorf("only %d blocks of the page were compared", shown)
			}
		})
	}
}

// converse runs the commands of a conversation with the CSE at url, and
// returns how many blocks it compared.
func converse(t *testing.T, conversation, url string) (shown int) {
	blocks := regexp.MustCompile("(?s)```(sh|json|text)\n(.*?)```").FindAllStringSubmatch(conversation, -1)
	const mark = "=== end of block ==="
	var script strings.Builder
	var expected []string // of each block of commands, empty if nothing is shown
	for i, block := range blocks {
		if block[1] != "sh" {
			continue
		}
		script.WriteString(block[2] + "echo '" + mark + "'\n")
		want := ""
		if i+1 < len(blocks) && blocks[i+1][1] != "sh" {
			want = blocks[i+1][2]
			shown++
		}
		expected = append(expected, want)
	}
	var out, errs bytes.Buffer
	cmd := exec.Command("bash", "-euo", "pipefail", "-c", strings.ReplaceAll(script.String(), "http://127.0.0.1:8080", url))
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v\n%s%s", err, out.String(), errs.String())
	}
	printed := strings.Split(out.String(), mark+"\n")
	for i, want := range expected {
		if !matches(want, printed[i]) {
			t.Errorf("block %d of commands prints\n%s\nand the page shows\n%s", i+1, printed[i], want)
		}
	}
	return shown
}

// matches compares two texts, white space apart; "…" in want is anything.
func matches(want, got string) bool {
	bare := func(s string) string { return strings.Join(strings.Fields(s), "") }
	parts := strings.Split(bare(want), "…")
	for i, p := range parts {
		parts[i] = regexp.QuoteMeta(p)
	}
	ok, _ := regexp.MatchString("^"+strings.Join(parts, ".*?")+"$", bare(got))
	return ok
}

func TestThePagesComparisonTellsTextsApart(t *testing.T) {
	for _, test := range []struct {
		want, got string
		ok        bool
	}{
		{"{ \"a\": 1 }", `{"a":1}`, true},
		{`{"a":"…"}`, `{"a":"x"}`, true},
		{`{"a":"…","b":2}`, `{"a":"x","b":3}`, false},
		{`{"a":1}`, `{"a":1,"b":2}`, false},
		{`a.c`, `abc`, false},
	} {
		if matches(test.want, test.got) != test.ok {
			t.Errorf("%s and %s: not %v", test.want, test.got, test.ok)
		}
	}
}
