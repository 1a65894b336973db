package conformance

import (
	"fmt"
	"time"

	"go.yaml.in/yaml/v3"
)

// A Group is one scenario file: purposes that test one thing.
type Group struct {
	File   string `yaml:"-"`      // the file's name
	Name   string `yaml:"group"`  // what is tested, for the reader
	Clause string `yaml:"clause"` // the clause of purposes that cite none of their own
	// Requires holds for every purpose of the file.
	Requires Requires `yaml:"requires"`
	// Purposes are the file's purposes, templates expanded.
	Purposes []*Purpose `yaml:"-"`
}

// A Purpose is one test: something that a conformant CSE does. In a file it may
// be a template whose key "cases" lists mappings: each makes a purpose, in which
// $name stands for the mapping's member of that name.
type Purpose struct {
	ID       string     `yaml:"id"`
	Title    string     `yaml:"title"`  // a sentence that says what is right
	Clause   string     `yaml:"clause"` // the clause behind it, as in "TS-0004 7.3.3.5"
	Requires Requires   `yaml:"requires"`
	By       string     `yaml:"by"`    // originator of steps that name none; the first AE given
	Given    []*Fixture `yaml:"given"` // what exists before the steps
	Steps    []*Step    `yaml:"steps"`

	group *Group
	line  int
}

// Requires says what a CSE must support for a purpose to apply. What it does
// not, it says in its CSEBase (TS-0004 7.4.3.1).
type Requires struct {
	Types    []int  `yaml:"types"`     // in supportedResourceType
	Without  []int  `yaml:"without"`   // not in supportedResourceType
	Release  string `yaml:"release"`   // this or a later one in supportedReleaseVersions
	Before   string `yaml:"before"`    // an earlier release than this one in supportedReleaseVersions
	HTTP     bool   `yaml:"http"`      // the tested binding is HTTP
	INCSE    bool   `yaml:"in-cse"`    // cseType is IN-CSE
	OtherCSE bool   `yaml:"other-cse"` // cseType is not IN-CSE
	Loopback bool   `yaml:"loopback"`  // the CSE is reached at 127.0.0.1
}

// A Fixture is a resource that the engine creates before the steps. It sets
// the variables $as (its structured CSE-relative address), $as.ri, $as.rn and,
// for an AE, $as.id (its AE-ID).
type Fixture struct {
	Make string    `yaml:"make"` // a name of the table in fixture.go, as in "ae"
	As   string    `yaml:"as"`   // the variable; the value of make
	In   string    `yaml:"in"`   // parent; the first AE, the CSEBase for an AE
	By   string    `yaml:"by"`   // originator; the purpose's
	With yaml.Node `yaml:"with"` // attributes beside or instead of the usual

	line int
}

// A Step is one request and what its response must be; or one look at what a
// notification target received.
type Step struct {
	// Exactly one of these says what to do. The five operations have the
	// target address as value.
	Create   *string   `yaml:"create"`
	Retrieve *string   `yaml:"retrieve"`
	Update   *string   `yaml:"update"`
	Delete   *string   `yaml:"delete"`
	Notify   *string   `yaml:"notify"`
	HTTP     *RawHTTP  `yaml:"http"`
	Notified *Notified `yaml:"notified"`
	Pause    Duration  `yaml:"pause"` // let time pass, for timestamps to differ
	Answer   *Answer   `yaml:"answer"`

	// Parameters of the request primitive, by their short names.
	Fr   *string   `yaml:"fr"` // "" sends none; absent means the purpose's originator
	Rqi  *string   `yaml:"rqi"`
	Ty   yaml.Node `yaml:"ty"`
	Pc   yaml.Node `yaml:"pc"`
	Rcn  yaml.Node `yaml:"rcn"`
	Fc   yaml.Node `yaml:"fc"`
	Drt  yaml.Node `yaml:"drt"`
	Rvi  *string   `yaml:"rvi"`
	Vsi  string    `yaml:"vsi"`
	Ot   string    `yaml:"ot"`
	Rqet string    `yaml:"rqet"`
	Rset string    `yaml:"rset"`
	Oet  string    `yaml:"oet"`
	Rt   int       `yaml:"rt"`
	Rp   string    `yaml:"rp"`
	Gid  string    `yaml:"gid"`

	Expect     yaml.Node         `yaml:"expect"`     // a pattern over the response primitive
	Save       map[string]string `yaml:"save"`       // variable: path into the response primitive
	Repeat     int               `yaml:"repeat"`     // so many times, with $i from 1
	AtOnce     bool              `yaml:"at-once"`    // the repeats all at the same time
	Eventually Duration          `yaml:"eventually"` // ask again until expect holds, at most so long
	Skip       []int             `yaml:"skip"`       // response codes that say: not supported here

	line int
}

// A RawHTTP is a request written to the connection as it stands, to test the
// binding itself. X-M2M-Origin, X-M2M-RI and X-M2M-RVI are added unless
// Headers has them; a null there leaves one out. Expect sees status (the HTTP
// status code), header (names as canonical), names (header names exactly as
// they were written) and the primitive's rsc, rqi, rvi and pc.
type RawHTTP struct {
	Method  string             `yaml:"method"`
	Path    string             `yaml:"path"` // path and query as on the request line
	Headers map[string]*string `yaml:"headers"`
	Body    string             `yaml:"body"`
}

// Notified expects a notification at a target that a fixture made.
type Notified struct {
	At     string    `yaml:"at"`     // name of the target
	Within Duration  `yaml:"within"` // how long to wait, 5 s
	Never  bool      `yaml:"never"`  // none that matches may come within that time
	Expect yaml.Node `yaml:"expect"` // a pattern over the request primitive
}

// Answer sets what a target answers from here on.
type Answer struct {
	At  string `yaml:"at"`
	RSC int    `yaml:"rsc"`
}

// A Duration is written as in "1500ms" or "4s".
type Duration time.Duration

// UnmarshalYAML reads a duration in the form of time.ParseDuration.
func (d *Duration) UnmarshalYAML(n *yaml.Node) error {
	v, err := time.ParseDuration(n.Value)
	if err != nil || v < 0 {
		return fmt.Errorf("line %d: %q is no duration", n.Line, n.Value)
	}
	*d = Duration(v)
	return nil
}

// UnmarshalYAML remembers the line.
func (s *Step) UnmarshalYAML(n *yaml.Node) error {
	type plain Step
	s.line = n.Line
	return n.Decode((*plain)(s))
}

// UnmarshalYAML takes a fixture's kind alone for the whole.
func (f *Fixture) UnmarshalYAML(n *yaml.Node) error {
	type plain Fixture
	f.line = n.Line
	if n.Kind == yaml.ScalarNode {
		f.Make = n.Value
	} else if err := n.Decode((*plain)(f)); err != nil {
		return err
	}
	if f.As == "" {
		f.As = f.Make
	}
	return nil
}

// operation returns the short word and the address of the step's request, and
// how many things it says to do.
func (s *Step) operation() (op int, to string, actions int) {
	for i, p := range []*string{s.Create, s.Retrieve, s.Update, s.Delete, s.Notify} {
		if p != nil {
			op, to = i+1, *p
			actions++
		}
	}
	for _, is := range []bool{s.HTTP != nil, s.Notified != nil, s.Pause != 0, s.Answer != nil} {
		if is {
			actions++
		}
	}
	return op, to, actions
}
