package schema

import (
	"embed"
	"fmt"
	"io/fs"
	"slices"

	"github.com/sigil-m2m/sigil/m2m"
)

//go:embed types
var builtIn embed.FS

// A Schema is a set of resource types: those of the standard and further
// specialisations of <flexContainer>. It is immutable.
type Schema struct {
	types     []*Type
	byNumber  map[m2m.ResourceType]*Type
	byRoot    map[string]*Type
	flex      map[string]*Type // by containerDefinition
	mgmt      map[int]*Type    // by mgmtDefinition
	flexAnnc  map[string]*Type
	mgmtAnnc  map[int]*Type
	dataTypes map[string]*DataType
	known     map[string]bool // short names of all attributes
}

// New returns the schema of the standard's resource types and of the
// definition files in further folders and those below them. An error names
// the file and the line.
func New(definitions ...fs.FS) (*Schema, error) {
	var defs []*definition
	for _, folder := range append([]fs.FS{builtIn}, definitions...) {
		more, err := readFolder(folder)
		if err != nil {
			return nil, fmt.Errorf("schema: %w", err)
		}
		defs = append(defs, more...)
	}
	s, err := build(defs)
	if err != nil {
		return nil, fmt.Errorf("schema: %w", err)
	}
	return s, nil
}

// Types returns all types, ordered by number; specialisations follow their
// base. The slice is the caller's, the types are not.
func (s *Schema) Types() []*Type { return slices.Clone(s.types) }

// Type returns the type with the number, a base for ty 13 and 28; nil if
// there is none.
func (s *Schema) Type(ty m2m.ResourceType) *Type { return s.byNumber[ty] }

// Root returns the type whose representation has the root name, as in
// "m2m:cnt", "m2m:fwr" or "cod:binSh"; nil if there is none.
func (s *Schema) Root(root string) *Type { return s.byRoot[root] }

// Flex returns the flexContainer specialisation with the containerDefinition,
// nil if it is unknown.
func (s *Schema) Flex(containerDefinition string) *Type { return s.flex[containerDefinition] }

// Mgmt returns the mgmtObj specialisation with the mgmtDefinition, nil if it
// is unknown.
func (s *Schema) Mgmt(mgmtDefinition int) *Type { return s.mgmt[mgmtDefinition] }

// KnownAttribute reports whether any type has an attribute with the short
// name: an HTTP query may compare it with a value (TS-0009 6.2.2.2).
func (s *Schema) KnownAttribute(short string) bool { return s.known[short] }

// DataType returns the data type with the name, as in "m2m:timestamp"; nil if
// there is none.
func (s *Schema) DataType(name string) *DataType { return s.dataTypes[name] }

// SupportedTypes returns the numbers of all types in ascending order, which
// is what a CSEBase that implements all of them says in
// supportedResourceType. TS-0001 9.6.3. The slice is the caller's.
func (s *Schema) SupportedTypes() []m2m.ResourceType {
	var out []m2m.ResourceType
	for _, t := range s.types {
		if t.Base == nil {
			out = append(out, t.Number)
		}
	}
	return out
}

// Resolve returns the type that a Create means: by its Resource Type
// parameter, the root name of its content and, for a specialisation, the
// definition in the representation. Errors are *m2m.Error:
//
//   - BAD_REQUEST for an unknown number, a root that is not that of the type,
//     a missing or unknown mgmtDefinition and a missing containerDefinition;
//   - NOT_IMPLEMENTED for a self-defined mgmtDefinition;
//   - SPECIALIZATION_SCHEMA_NOT_FOUND for an unknown containerDefinition;
//   - OPERATION_NOT_ALLOWED for a type that no request creates.
func (s *Schema) Resolve(ty m2m.ResourceType, root string, o m2m.Object) (*Type, error) {
	t := s.byNumber[ty]
	if t == nil && ty > virtualNumbers && s.dataTypes["m2m:memberType"].has(int64(ty)) {
		return nil, resolveError(m2m.StatusOperationNotAllowed, "ty %d is a virtual resource, which no request creates", ty)
	}
	if t == nil {
		return nil, resolveError(m2m.StatusBadRequest, "ty %d is no resource type", ty)
	}
	switch original := ty % announcedNumber; original {
	case m2m.TypeFlexContainer:
		cnd, ok := o.String("cnd")
		if !ok {
			return nil, resolveError(m2m.StatusBadRequest, "attribute cnd is mandatory in a Create of %s", t.Name)
		}
		definitions := s.flex
		if ty != original {
			definitions = s.flexAnnc
		}
		if t = definitions[cnd]; t == nil {
			return nil, resolveError(m2m.StatusSpecializationSchemaNotFound, "attribute cnd: %s is no known containerDefinition", quote([]byte(cnd)))
		}
	case m2m.TypeMgmtObj:
		value := o.Get("mgd")
		if value == nil {
			return nil, resolveError(m2m.StatusBadRequest, "attribute mgd is mandatory in a Create of %s", t.Name)
		}
		definitions := s.mgmt
		if ty != original {
			definitions = s.mgmtAnnc
		}
		mgd, ok := parseInt(value)
		if ok && mgd == selfDefined {
			return nil, resolveError(m2m.StatusNotImplemented, "attribute mgd: a self-defined management object is not supported")
		}
		if t = definitions[int(mgd)]; t == nil || !ok {
			return nil, resolveError(m2m.StatusBadRequest, "attribute mgd: %s is no known mgmtDefinition", m2m.Clip(value))
		}
	}
	if !t.Creatable {
		return nil, resolveError(m2m.StatusOperationNotAllowed, "no request creates a %s", t.Name)
	}
	if root != t.Root {
		return nil, resolveError(m2m.StatusBadRequest, "the content is a %s, a %s is a %s", quote([]byte(root)), t.Name, t.Root)
	}
	return t, nil
}

// selfDefined is the mgmtDefinition of what only its mgmtSchema defines.
// TS-0004 table 7.4.15.1-2.
const selfDefined = 0

// virtualNumbers is below the numbers that virtual resources have as members
// of groups, and as nothing else. TS-0004 6.3.4.2.11.
const virtualNumbers = 2 * announcedNumber

func resolveError(status m2m.StatusCode, format string, args ...any) error {
	return m2m.Errorf("schema.resolve", status, format, args...)
}
