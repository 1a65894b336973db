package config

import (
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
)

// set gives the key's field in c the value that text spells. The error says
// what is wrong with the value, and not whose it is.
func (k Key) set(c *Config, text string) error {
	field := reflect.ValueOf(c).Elem().FieldByIndex(k.index)
	switch {
	case k.kind == durationType:
		d, err := time.ParseDuration(text)
		if err != nil {
			return fmt.Errorf("%q is not a duration such as 30s, 5m or 24h", text)
		}
		lo, _ := time.ParseDuration(k.Min)
		hi, _ := time.ParseDuration(k.Max)
		if d < lo || d > hi {
			return fmt.Errorf("%s is not between %s and %s", text, k.Min, k.Max)
		}
		field.SetInt(int64(d))
	case k.kind.Kind() == reflect.Bool:
		b, err := strconv.ParseBool(text)
		if err != nil {
			return fmt.Errorf("%q is neither true nor false", text)
		}
		field.SetBool(b)
	case k.kind.Kind() == reflect.Int:
		n, err := strconv.Atoi(text)
		if err != nil {
			return fmt.Errorf("%q is not a number of %s", text, k.Unit)
		}
		lo, _ := strconv.Atoi(k.Min)
		hi, _ := strconv.Atoi(k.Max)
		if n < lo || n > hi {
			return fmt.Errorf("%d is not between %s and %s %s", n, k.Min, k.Max, k.Unit)
		}
		field.SetInt(int64(n))
	case k.kind.Kind() == reflect.Slice:
		var list []string
		for item := range strings.SplitSeq(text, ",") {
			if item = strings.TrimSpace(item); item != "" {
				list = append(list, item)
			}
		}
		for _, item := range list {
			if err := k.allowed(item); err != nil {
				return err
			}
		}
		field.Set(reflect.ValueOf(list))
	default:
		if err := k.allowed(text); err != nil {
			return err
		}
		field.SetString(text)
	}
	return nil
}

// allowed tells whether text is one of the values that the key can have.
func (k Key) allowed(text string) error {
	if len(k.OneOf) > 0 && !slices.Contains(k.OneOf, text) {
		return fmt.Errorf("%q is none of %s", text, strings.Join(k.OneOf, ", "))
	}
	return nil
}

// text spells the value that the key's field has in c, so that set reads it
// back.
func (k Key) text(c *Config) string {
	v := reflect.ValueOf(c).Elem().FieldByIndex(k.index)
	switch x := v.Interface().(type) {
	case time.Duration:
		return formatDuration(x)
	case []string:
		return strings.Join(x, ",")
	default:
		return fmt.Sprint(x)
	}
}

// formatDuration is Duration.String without the zeros at its end: 24h and not
// 24h0m0s.
func formatDuration(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = s[:len(s)-2]
	}
	if strings.HasSuffix(s, "h0m") {
		s = s[:len(s)-2]
	}
	return s
}
