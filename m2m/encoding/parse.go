package encoding

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"sync"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/sigil-m2m/sigil/m2m"
)

// What Limits mean by zero.
const (
	DefaultBytes = 1 << 20 // of input
	DefaultDepth = 32      // arrays and objects within each other, the outermost included
)

// Limits bound what a peer can make the receiver work on. A zero field means
// the default.
type Limits struct {
	Bytes int // of input
	Depth int // arrays and objects within each other, the outermost included
}

// ParseObject reads a JSON object. The members keep their order, their names
// are unescaped, and their values are compact and keep the text of numbers.
// The result may share memory with data.
func ParseObject(data []byte, l Limits) (m2m.Object, error) {
	return parseObject("encoding.ParseObject", data, l)
}

func parseObject(op string, data []byte, l Limits) (m2m.Object, error) {
	var o m2m.Object
	err := parse(op, data, l, func(p *parser) (err error) {
		o, err = p.object("the value")
		return err
	})
	if err != nil {
		return nil, err
	}
	return o, nil
}

// ParseContent reads a Content parameter that holds a resource, or another
// object, as in {"m2m:cin":{"con":"1"}}: the name of its only member and the
// object which that is. TS-0004 8.4.2. The result may share memory with
// c.Data.
func ParseContent(c m2m.Content, l Limits) (root string, o m2m.Object, err error) {
	err = content("encoding.ParseContent", c, l, func(p *parser, name string) (err error) {
		root = name
		o, err = p.object("the member of the content")
		return err
	})
	if err != nil {
		return "", nil, err
	}
	return root, o, nil
}

// ParseContentValue reads a Content parameter whose only member may be of any
// type: m2m:atrl is an array, m2m:uri a string. The result may share memory
// with c.Data.
func ParseContentValue(c m2m.Content, l Limits) (root string, value json.RawMessage, err error) {
	err = content("encoding.ParseContentValue", c, l, func(p *parser, name string) (err error) {
		root = name
		value, err = p.value()
		return err
	})
	if err != nil {
		return "", nil, err
	}
	return root, value, nil
}

// ParseArray reads a JSON array. The result may share memory with data.
func ParseArray(data []byte, l Limits) ([]json.RawMessage, error) {
	var a []json.RawMessage
	err := parse("encoding.ParseArray", data, l, func(p *parser) error {
		if p.dec.PeekKind() != '[' {
			return p.mistyped("the value", "an array")
		}
		if _, err := p.dec.ReadToken(); err != nil {
			return err
		}
		a = []json.RawMessage{}
		for p.dec.PeekKind() != ']' {
			v, err := p.value()
			if err != nil {
				return err
			}
			a = append(a, v)
		}
		_, err := p.dec.ReadToken()
		return err
	})
	if err != nil {
		return nil, err
	}
	return a, nil
}

// content reads the one member of a Content parameter: read gets its name and
// reads its value.
func content(op string, c m2m.Content, l Limits, read func(p *parser, name string) error) error {
	if c.Format != m2m.JSON {
		return m2m.Errorf(op, m2m.StatusUnsupportedMediaType, "the content (pc) is in a serialization that is not supported")
	}
	if c.Empty() {
		return m2m.Errorf(op, m2m.StatusBadRequest, "the content (pc) is missing")
	}
	return parse(op, c.Data, l, func(p *parser) error {
		if p.dec.PeekKind() != '{' {
			return p.mistyped("the content (pc)", "an object of one member")
		}
		if _, err := p.dec.ReadToken(); err != nil {
			return err
		}
		if p.dec.PeekKind() == '}' {
			return errMembers
		}
		name, err := p.name()
		if err != nil {
			return err
		}
		if err := read(p, name); err != nil {
			return err
		}
		if p.dec.PeekKind() == '"' {
			return errMembers
		}
		_, err = p.dec.ReadToken()
		return err
	})
}

var errMembers = errors.New("the content (pc) is no object of exactly one member")

// A parser reads one value. It is pooled, for the decoder's buffers and for
// the names that recur in every request.
type parser struct {
	dec     *jsontext.Decoder
	buf     bytes.Buffer // what dec reads; it gives dec its bytes, not a copy
	compact bool         // no white space between tokens
	arena   []byte       // compacted values, with room for all of the input
	members []m2m.Member // being collected
	names   [256]string  // short names met before, by their hash
}

var parsers = sync.Pool{New: func() any {
	p := new(parser)
	p.dec = jsontext.NewDecoder(&p.buf)
	return p
}}

// parse checks the limits, has read read the one value that data holds, and
// turns what went wrong into an Error.
func parse(op string, data []byte, l Limits, read func(p *parser) error) error {
	compact, err := scan(op, data, l)
	if err != nil {
		return err
	}
	p := parsers.Get().(*parser)
	defer p.release()
	p.buf = *bytes.NewBuffer(data)
	p.compact = compact
	if !compact {
		p.arena = make([]byte, 0, len(data))
	}
	err = read(p)
	if err == nil {
		if _, err = p.dec.ReadToken(); err == io.EOF {
			return nil
		}
		if err == nil {
			err = errors.New("something follows the value")
		}
	}
	return explain(op, err)
}

// release puts p back with nothing of the input in it but short names.
func (p *parser) release() {
	clear(p.members)
	p.members = p.members[:0]
	p.arena = nil
	p.buf = bytes.Buffer{}
	p.dec.Reset(&p.buf)
	if cap(p.members) > 1024 {
		p.members = nil
	}
	parsers.Put(p)
}

// object reads an object; what says what it is, should it be something else.
func (p *parser) object(what string) (m2m.Object, error) {
	if p.dec.PeekKind() != '{' {
		return nil, p.mistyped(what, "an object")
	}
	if _, err := p.dec.ReadToken(); err != nil {
		return nil, err
	}
	for p.dec.PeekKind() != '}' {
		name, err := p.name()
		if err != nil {
			return nil, err
		}
		v, err := p.value()
		if err != nil {
			return nil, err
		}
		p.members = append(p.members, m2m.Member{Name: name, Value: v})
	}
	if _, err := p.dec.ReadToken(); err != nil {
		return nil, err
	}
	o := make(m2m.Object, len(p.members))
	copy(o, p.members)
	return o, nil
}

// name reads a member's name.
func (p *parser) name() (string, error) {
	v, err := p.dec.ReadValue()
	if err != nil {
		return "", err
	}
	if bytes.IndexByte(v, '\\') >= 0 {
		b, err := jsontext.AppendUnquote(nil, v)
		return string(b), err
	}
	v = v[1 : len(v)-1]
	if len(v) > 16 {
		return string(v), nil
	}
	h := uint32(2166136261) // FNV-1a
	for _, c := range v {
		h = (h ^ uint32(c)) * 16777619
	}
	known := &p.names[byte(h^h>>8)]
	if *known != string(v) {
		*known = string(v)
	}
	return *known, nil
}

// value reads a value and makes it compact.
func (p *parser) value() (json.RawMessage, error) {
	v, err := p.dec.ReadValue()
	if err != nil {
		return nil, err
	}
	if p.compact {
		return json.RawMessage(v[:len(v):len(v)]), nil
	}
	start := len(p.arena)
	p.arena = appendCompact(p.arena, v)
	return p.arena[start:len(p.arena):len(p.arena)], nil
}

// mistyped is the error that the next value is not what it must be, or that
// there is no value at all.
func (p *parser) mistyped(what, must string) error {
	if p.dec.PeekKind() == 0 {
		if _, err := p.dec.ReadToken(); err != nil {
			return err
		}
	}
	return errors.New(what + " is not " + must)
}

// explain turns an error of the decoder into one for the peer.
func explain(op string, err error) error {
	if _, ok := errors.AsType[*m2m.Error](err); ok {
		return err
	}
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		return m2m.Errorf(op, m2m.StatusBadRequest, "the JSON text ends before its value does")
	}
	syntax, ok := errors.AsType[*jsontext.SyntacticError](err)
	if !ok {
		return m2m.Errorf(op, m2m.StatusBadRequest, "%s", err)
	}
	place := ""
	if syntax.JSONPointer != "" {
		place = " at " + m2m.Clip(string(syntax.JSONPointer))
	}
	switch syntax.Err {
	case jsontext.ErrDuplicateName:
		return m2m.Errorf(op, m2m.StatusBadRequest, "a member is there twice%s, byte %d", place, syntax.ByteOffset)
	case io.ErrUnexpectedEOF:
		return m2m.Errorf(op, m2m.StatusBadRequest, "the JSON text ends before its value does%s, byte %d", place, syntax.ByteOffset)
	}
	return m2m.Errorf(op, m2m.StatusBadRequest, "bad JSON%s, byte %d: %s", place, syntax.ByteOffset, m2m.Clip(syntax.Err.Error()))
}
