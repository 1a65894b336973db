package schema

import "strconv"

// levels maps an m2m:geometryType (1 Point to 6 MultiPolygon) to how deep the
// positions of its coordinates lie. RFC 7946 3.1.
var levels = map[int64]int{1: 0, 2: 1, 3: 2, 4: 1, 5: 2, 6: 3}

// geoCoordinates is the rule of m2m:geoCoordinates: a typ and a crd that fit
// each other. Members and their types have been checked before.
func geoCoordinates(v []byte) string {
	var kind int64
	var crd []byte
	rest := v[1:]
	for n := 0; ; n++ {
		name, value, tail, more, ok := nextMember(rest, n)
		if !ok || !more {
			break
		}
		rest = tail
		switch string(name) {
		case "typ":
			kind, _ = parseInt(value)
		case "crd":
			crd = value
		}
	}
	array, ok := coordinateArray(crd)
	if !ok {
		return "crd is no array of coordinates"
	}
	if problem := positions(array, levels[kind], kind == 3 || kind == 6); problem != "" {
		return "crd " + problem + ", which geometry type " + strconv.FormatInt(kind, 10) + " asks for"
	}
	return ""
}

// coordinates is the rule of GeoJSON coordinates without a type beside them:
// a JSON array, or a string that contains one.
func coordinates(v []byte) string {
	array, ok := coordinateArray(v)
	if !ok {
		return describe(v) + " is no array of coordinates"
	}
	for level := range 4 {
		if positions(array, level, false) == "" {
			return ""
		}
	}
	return describe(v) + " is no array of coordinates"
}

// coordinateArray returns the JSON array that v is, or that it contains as
// text, without white space.
func coordinateArray(v []byte) ([]byte, bool) {
	if len(v) > 0 && v[0] == '"' {
		text, ok := unquote(v)
		if !ok {
			return nil, false
		}
		v = make([]byte, 0, len(text))
		for _, c := range text {
			if c != ' ' && c != '\t' && c != '\n' && c != '\r' {
				v = append(v, c)
			}
		}
	}
	return v, len(v) > 0 && v[0] == '['
}

// positions reports what is wrong with nested arrays of positions, which lie
// level arrays deep. A ring of a polygon has four positions or more and ends
// where it began. RFC 7946 3.1.1 to 3.1.7.
func positions(v []byte, level int, rings bool) string {
	if len(v) == 0 || v[0] != '[' {
		return "is not nested as deep"
	}
	var first, last []byte
	n := 0
	for rest := v[1:]; ; n++ {
		item, tail, more, ok := nextItem(rest, n)
		if !ok {
			return "is no JSON array"
		}
		if !more {
			break
		}
		rest = tail
		if level == 0 {
			if !number(item) {
				return "has no position of two or three numbers"
			}
			continue
		}
		if problem := positions(item, level-1, rings); problem != "" {
			return problem
		}
		if n == 0 {
			first = item
		}
		last = item
	}
	switch {
	case level == 0 && (n < 2 || n > 3):
		return "has no position of two or three numbers"
	case level > 0 && n == 0:
		return "has an empty array"
	case level == 1 && rings && (n < 4 || string(first) != string(last)):
		return "has no closed ring of four positions or more"
	}
	return ""
}

// number reports whether v is a JSON number; text out of a string has been
// through no parser.
func number(v []byte) bool {
	if len(v) == 0 || !numeric(v[0]) || len(v) > 64 {
		return false
	}
	_, err := strconv.ParseFloat(string(v), 64)
	return err == nil
}
