package conformance

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// identifier is what TS-0018 style names look like here: the tested system,
// the group, the operation or subject, a number, a case.
var identifier = regexp.MustCompile(`^TP/oneM2M/CSE/[A-Z0-9]+/[A-Z0-9]+/[0-9]{3}(/[A-Za-z0-9_.+-]+)*$`)

// clause is a citation of a oneM2M specification.
var clause = regexp.MustCompile(`^TS-00[0-9]{2} [0-9A-K][0-9A-Za-z.-]*$`)

// check finds what is wrong with a purpose before it ever runs.
func (p *Purpose) check() (line int, err error) {
	switch {
	case !identifier.MatchString(p.ID):
		return p.line, fmt.Errorf("%q is no identifier of the form TP/oneM2M/CSE/DMR/CRE/001", p.ID)
	case strings.Count(p.Title, " ") < 2:
		return p.line, errors.New("the title is no sentence")
	case !clause.MatchString(p.Clause):
		return p.line, fmt.Errorf("%q cites no clause", p.Clause)
	case len(p.Steps) == 0:
		return p.line, errors.New("no steps")
	}
	known := slices.Clone(builtins)
	for _, f := range p.Given {
		kind, ok := makes[f.Make]
		if !ok {
			return f.line, fmt.Errorf("nothing makes a %q", f.Make)
		}
		if f.As == "i" || slices.Contains(builtins, f.As) {
			return f.line, fmt.Errorf("$%s is not for fixtures", f.As)
		}
		known = append(known, f.As)
		for _, part := range kind.parts {
			known = append(known, f.As+"."+part)
		}
	}
	for _, s := range p.Steps {
		for name := range s.Save {
			known = append(known, name)
		}
		if s.Repeat > 0 {
			known = append(known, "i")
		}
	}
	use := func(line int, texts ...string) (int, error) {
		for _, text := range texts {
			for _, m := range variable.FindAllStringSubmatch(text, -1) {
				if name := operand(variableOf(m)); name != "" && !slices.Contains(known, name) {
					return line, fmt.Errorf("nothing sets $%s", name)
				}
			}
		}
		return 0, nil
	}
	for _, f := range p.Given {
		if line, err := use(f.line, f.In, f.By); err != nil {
			return line, err
		}
		if line, err := checkValue(&f.With, use); err != nil {
			return line, err
		}
	}
	for _, s := range p.Steps {
		if line, err := s.check(use); err != nil {
			return line, err
		}
	}
	return 0, nil
}

type useFunc func(line int, texts ...string) (int, error)

// check finds what is wrong with a step.
func (s *Step) check(use useFunc) (int, error) {
	_, to, actions := s.operation()
	if actions != 1 {
		return s.line, fmt.Errorf("the step says %d things to do", actions)
	}
	if s.AtOnce && (s.Repeat < 2 || len(s.Save) > 0) {
		return s.line, errors.New("what happens at once is repeated and saves nothing")
	}
	if line, err := use(s.line, to, s.Vsi, s.Ot, s.Rqet, s.Rset, s.Oet, s.Rp, s.Gid); err != nil {
		return line, err
	}
	for _, p := range []*string{s.Fr, s.Rqi, s.Rvi} {
		if p != nil {
			if line, err := use(s.line, *p); err != nil {
				return line, err
			}
		}
	}
	for _, n := range []*yaml.Node{&s.Pc, &s.Fc} {
		if line, err := checkValue(n, use); err != nil {
			return line, err
		}
	}
	if h := s.HTTP; h != nil {
		if h.Method == "" || h.Path == "" {
			return s.line, errors.New("an http step has a method and a path")
		}
		if line, err := use(s.line, h.Path, h.Body); err != nil {
			return line, err
		}
		for _, v := range h.Headers {
			if v != nil {
				if line, err := use(s.line, *v); err != nil {
					return line, err
				}
			}
		}
	}
	if n := s.Notified; n != nil {
		return checkPattern(&n.Expect, use)
	}
	if s.Expect.Kind == yaml.MappingNode {
		for i := 0; i < len(s.Expect.Content); i += 2 {
			if k := s.Expect.Content[i]; !slices.Contains(responseMembers, k.Value) {
				return k.Line, fmt.Errorf("a response has no %q", k.Value)
			}
		}
	} else if !s.Expect.IsZero() {
		return s.line, errors.New("expect is no mapping")
	}
	for _, path := range s.Save {
		if first, _, _ := strings.Cut(path, "/"); !slices.Contains(responseMembers, first) {
			return s.line, fmt.Errorf("a response has no %q to save", path)
		}
	}
	return checkPattern(&s.Expect, use)
}

// checkValue finds unknown variables and tags in a value to be sent.
func checkValue(n *yaml.Node, use useFunc) (int, error) {
	if strings.HasPrefix(n.Tag, "!") && !strings.HasPrefix(n.Tag, "!!") {
		return n.Line, fmt.Errorf("tag %s in a value to be sent", n.Tag)
	}
	if n.Kind == yaml.ScalarNode {
		return use(n.Line, n.Value)
	}
	for _, c := range n.Content {
		if line, err := checkValue(c, use); err != nil {
			return line, err
		}
	}
	return 0, nil
}

// checkPattern finds unknown variables and tags in a pattern.
func checkPattern(n *yaml.Node, use useFunc) (int, error) {
	if strings.HasPrefix(n.Tag, "!") && !strings.HasPrefix(n.Tag, "!!") {
		m, ok := matchers[n.Tag]
		if !ok {
			return n.Line, fmt.Errorf("unknown tag %s", n.Tag)
		}
		if m.kind != 0 && m.kind != n.Kind {
			return n.Line, fmt.Errorf("the value of %s is of the wrong kind", n.Tag)
		}
		switch n.Tag {
		case "!is":
			if !slices.Contains(types, n.Value) {
				return n.Line, fmt.Errorf("%q is no type", n.Value)
			}
		case "!re":
			if _, err := regexp.Compile(n.Value); err != nil {
				return n.Line, err
			}
			if line, err := use(n.Line, n.Value); err != nil {
				return line, err
			}
			return 0, nil
		case "!count":
			if _, err := strconv.Atoi(n.Value); err != nil && !strings.HasPrefix(n.Value, "$") {
				return n.Line, fmt.Errorf("%q is no count", n.Value)
			}
		}
	}
	if n.Kind == yaml.ScalarNode {
		return use(n.Line, n.Value)
	}
	for _, c := range n.Content {
		if line, err := checkPattern(c, use); err != nil {
			return line, err
		}
	}
	return 0, nil
}
