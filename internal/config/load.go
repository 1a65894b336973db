package config

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/knadh/koanf/providers/env/v2"
	"github.com/knadh/koanf/providers/file"
	"github.com/knadh/koanf/providers/posflag"
	"github.com/knadh/koanf/v2"
	"github.com/spf13/pflag"
)

// Load returns the configuration that the defaults, the file, the environment
// and the flags give, the later over the earlier. An empty path means no file;
// environ is as os.Environ returns it; flags are those of [AddFlags], of which
// the ones that were set count.
//
// A key of the file that is none of the configuration's is an error, for it
// is a slip that would otherwise go unnoticed. A variable CSE_... that is none
// is not: platforms put variables of such names there of their own accord.
func Load(path string, environ []string, flags *pflag.FlagSet) (Config, error) {
	c := Default()
	keys := make(map[string]Key)
	byEnv := make(map[string]Key)
	byFlag := make(map[string]Key)
	for _, k := range Keys() {
		keys[k.Name] = k
		if !k.Section {
			byEnv[k.Env()] = k
			byFlag[k.Flag()] = k
		}
	}

	if path != "" {
		tree := koanf.New(".")
		if err := tree.Load(file.Provider(path), textYAML{}); err != nil {
			return c, fmt.Errorf("configuration file %s: %w", path, err)
		}
		if err := apply(&c, tree.Raw(), "", keys); err != nil {
			return c, fmt.Errorf("configuration file %s: %w", path, err)
		}
	}

	fromEnv := env.Provider("", env.Opt{
		Prefix:      envPrefix,
		EnvironFunc: func() []string { return environ },
		TransformFunc: func(name, value string) (string, any) {
			return byEnv[name].Name, value
		},
	})
	values, err := fromEnv.Read()
	if err != nil {
		return c, err
	}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		if err := keys[name].set(&c, values[name].(string)); err != nil {
			return c, fmt.Errorf("environment variable %s: %w", keys[name].Env(), err)
		}
	}

	if flags != nil {
		fromFlags := posflag.ProviderWithFlag(flags, "", nil, func(f *pflag.Flag) (string, any) {
			return byFlag[f.Name].Name, f.Value.String()
		})
		values, err := fromFlags.Read()
		if err != nil {
			return c, err
		}
		for _, name := range slices.Sorted(maps.Keys(values)) {
			if err := keys[name].set(&c, values[name].(string)); err != nil {
				return c, fmt.Errorf("flag --%s: %w", keys[name].Flag(), err)
			}
		}
	}
	return c, c.validate()
}

// apply gives c the values of a tree that a file spells.
func apply(c *Config, tree map[string]any, prefix string, keys map[string]Key) error {
	for _, member := range slices.Sorted(maps.Keys(tree)) {
		name, value := prefix+member, tree[member]
		k, known := keys[name]
		if !known {
			return fmt.Errorf("%s is no key of the configuration; `cse config docs` lists them all", name)
		}
		section, isSection := value.(map[string]any)
		switch {
		case k.Section && isSection:
			if err := apply(c, section, name+".", keys); err != nil {
				return err
			}
			continue
		case k.Section && value == nil:
			continue // a section whose keys are all commented out
		case k.Section:
			return fmt.Errorf("%s is a section: its keys belong under it, indented", name)
		}
		text, err := scalar(k, value)
		if err == nil {
			err = k.set(c, text)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

// scalar returns the text of a value as [textYAML] gave it.
func scalar(k Key, value any) (string, error) {
	switch v := value.(type) {
	case string:
		return v, nil
	case []string:
		if k.Type() != "list" {
			return "", fmt.Errorf("takes one value, not a list")
		}
		for _, item := range v {
			if strings.Contains(item, ",") {
				return "", fmt.Errorf("item %q contains a comma", item)
			}
		}
		return strings.Join(v, ","), nil
	case nil:
		return "", fmt.Errorf("has no value; leave the key out for its default")
	default:
		return "", fmt.Errorf("is no section")
	}
}
