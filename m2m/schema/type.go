package schema

import (
	"encoding/json"

	"github.com/sigil-m2m/sigil/m2m"
)

// A Presence tells whether a request may or must give an attribute: the
// columns "Request Optionality" of the tables in TS-0004 7.4.
type Presence uint8

// Request optionalities.
const (
	NotPresent Presence = iota // NP
	Optional                   // O
	Mandatory                  // M
)

// String returns the abbreviation that the standard's tables use.
func (p Presence) String() string { return [...]string{"NP", "O", "M"}[p] }

// An Announcement tells whether the announced variant of a resource has an
// attribute of the original. TS-0001 9.6.26.
type Announcement uint8

// Announcement columns of the attribute tables in TS-0001 9.6.
const (
	NotAnnounced       Announcement = iota // NA
	OptionalAnnounced                      // OA: if announcedAttribute names it
	MandatoryAnnounced                     // MA: if the original has it
)

// String returns the abbreviation that the standard's tables use.
func (a Announcement) String() string { return [...]string{"NA", "OA", "MA"}[a] }

// An Attribute is one row of a resource type's attribute table.
type Attribute struct {
	Name     string       // long name, as in "maxNrOfInstances"
	Short    string       // short name, as in "mni": what travels (TS-0004 8.2.3)
	DataType string       // of the value, or of one member if the type is written "[...]", as in "m2m:timestamp"
	List     bool         // the value is a JSON array
	Required bool         // multiplicity 1: every resource has it, and null does not delete it
	Create   Presence     // in a Create request
	Update   Presence     // in an Update request
	Announce Announcement // in the announced variant
	Custom   bool         // defined by a flexContainer specialisation

	// Default is what holds if the creator gives no value, as compact JSON;
	// nil if the standard gives none. A new resource gets it if the attribute
	// is Required, else the resource is without it (TS-0004 7.3.3.5).
	Default json.RawMessage
	// Fixed is the only value that the attribute may have, as compact JSON;
	// nil if there is no such. It is that of mgmtDefinition and
	// containerDefinition in a specialisation.
	Fixed json.RawMessage

	dataType *DataType
}

// Definition returns the data type of the attribute's whole value: that of
// the list if it is one.
func (a *Attribute) Definition() *DataType { return a.dataType }

// A Type is a resource type, or a specialisation of <mgmtObj> or
// <flexContainer>, or the announced variant of either.
type Type struct {
	Number m2m.ResourceType // ty; that of the base for a specialisation
	Name   string           // long name, as in "container"
	Short  string           // short name, as in "cnt"
	Root   string           // name of the representation's root, as in "m2m:cnt"; empty for the bases <mgmtObj> and <flexContainer>, which have no representation of their own

	ContainerDefinition string // cnd of a flexContainer specialisation, else empty
	MgmtDefinition      int    // mgd of a mgmtObj specialisation, else 0
	Base                *Type  // <flexContainer> or <mgmtObj> (or its announced variant) for a specialisation, else nil
	Original            *Type  // what an announced variant announces, else nil
	Announced           *Type  // the announced variant, nil if there is none

	Attributes []*Attribute // in the order of the table
	Creatable  bool         // by a request; false for what only the Hosting CSE makes, and for the bases
	Updatable  bool         // by a request
	INOnly     bool         // exists at an IN-CSE only
	// Announceable tells that there is an announced variant. TS-0001 9.6.26.
	Announceable bool
	Virtual      []string // resource names of the virtual child resources, as in "la"
	Clause       string   // where the standard defines it

	byShort   map[string]*Attribute
	mandatory []*Attribute // on Create
	children  map[string]bool
	childList []string
}

// Attribute returns the attribute with the short name, nil if the type has
// none.
func (t *Type) Attribute(short string) *Attribute { return t.byShort[short] }

// Has reports whether the type has an attribute with the short name.
func (t *Type) Has(short string) bool { return t.byShort[short] != nil }

// AllowsChild reports whether a resource of type child may be a child of one
// of type t: the child resource tables of TS-0004 7.4 and TS-0001 9.6. A
// specialisation counts as its base and as itself. Virtual children are no
// types: see Virtual.
func (t *Type) AllowsChild(child *Type) bool {
	if child == nil {
		return false
	}
	return t.children[child.key()] || child.Base != nil && t.children[child.Base.key()]
}

// key is what a list of children calls the type: a specialisation by its root
// name, since <battery> of <mgmtObj> and of <flexContainer> are different.
func (t *Type) key() string {
	if t.Base != nil {
		return t.Root
	}
	return t.Name
}
