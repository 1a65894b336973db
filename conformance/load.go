package conformance

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"reflect"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"
)

//go:embed testdata/*.yaml
var own embed.FS

// Own returns the scenario files that come with the package.
func Own() ([]*Group, error) {
	sub, err := fs.Sub(own, "testdata")
	if err != nil {
		return nil, err
	}
	return Load(sub)
}

// Load reads all scenario files (*.yaml) of a folder. It is strict: unknown
// keys, unknown tags and variables, purposes without identifier, sentence or
// clause, and identifiers that are not unique are errors, which name file and
// line.
func Load(folder fs.FS) ([]*Group, error) {
	names, err := fs.Glob(folder, "*.yaml")
	if err != nil {
		return nil, err
	}
	var groups []*Group
	seen := map[string]string{}
	for _, name := range names {
		data, err := fs.ReadFile(folder, name)
		if err != nil {
			return nil, err
		}
		g, err := parse(path.Base(name), data)
		if err != nil {
			return nil, err
		}
		for _, p := range g.Purposes {
			at := fmt.Sprintf("%s:%d", g.File, p.line)
			if before, twice := seen[p.ID]; twice {
				return nil, fmt.Errorf("%s: identifier %s is that of %s too", at, p.ID, before)
			}
			seen[p.ID] = at
		}
		groups = append(groups, g)
	}
	return groups, nil
}

// parse reads one scenario file.
func parse(file string, data []byte) (*Group, error) {
	fail := func(line int, err error) error { return fmt.Errorf("%s:%d: %w", file, line, err) }
	d := yaml.NewDecoder(bytes.NewReader(data))
	var doc yaml.Node
	if err := d.Decode(&doc); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	var raw struct {
		Group    `yaml:",inline"`
		Purposes []yaml.Node `yaml:"purposes"`
	}
	root := doc.Content[0]
	if line, err := unknownKey(root, reflect.TypeOf(raw)); err != nil {
		return nil, fail(line, err)
	}
	if err := root.Decode(&raw); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	g := raw.Group
	g.File = file
	if g.Name == "" {
		return nil, fail(root.Line, errors.New("no group"))
	}
	for i := range raw.Purposes {
		nodes, err := expand(&raw.Purposes[i])
		if err != nil {
			return nil, fail(raw.Purposes[i].Line, err)
		}
		for _, n := range nodes {
			if line, err := unknownKey(n, reflect.TypeFor[Purpose]()); err != nil {
				return nil, fail(line, err)
			}
			p := &Purpose{group: &g, line: n.Line}
			if err := n.Decode(p); err != nil {
				return nil, fmt.Errorf("%s: %w", file, err)
			}
			if p.Clause == "" {
				p.Clause = g.Clause
			}
			if line, err := p.check(); err != nil {
				return nil, fail(line, fmt.Errorf("%s: %w", p.ID, err))
			}
			g.Purposes = append(g.Purposes, p)
		}
	}
	return &g, nil
}

// unknownKey finds a key of n that type t has no field for. yaml.Decoder's
// KnownFields does not reach below types that decode themselves.
func unknownKey(n *yaml.Node, t reflect.Type) (line int, err error) {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if n.Kind == yaml.AliasNode {
		return n.Line, errors.New("an alias")
	}
	switch {
	case t == reflect.TypeFor[yaml.Node]():
		return 0, nil
	case t.Kind() == reflect.Slice && n.Kind == yaml.SequenceNode:
		for _, c := range n.Content {
			if line, err := unknownKey(c, t.Elem()); err != nil {
				return line, err
			}
		}
	case t.Kind() == reflect.Struct && n.Kind == yaml.MappingNode:
		for i := 0; i < len(n.Content); i += 2 {
			key := n.Content[i]
			field, ok := fieldOf(t, key.Value)
			if !ok {
				return key.Line, fmt.Errorf("unknown key %q", key.Value)
			}
			if line, err := unknownKey(n.Content[i+1], field); err != nil {
				return line, err
			}
		}
	}
	return 0, nil
}

func fieldOf(t reflect.Type, key string) (reflect.Type, bool) {
	for i := range t.NumField() {
		f := t.Field(i)
		tag := f.Tag.Get("yaml")
		if tag == ",inline" {
			if ft, ok := fieldOf(f.Type, key); ok {
				return ft, true
			}
		} else if tag == key {
			return f.Type, true
		}
	}
	return nil, false
}

// expand makes one purpose of each case of a template. In it, $name stands for
// the member of that name of the case.
func expand(n *yaml.Node) ([]*yaml.Node, error) {
	if n.Kind != yaml.MappingNode {
		return nil, errors.New("a purpose is a mapping")
	}
	plain := *n
	plain.Content = nil
	var cases *yaml.Node
	for i := 0; i < len(n.Content); i += 2 {
		if n.Content[i].Value == "cases" {
			cases = n.Content[i+1]
			continue
		}
		plain.Content = append(plain.Content, n.Content[i], n.Content[i+1])
	}
	if cases == nil {
		return []*yaml.Node{n}, nil
	}
	var all []*yaml.Node
	for _, c := range cases.Content {
		members := map[string]*yaml.Node{}
		if c.Kind != yaml.MappingNode {
			return nil, fmt.Errorf("the case of line %d is no mapping", c.Line)
		}
		for i := 0; i < len(c.Content); i += 2 {
			members[c.Content[i].Value] = c.Content[i+1]
		}
		if members["case"] == nil {
			return nil, fmt.Errorf("the case of line %d has no name in \"case\"", c.Line)
		}
		p := fill(&plain, members)
		p.Line = c.Line
		for i := 0; i < len(p.Content); i += 2 {
			if v := p.Content[i+1]; p.Content[i].Value == "id" {
				v.Value += "/" + members["case"].Value
			}
		}
		all = append(all, p)
	}
	return all, nil
}

// variable matches $name, $name.part and ${expression} in a text.
var variable = regexp.MustCompile(`\$\{([^}]*)\}|\$([A-Za-z][A-Za-z0-9_]*(?:\.[A-Za-z0-9_]+)*)`)

// variableOf returns what a match of variable names.
func variableOf(match []string) string { return match[1] + match[2] }

// fill copies n with the members of a case put in.
func fill(n *yaml.Node, members map[string]*yaml.Node) *yaml.Node {
	c := *n
	if n.Kind == yaml.ScalarNode {
		if m := variable.FindStringSubmatch(n.Value); m != nil && m[0] == n.Value && members[variableOf(m)] != nil {
			whole := *members[variableOf(m)]
			whole.Line = n.Line
			if strings.HasPrefix(n.Tag, "!") && !strings.HasPrefix(n.Tag, "!!") {
				whole.Tag = n.Tag
			}
			return &whole
		}
		c.Value = variable.ReplaceAllStringFunc(n.Value, func(s string) string {
			if v := members[variableOf(variable.FindStringSubmatch(s))]; v != nil && v.Kind == yaml.ScalarNode {
				return v.Value
			}
			return s
		})
		return &c
	}
	c.Content = make([]*yaml.Node, len(n.Content))
	for i, child := range n.Content {
		c.Content[i] = fill(child, members)
	}
	return &c
}
