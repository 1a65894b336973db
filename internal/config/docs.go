package config

import (
	"fmt"
	"io"
	"strings"

	"go.yaml.in/yaml/v3"
)

// WriteDocs writes the page that describes every key, in Markdown.
// docs/configuration.md is what it writes.
func WriteDocs(w io.Writer) error {
	var b strings.Builder
	b.WriteString(`# Configuration

<!-- Written by "cse config docs". Do not edit: change the tags in internal/config/config.go. -->

A CSE needs no configuration. What it is told comes, each over the one before,
from its defaults, from the YAML file that ` + "`--config FILE`" + ` (or ` + "`CSE_CONFIG`" + `)
names, from environment variables, and from flags.

Every key can be given in each of these places, and its name says how: a key
` + "`limits.body-bytes`" + ` is the flag ` + "`--limits-body-bytes`" + `, the environment variable
` + "`CSE_LIMITS_BODY_BYTES`" + `, and in the file:

    limits:
      body-bytes: 1048576

Durations are written as in ` + "`500ms`, `30s`, `5m` or `24h`" + `. A list is one value with
commas in a flag or variable, and a YAML list in the file. A key of the file
that is not on this page is an error. ` + "`cse config print`" + ` shows what is in effect.

## General
`)
	table := func() { b.WriteString("\n| key | default | bounds | |\n|---|---|---|---|\n") }
	table()
	for _, k := range Keys() {
		if k.Section {
			fmt.Fprintf(&b, "\n## %s\n\n%s\n", k.Name, k.Help)
			table()
			continue
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", k.Name, k.defaultText(), k.bounds(), strings.ReplaceAll(k.Help, "|", `\|`))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func (k Key) defaultText() string {
	if k.Default == "" {
		return "none"
	}
	if k.Unit != "" {
		return "`" + k.Default + "` " + k.Unit
	}
	return "`" + k.Default + "`"
}

func (k Key) bounds() string {
	switch {
	case len(k.OneOf) > 0:
		return "`" + strings.Join(k.OneOf, "`, `") + "`"
	case k.Min != "":
		return k.Min + " to " + k.Max
	default:
		return k.Type()
	}
}

// WriteYAML writes c as a configuration file that [Load] reads back to the
// same.
func (c Config) WriteYAML(w io.Writer) error {
	root := &yaml.Node{Kind: yaml.MappingNode}
	into := root
	for _, k := range Keys() {
		name := &yaml.Node{Kind: yaml.ScalarNode, Value: k.Name[strings.LastIndexByte(k.Name, '.')+1:]}
		if !strings.Contains(k.Name, ".") {
			into = root
		}
		if k.Section {
			section := &yaml.Node{Kind: yaml.MappingNode}
			into.Content = append(into.Content, name, section)
			into = section
			continue
		}
		value := new(yaml.Node)
		if err := value.Encode(k.value(&c)); err != nil {
			return err
		}
		into.Content = append(into.Content, name, value)
	}
	e := yaml.NewEncoder(w)
	e.SetIndent(2)
	if err := e.Encode(root); err != nil {
		return err
	}
	return e.Close()
}

// value is what the key's field in c is in YAML.
func (k Key) value(c *Config) any {
	switch text := k.text(c); k.Type() {
	case "list":
		list := []string{}
		if text != "" {
			list = strings.Split(text, ",")
		}
		return list
	case "bool":
		return text == "true"
	case "text", "duration":
		return text
	default: // a number with a unit
		return yaml.Node{Kind: yaml.ScalarNode, Value: text}
	}
}
