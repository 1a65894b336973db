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
// folder that is given to [New]. The format is described at [New].
//
// A [Schema] and all it leads to are immutable once New has returned, so that
// any number of goroutines may use them; nobody changes what its methods
// return. The package keeps no state of its own.
//
// What a type does beyond its table, such as counting instances, is not
// here: that is cse/resources.
package schema
