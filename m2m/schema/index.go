package schema

import (
	"fmt"

	"github.com/sigil-m2m/sigil/m2m"
)

// checkChildren holds the names of children to the types that there are.
func (b *builder) checkChildren() error {
	for _, t := range b.types {
		for _, name := range t.childList {
			if b.byName[name] == nil {
				d := b.definitionOf(t)
				return d.errorf(d.line, "children of %s: there is no type %s", t.Name, m2m.Clip(name))
			}
		}
	}
	return nil
}

// definitionOf returns the block that a type was made from.
func (b *builder) definitionOf(t *Type) *definition {
	if t.Original != nil {
		t = t.Original
	}
	return b.where[t]
}

// finish indexes the types and holds them to what must be unique.
func (b *builder) finish() (*Schema, error) {
	s := &Schema{
		types:     b.types,
		byNumber:  make(map[m2m.ResourceType]*Type),
		byRoot:    make(map[string]*Type),
		flex:      make(map[string]*Type),
		mgmt:      make(map[int]*Type),
		flexAnnc:  make(map[string]*Type),
		mgmtAnnc:  make(map[int]*Type),
		dataTypes: b.dataTypes,
		known:     make(map[string]bool),
	}
	for _, t := range b.types {
		t.children = make(map[string]bool, len(t.childList))
		for _, name := range t.childList {
			t.children[name] = true
		}
		for _, a := range t.Attributes {
			s.known[a.Short] = true
			if a.Create == Mandatory {
				t.mandatory = append(t.mandatory, a)
			}
		}
		if err := s.index(t); err != nil {
			d := b.definitionOf(t)
			return nil, d.errorf(d.line, "%v", err)
		}
	}
	return s, nil
}

func (s *Schema) index(t *Type) error {
	if t.Root != "" {
		if other := s.byRoot[t.Root]; other != nil {
			return fmt.Errorf("%s and %s have the same root name %s", t.Name, other.Name, t.Root)
		}
		s.byRoot[t.Root] = t
	}
	if t.Base == nil {
		if other := s.byNumber[t.Number]; other != nil {
			return fmt.Errorf("%s and %s have the same number %d", t.Name, other.Name, t.Number)
		}
		s.byNumber[t.Number] = t
		return nil
	}
	flex, mgmt := s.flex, s.mgmt
	if t.Original != nil {
		flex, mgmt = s.flexAnnc, s.mgmtAnnc
	}
	if t.ContainerDefinition != "" {
		if other := flex[t.ContainerDefinition]; other != nil {
			return fmt.Errorf("%s and %s have the same containerDefinition", t.Name, other.Name)
		}
		flex[t.ContainerDefinition] = t
		return nil
	}
	if other := mgmt[t.MgmtDefinition]; other != nil {
		return fmt.Errorf("%s and %s have the same mgmtDefinition", t.Name, other.Name)
	}
	mgmt[t.MgmtDefinition] = t
	return nil
}
