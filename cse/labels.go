package cse

import (
	"fmt"
	"slices"
	"strings"

	"github.com/sigil-m2m/sigil/m2m"
)

// A labelExpression is one expression of a labelsQuery. TS-0004 7.3.3.17.16.
type labelExpression struct {
	key      string
	operator string   // "", NT, EQ, NE, IN or NI
	values   []string // of EQ, NE, IN and NI
}

// parseLabelsQuery reads a labelsQuery: one expression, or several separated
// by semicolons, any of which may match.
//
//	key   NT key   key EQ value   key:value   key NE value
//	key IN (value, value)   key NI (value, value)
func parseLabelsQuery(s string) ([]labelExpression, error) {
	var list []labelExpression
	for part := range strings.SplitSeq(s, ";") {
		if len(list) == maxLabelExpressions {
			return nil, fmt.Errorf("more than %d expressions", maxLabelExpressions)
		}
		e, err := parseLabelExpression(strings.TrimSpace(part))
		if err != nil {
			return nil, err
		}
		list = append(list, e)
	}
	return list, nil
}

const maxLabelExpressions = 64

func parseLabelExpression(s string) (e labelExpression, err error) {
	bad := fmt.Errorf("%q is no label expression", m2m.Clip(s))
	words := strings.Fields(s)
	switch {
	case len(words) == 1:
		key, value, pair := strings.Cut(s, ":")
		if key == "" || pair && value == "" {
			return e, bad
		}
		if pair {
			return labelExpression{key, "EQ", []string{value}}, nil
		}
		return labelExpression{key: key}, nil
	case len(words) == 2 && words[0] == "NT":
		return labelExpression{key: words[1], operator: "NT"}, nil
	case len(words) < 3:
		return e, bad
	}
	e.key, e.operator = words[0], words[1]
	switch e.operator {
	case "EQ", "NE":
		if len(words) != 3 {
			return e, bad
		}
		e.values = words[2:]
	case "IN", "NI":
		rest := strings.TrimSpace(s[len(e.key):])
		rest = strings.TrimSpace(rest[len(e.operator):])
		if !strings.HasPrefix(rest, "(") || !strings.HasSuffix(rest, ")") {
			return e, bad
		}
		for v := range strings.SplitSeq(rest[1:len(rest)-1], ",") {
			if v = strings.TrimSpace(v); v == "" {
				return e, bad
			}
			e.values = append(e.values, v)
		}
	default:
		return e, bad
	}
	return e, nil
}

// matches tests the labels of one resource.
func (e labelExpression) matches(labels []string) bool {
	has, pairs, hits := false, 0, 0
	for _, l := range labels {
		key, value, pair := strings.Cut(l, ":")
		if key != e.key {
			continue
		}
		has = true
		if pair {
			pairs++
			if slices.Contains(e.values, value) {
				hits++
			}
		}
	}
	switch e.operator {
	case "":
		return has
	case "NT":
		return !has
	case "EQ", "IN":
		return hits > 0
	default: // NE, NI
		return pairs > 0 && hits == 0
	}
}
