package schema

import "slices"

// What the announced variant of a type is called: containerAnnc, cntA, 10003.
const (
	announcedName   = "Annc"
	announcedShort  = "A"
	announcedNumber = 10000
)

// announcedGroup is the group of the common attributes of every announced
// resource. TS-0004 table 7.4.26.1-2.
const announcedGroup = "announced"

// addAnnounced adds the announced variant of each type that has one, made by
// the rules of TS-0004 7.4.26 and TS-0001 9.6.26.
func (b *builder) addAnnounced() error {
	include := bodyLine{words: []string{announcedGroup}}
	for _, t := range slices.Clone(b.types) {
		if !t.Announceable {
			continue
		}
		v := &Type{
			Number:              t.Number + announcedNumber,
			Name:                t.Name + announcedName,
			Short:               t.Short + announcedShort,
			ContainerDefinition: t.ContainerDefinition,
			MgmtDefinition:      t.MgmtDefinition,
			Original:            t,
			Creatable:           t.Root != "",
			Updatable:           true,
			Clause:              "TS-0001 9.6.26, TS-0004 7.4.26",
			childList:           b.announced[t.key()],
		}
		t.Announced = v
		if t.Root != "" {
			v.Root = t.Root + announcedShort
		}
		if t.Base != nil {
			v.Base = t.Base.Announced // made before: bases come first
			v.childList = slices.Concat(b.announced[t.Base.key()], v.childList)
		}
		d := b.where[t]
		include.line = d.line
		if err := b.include(v, d, include); err != nil {
			return err
		}
		for _, a := range t.Attributes {
			// What is common to announced resources is there already.
			if a.Announce != NotAnnounced && !v.Has(a.Short) {
				v.add(announcedAttribute(a))
			}
		}
		b.byName[v.key()] = v
		b.types = append(b.types, v)
	}
	// Types by number, specialisations after their base in the order of the
	// files, for a stable order.
	slices.SortStableFunc(b.types, func(x, y *Type) int { return int(x.Number - y.Number) })
	return nil
}

// announcedAttribute returns an original's attribute as its announced variant
// has it. MA on a Create means that the announcing CSE must send what the
// original has, which the receiver can't know: so none but the definition of a
// specialisation is mandatory here.
func announcedAttribute(a *Attribute) *Attribute {
	v := *a
	v.Default = nil
	v.Required = a.Fixed != nil
	v.Create, v.Update = Optional, Optional
	if a.Fixed != nil {
		v.Create, v.Update = Mandatory, NotPresent
	}
	return &v
}
