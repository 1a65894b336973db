// Package schema holds the resource types of oneM2M as data: which attributes
// a type has, of which data type each value is, when an attribute may be
// given, and which children a resource may have (TS-0004 6.3, 7.4; TS-0001
// 9.6). The CSE asks it in two steps of a request's way: which type is meant
// by a Create, and whether a representation is valid (TS-0004 7.3.3.3 and
// 7.3.3.4). The codecs ask it for the data type of a value.
//
// The tables are definition files, one for each type, in the folder types:
// what stands there is all that the package knows of a type. A flexContainer
// specialisation of one's own is a further file in the same format, in a
// folder that is given to [New]. The format is described below.
//
// A [Schema] and all it leads to are immutable once New has returned, so that
// any number of goroutines may use them; nobody changes what its methods
// return. The package keeps no state of its own.
//
// What a type does beyond its table, such as counting instances, is not
// here: that is cse/resources.
//
// # Definition files
//
// A definition file is text in UTF-8 and has a name that ends with .def. A
// word that begins with '#' begins a comment. A line at the left margin begins
// a definition, and the indented lines below it are its body:
//
//	flexContainer lamp my:lamp com.example.lamp
//	  clause:   the maker's manual
//	  children: cod:binSh
//	  brightness brigs xs:integer  0..1 O O  OA
//	  mode       mode  my:mode     1    M O  OA default=1
//	  shades     shads [xs:string] 1    M NP NA
//
// A type begins with one of
//
//	resource      NAME SHORT      NUMBER
//	mgmtObj       NAME PREFIX:SHORT MGMTDEFINITION
//	flexContainer NAME PREFIX:SHORT CONTAINERDEFINITION
//
// of which the last two are specialisations: they have the attributes and
// children of their base, and add to them. The columns of an attribute are
// long name, short name, data type ("[type]" is a list, "[type]+" one that needs
// a member), multiplicity (1 or 0..1), optionality in Create and in Update (M, O, NP), announcement (MA, OA,
// NA), and perhaps a default as JSON without white space. Settings are lines
// whose first word ends with a colon; a setting may stand several times:
//
//	clause:             where the type is defined
//	children:           types of child resources; specialisations by their root name
//	announced-children: those of the announced variant
//	without:            children of the base that a specialisation does not have
//	virtual:            resource names of virtual child resources
//	include:            groups of attributes
//	options:            base, announceable, not-announceable, not-creatable,
//	                    not-updatable, IN-only
//
// A group of attributes is "group NAME" with rows of attributes. Data types
// are defined by
//
//	enumeration my:mode      # rows of a number, a range or a "string", and a name
//	  1    day
//	  2..9 night
//	object my:point          # rows of long name, short name, data type, multiplicity
//	  longitude lon xs:float  1
//	  names     nms xs:string 0..n
//	  any-of:   lon nms      # at least one of these must be there
//	range  my:level 0 100    # an integer with bounds
//	list   my:modes my:mode  # a list that needs a member
//	list   my:pair  xs:int 2 # a list of so many members
//	string my:text           # a string of any content
//
// beside those of the standard, whose rules are in code where they need more
// than that. The order of definitions and files does not matter but for the
// order in which [Schema.Types] has the specialisations of one base.
package schema
