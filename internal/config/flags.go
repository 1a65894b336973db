package config

import (
	"slices"
	"strings"

	"github.com/spf13/pflag"
)

// AddFlags gives flags one flag for each key of those names, or for each key
// there is if none is named. What they were set to is read, and judged, by
// [Load].
func AddFlags(flags *pflag.FlagSet, names ...string) {
	for _, k := range Keys() {
		if k.Section || len(names) > 0 && !slices.Contains(names, k.Name) {
			continue
		}
		f := flags.VarPF(&textValue{text: k.Default, kind: k.Type()}, k.Flag(), "", k.usage())
		if k.Type() == "bool" {
			f.NoOptDefVal = "true"
		}
	}
}

// usage is the first sentence of the key's help, with what it can be.
func (k Key) usage() string {
	s, _, _ := strings.Cut(k.Help, ". ")
	s = strings.TrimSuffix(s, ".")
	if len(k.OneOf) > 0 {
		s += " (" + strings.Join(k.OneOf, ", ") + ")"
	}
	return s
}

// A textValue is a flag's value that stays text until all sources are read.
type textValue struct{ text, kind string }

func (v *textValue) String() string     { return v.text }
func (v *textValue) Set(s string) error { v.text = s; return nil }
func (v *textValue) Type() string       { return v.kind }
