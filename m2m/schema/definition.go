package schema

import (
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/sigil-m2m/sigil/m2m"
)

// extension is that of definition files; others in a folder are left alone.
const extension = ".def"

// Limits of a definition file, so that a wrong file in the folder does no harm.
const (
	maxFileBytes = 1 << 20
	maxFields    = 1024 // words of a line
)

// A definition is one block of a definition file: a line at the left margin
// and the indented lines below it.
type definition struct {
	file    string
	line    int
	keyword string
	words   []string // after the keyword
	body    []bodyLine
}

// A bodyLine is an indented line: a setting, whose first word ends with a
// colon, or a row of a table.
type bodyLine struct {
	line    int
	setting string // without its colon, empty for a row
	words   []string
}

// errorf returns an error that names the place in the file.
func (d *definition) errorf(line int, format string, args ...any) error {
	return fmt.Errorf("%s:%d: %s", d.file, line, fmt.Sprintf(format, args...))
}

// keywords maps those that begin a definition to how many words may follow.
var keywords = map[string][2]int{
	"enumeration":   {1, 1},
	"string":        {1, 1},
	"range":         {3, 3},
	"list":          {2, 3},
	"object":        {1, 1},
	"group":         {1, 1},
	"resource":      {3, 3},
	"mgmtObj":       {3, 3},
	"flexContainer": {3, 3},
}

// readFolder reads the definition files of a folder and of those in it, in
// the order of their paths.
func readFolder(folder fs.FS) ([]*definition, error) {
	var all []*definition
	err := fs.WalkDir(folder, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || path.Ext(name) != extension {
			return err
		}
		data, err := fs.ReadFile(folder, name)
		if err != nil {
			return err
		}
		defs, err := parse(name, data)
		all = append(all, defs...)
		return err
	})
	return all, err
}

// parse takes a definition file apart into its blocks. It knows the form of
// lines and the keywords; what the words mean, build finds out.
func parse(file string, data []byte) ([]*definition, error) {
	if len(data) > maxFileBytes {
		return nil, fmt.Errorf("%s: longer than %d bytes", file, maxFileBytes)
	}
	if !utf8.Valid(data) {
		return nil, fmt.Errorf("%s: not UTF-8", file)
	}
	var defs []*definition
	for i, text := range strings.Split(string(data), "\n") {
		at := &definition{file: file, line: i + 1}
		text = strings.TrimSuffix(text, "\r")
		if strings.ContainsFunc(text, func(r rune) bool { return unicode.IsControl(r) && r != '\t' }) {
			return nil, at.errorf(at.line, "control character")
		}
		words := splitWords(text)
		switch {
		case len(words) == 0:
			continue
		case len(words) > maxFields:
			return nil, at.errorf(at.line, "more than %d words", maxFields)
		}
		if text[0] == ' ' || text[0] == '\t' {
			if len(defs) == 0 {
				return nil, at.errorf(at.line, "an indented line belongs to a definition above it, and there is none")
			}
			d := defs[len(defs)-1]
			b := bodyLine{line: at.line, words: words}
			if name, ok := strings.CutSuffix(words[0], ":"); ok {
				if name == "" || len(words) == 1 {
					return nil, at.errorf(at.line, "a setting is a name, a colon and at least one word")
				}
				b.setting, b.words = name, words[1:]
			}
			d.body = append(d.body, b)
			continue
		}
		arity, ok := keywords[words[0]]
		if !ok {
			return nil, at.errorf(at.line, "%q begins no definition", m2m.Clip(words[0]))
		}
		if n := len(words) - 1; n < arity[0] || n > arity[1] {
			return nil, at.errorf(at.line, "%s takes %d words, not %d", words[0], arity[0], n)
		}
		at.keyword, at.words = words[0], words[1:]
		defs = append(defs, at)
	}
	return defs, nil
}

// splitWords splits a line at white space and drops a comment, which begins
// with a word that begins with '#'.
func splitWords(text string) []string {
	words := strings.Fields(text)
	if i := slices.IndexFunc(words, func(w string) bool { return w[0] == '#' }); i >= 0 {
		words = words[:i]
	}
	return words
}
