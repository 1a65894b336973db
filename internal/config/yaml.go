package config

import (
	"errors"
	"fmt"

	"go.yaml.in/yaml/v3"
)

// textYAML is a koanf parser that leaves every value the text that the file
// spells: a CSE name 0123 stays that name and does not become a number, and
// 1 and "1" are the same release. Values are string, []string, nil for
// nothing, and map[string]any for a section.
type textYAML struct{}

func (textYAML) Unmarshal(b []byte) (map[string]any, error) {
	var doc yaml.Node
	if err := yaml.Unmarshal(b, &doc); err != nil {
		return nil, err
	}
	if len(doc.Content) == 0 || doc.Content[0].Tag == "!!null" {
		return nil, nil // an empty file, or one of comments alone
	}
	return mapping(doc.Content[0])
}

func (textYAML) Marshal(map[string]any) ([]byte, error) {
	return nil, errors.New("config: this parser only reads")
}

func mapping(n *yaml.Node) (map[string]any, error) {
	if n.Kind != yaml.MappingNode {
		return nil, fmt.Errorf("line %d: keys and their values are expected", n.Line)
	}
	m := make(map[string]any)
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		if key.Kind != yaml.ScalarNode {
			return nil, fmt.Errorf("line %d: a key is a single word", key.Line)
		}
		if _, twice := m[key.Value]; twice {
			return nil, fmt.Errorf("line %d: %s is there twice", key.Line, key.Value)
		}
		var err error
		switch value.Kind {
		case yaml.MappingNode:
			m[key.Value], err = mapping(value)
		case yaml.SequenceNode:
			m[key.Value], err = list(key.Value, value)
		case yaml.ScalarNode:
			m[key.Value] = value.Value
			if value.Tag == "!!null" {
				m[key.Value] = nil
			}
		default:
			err = fmt.Errorf("line %d: %s: anchors have no meaning here", value.Line, key.Value)
		}
		if err != nil {
			return nil, err
		}
	}
	return m, nil
}

func list(name string, n *yaml.Node) ([]string, error) {
	var items []string
	for _, item := range n.Content {
		if item.Kind != yaml.ScalarNode || item.Tag == "!!null" {
			return nil, fmt.Errorf("line %d: %s: an item is no single value", item.Line, name)
		}
		items = append(items, item.Value)
	}
	return items, nil
}
