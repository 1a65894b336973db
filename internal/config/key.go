package config

import (
	"reflect"
	"strings"
	"time"
)

// A Key is one thing that can be configured, or a section of them.
type Key struct {
	Name    string   // as in the file, sections joined by dots: "limits.body-bytes"
	Section bool     // a section has a Help and nothing else
	Default string   // as text
	Unit    string   // what a bare number counts; empty if there is none
	Min     string   // least value, as text; empty if there is none
	Max     string   // greatest value, as text; empty if there is none
	OneOf   []string // the values it can have; empty for any
	Help    string   // what it does, in sentences

	index []int // of the field in Config
	kind  reflect.Type
}

// Flag returns the name of the key's flag, without its dashes.
func (k Key) Flag() string { return strings.ReplaceAll(k.Name, ".", "-") }

// Env returns the name of the key's environment variable.
func (k Key) Env() string {
	return envPrefix + strings.ToUpper(strings.NewReplacer(".", "_", "-", "_").Replace(k.Name))
}

// Type names the kind of value that the key takes, for people.
func (k Key) Type() string {
	switch {
	case k.kind == durationType:
		return "duration"
	case k.kind.Kind() == reflect.Bool:
		return "bool"
	case k.kind.Kind() == reflect.Int:
		return k.Unit
	case k.kind.Kind() == reflect.Slice:
		return "list"
	}
	return "text"
}

const envPrefix = "CSE_"

var durationType = reflect.TypeFor[time.Duration]()

// Keys returns every key and section, in the order of the Config's fields.
func Keys() []Key {
	var keys []Key
	var walk func(t reflect.Type, prefix string, index []int)
	walk = func(t reflect.Type, prefix string, index []int) {
		for i := range t.NumField() {
			f := t.Field(i)
			k := Key{
				Name:    prefix + f.Tag.Get("key"),
				Default: f.Tag.Get("default"),
				Unit:    f.Tag.Get("unit"),
				Min:     f.Tag.Get("min"),
				Max:     f.Tag.Get("max"),
				Help:    f.Tag.Get("help"),
				index:   append(append([]int(nil), index...), i),
				kind:    f.Type,
			}
			if s := f.Tag.Get("oneof"); s != "" {
				k.OneOf = strings.Split(s, ",")
			}
			if f.Type.Kind() == reflect.Struct {
				k.Section = true
				keys = append(keys, k)
				walk(f.Type, k.Name+".", k.index)
				continue
			}
			keys = append(keys, k)
		}
	}
	walk(reflect.TypeFor[Config](), "", nil)
	return keys
}

// Default returns the configuration of a CSE that was told nothing.
func Default() Config {
	var c Config
	for _, k := range Keys() {
		if k.Section {
			continue
		}
		if err := k.set(&c, k.Default); err != nil {
			panic("config: the default of " + k.Name + ": " + err.Error())
		}
	}
	return c
}
