package main

import (
	"bytes"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
)

// TestTheREADMETellsTheTruth runs the commands of README.md, in their order
// and in one shell, against a fresh CSE, and compares what each prints with
// what the page shows. A page shows what a block of shell commands (```sh)
// prints in the block after it (```json or ```text), nothing if that is
// another block of commands; "…" stands for anything. White space does not
// count.
func TestTheREADMETellsTheTruth(t *testing.T) {
	for _, tool := range []string{"bash", "curl"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("%s is not installed; the page's commands need it", tool)
		}
	}
	page, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, conversation, found := strings.Cut(string(page), "\n## A first conversation\n")
	if !found {
		t.Fatal("the page has no first conversation")
	}
	conversation, _, _ = strings.Cut(conversation, "\n## ")
	blocks := regexp.MustCompile("(?s)```(sh|json|text)\n(.*?)```").FindAllStringSubmatch(conversation, -1)

	const mark = "=== end of block ==="
	var script strings.Builder
	var expected []string // of each block of commands, empty if nothing is shown
	shown := 0
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
	url := serve(t, dataFolder(t)).url
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
	if shown < 5 {
		t.Errorf("only %d blocks of the page were compared", shown)
	}
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
