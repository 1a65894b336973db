package schema

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"github.com/sigil-m2m/sigil/m2m"
)

// A builder makes a Schema out of definitions. It works in the order in which
// they depend on each other: data types, groups of attributes, base types,
// specialisations, announced variants.
type builder struct {
	dataTypes map[string]*DataType
	groups    map[string]*definition
	types     []*Type
	byName    map[string]*Type
	announced map[string][]string // children of the announced variant, by the original's name
	where     map[*Type]*definition
}

func build(defs []*definition) (*Schema, error) {
	b := &builder{
		dataTypes: simpleTypes(),
		groups:    make(map[string]*definition),
		byName:    make(map[string]*Type),
		announced: make(map[string][]string),
		where:     make(map[*Type]*definition),
	}
	steps := []func(*definition) error{
		b.declareDataType, // names first: types refer to each other
		b.defineDataType,
		b.declareGroup,
		b.resource,
		b.specialisation,
	}
	for _, step := range steps {
		for _, d := range defs {
			if err := step(d); err != nil {
				return nil, err
			}
		}
	}
	if err := b.addAnnounced(); err != nil {
		return nil, err
	}
	if err := b.checkChildren(); err != nil {
		return nil, err
	}
	return b.finish()
}

// declareGroup keeps a group of attributes for those who include it, and
// tells what is wrong with it whether anyone does or not.
func (b *builder) declareGroup(d *definition) error {
	if d.keyword != "group" {
		return nil
	}
	if b.groups[d.words[0]] != nil {
		return d.errorf(d.line, "there is another group %s", d.words[0])
	}
	b.groups[d.words[0]] = d
	alone := new(Type)
	for _, row := range d.body {
		if row.setting != "" {
			return d.errorf(row.line, "a group has no settings")
		}
		if err := b.row(alone, d, row, false); err != nil {
			return err
		}
	}
	return nil
}

// resource makes the type of a block "resource NAME SHORT NUMBER".
func (b *builder) resource(d *definition) error {
	if d.keyword != "resource" {
		return nil
	}
	number, err := strconv.ParseUint(d.words[2], 10, 14)
	if err != nil || number == 0 || number >= 10000 {
		return d.errorf(d.line, "%q is no resource type number of 1 to 9999", d.words[2])
	}
	t := &Type{Number: m2m.ResourceType(number), Creatable: true, Updatable: true}
	t.Root = "m2m:" + d.words[1]
	return b.fill(t, d)
}

// specialisation makes the type of a block "mgmtObj NAME SHORT MGD" or
// "flexContainer NAME SHORT CND", which has all that its base has.
func (b *builder) specialisation(d *definition) error {
	if d.keyword != "mgmtObj" && d.keyword != "flexContainer" {
		return nil
	}
	base := b.byName[d.keyword]
	if base == nil {
		return d.errorf(d.line, "the base type %s is not defined", d.keyword)
	}
	t := &Type{
		Number: base.Number, Base: base, Creatable: true, Updatable: true, Announceable: base.Announceable,
		Virtual: base.Virtual, childList: base.childList,
	}
	prefix, local, ok := strings.Cut(d.words[1], ":")
	if !ok || !m2m.ValidShortName(prefix) || !m2m.ValidShortName(local) {
		return d.errorf(d.line, "%q is no root name of the form prefix:short", d.words[1])
	}
	t.Root = d.words[1]
	value := d.words[2]
	key := "cnd"
	if d.keyword == "mgmtObj" {
		n, err := strconv.ParseUint(value, 10, 31)
		if err != nil || n == 0 {
			return d.errorf(d.line, "%q is no mgmtDefinition", value)
		}
		t.MgmtDefinition, key = int(n), "mgd"
	} else {
		t.ContainerDefinition = value
		value = string(m2m.Quote(value))
	}
	for _, a := range base.Attributes {
		if a.Short == mgmtSchema {
			continue
		}
		if a.Short == key {
			fixed := *a
			fixed.Fixed = json.RawMessage(value)
			if err := fixed.Check(fixed.Fixed); err != nil {
				return d.errorf(d.line, "%s", m2m.DetailOf(err))
			}
			a = &fixed
		}
		t.add(a)
	}
	return b.fill(t, d)
}

// mgmtSchema is the short name of the attribute that a <mgmtObj> has if
// nothing but that attribute defines it: no specialisation has it. TS-0004
// table 7.4.15.1-2.
const mgmtSchema = "mgs"

// add appends an attribute; false if there is one of the name already. A
// specialisation may have an attribute of its base's in its own way.
func (t *Type) add(a *Attribute) bool {
	if t.byShort == nil {
		t.byShort = make(map[string]*Attribute)
	}
	if old := t.byShort[a.Short]; old != nil {
		if t.Base == nil || t.Base.byShort[a.Short] != old || old.Name != a.Name {
			return false
		}
		t.byShort[a.Short] = a
		t.Attributes[slices.Index(t.Attributes, old)] = a
		return true
	}
	t.byShort[a.Short] = a
	t.Attributes = append(t.Attributes, a)
	return true
}

// fill reads the body of a type's block into t and adds t to the types.
func (b *builder) fill(t *Type, d *definition) error {
	t.Name, t.Short = d.words[0], d.words[1]
	if _, local, ok := strings.Cut(t.Short, ":"); ok {
		t.Short = local
	}
	if b.byName[t.key()] != nil {
		return d.errorf(d.line, "there is another type %s", t.key())
	}
	if !m2m.ValidShortName(t.Short) {
		return d.errorf(d.line, "%q is no short name", t.Short)
	}
	for _, line := range d.body {
		var err error
		switch line.setting {
		case "":
			err = b.row(t, d, line, t.Base != nil && d.keyword == "flexContainer")
		case "include":
			err = b.include(t, d, line)
		case "clause":
			t.Clause = strings.Join(line.words, " ")
		case "virtual":
			t.Virtual = slices.Concat(t.Virtual, line.words)
		case "options":
			err = t.options(d, line)
		case "children":
			t.childList = slices.Concat(t.childList, line.words)
		case "announced-children":
			b.announced[t.key()] = append(b.announced[t.key()], line.words...)
		case "without":
			err = t.without(d, line)
		default:
			err = d.errorf(line.line, "%q is no setting of a type", m2m.Clip(line.setting))
		}
		if err != nil {
			return err
		}
	}
	b.byName[t.key()] = t
	b.types = append(b.types, t)
	b.where[t] = d
	return nil
}

// options reads the setting that says where a type differs from most.
func (t *Type) options(d *definition, line bodyLine) error {
	for _, w := range line.words {
		switch w {
		case "not-creatable":
			t.Creatable = false
		case "not-updatable":
			t.Updatable = false
		case "IN-only":
			t.INOnly = true
		case "announceable":
			t.Announceable = true
		case "not-announceable":
			t.Announceable = false
		case "base":
			t.Root, t.Creatable = "", false
		default:
			return d.errorf(line.line, "%q is no option of a type", m2m.Clip(w))
		}
	}
	return nil
}

// without takes children away that a specialisation would have from its base.
func (t *Type) without(d *definition, line bodyLine) error {
	if t.Base == nil {
		return d.errorf(line.line, "only a specialisation has children to do without")
	}
	kept := slices.Clone(t.childList)
	for _, name := range line.words {
		i := slices.Index(kept, name)
		if i < 0 {
			return d.errorf(line.line, "%s is no child of %s", name, t.Base.Name)
		}
		kept = slices.Delete(kept, i, i+1)
	}
	t.childList = kept
	return nil
}

func (b *builder) include(t *Type, d *definition, line bodyLine) error {
	for _, name := range line.words {
		g := b.groups[name]
		if g == nil {
			return d.errorf(line.line, "there is no group %s", m2m.Clip(name))
		}
		for _, row := range g.body {
			if err := b.row(t, g, row, false); err != nil {
				return d.errorf(line.line, "group %s: %v", name, err)
			}
		}
	}
	return nil
}

// row adds the attribute of a row
//
//	NAME SHORT TYPE MULTIPLICITY CREATE UPDATE ANNOUNCE [default=JSON]
//
// to t.
func (b *builder) row(t *Type, d *definition, line bodyLine, custom bool) error {
	w := line.words
	if len(w) < 7 || len(w) > 8 {
		return d.errorf(line.line, "an attribute has 7 columns (name, short name, data type, multiplicity, create, update, announce) and perhaps a default, not %d", len(w))
	}
	a := &Attribute{Name: w[0], Short: w[1], Custom: custom}
	if !attributeName(a.Short) {
		return d.errorf(line.line, "%q is no short name", m2m.Clip(a.Short))
	}
	var err error
	if a.dataType, err = b.typeOf(w[2]); err != nil {
		return d.errorf(line.line, "attribute %s: %v", a.Short, err)
	}
	a.DataType = strings.Trim(w[2], "[]+")
	a.List = a.dataType.Kind == KindList
	var ok [4]bool
	a.Required, ok[0] = lookup(w[3], map[string]bool{"1": true, "0..1": false})
	a.Create, ok[1] = lookup(w[4], presences)
	a.Update, ok[2] = lookup(w[5], presences)
	a.Announce, ok[3] = lookup(w[6], map[string]Announcement{"NA": NotAnnounced, "OA": OptionalAnnounced, "MA": MandatoryAnnounced})
	if i := slices.Index(ok[:], false); i >= 0 {
		return d.errorf(line.line, "attribute %s: %q is no %s", a.Short, m2m.Clip(w[3+i]),
			[...]string{"multiplicity (1, 0..1)", "optionality on create (M, O, NP)", "optionality on update (M, O, NP)", "announcement (MA, OA, NA)"}[i])
	}
	if len(w) == 8 {
		value, ok := strings.CutPrefix(w[7], "default=")
		if !ok || !json.Valid([]byte(value)) {
			return d.errorf(line.line, "attribute %s: %q is not of the form default=JSON", a.Short, m2m.Clip(w[7]))
		}
		a.Default = json.RawMessage(value)
		if err := a.Check(a.Default); err != nil {
			return d.errorf(line.line, "default of %s", m2m.DetailOf(err))
		}
	}
	if !t.add(a) {
		return d.errorf(line.line, "there is another attribute %s", a.Short)
	}
	return nil
}

var presences = map[string]Presence{"NP": NotPresent, "O": Optional, "M": Mandatory}

func lookup[V any](word string, in map[string]V) (V, bool) {
	v, ok := in[word]
	return v, ok
}

// attributeName reports whether s is a short name, which may have the prefix
// of a namespace before it.
func attributeName(s string) bool {
	prefix, local, ok := strings.Cut(s, ":")
	return m2m.ValidShortName(prefix) && (!ok || m2m.ValidShortName(local))
}
