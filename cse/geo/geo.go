// Package geo answers the geo-query condition of a filter: whether a
// resource's location lies within, contains or crosses a given geometry.
//
// Geometries are planar over longitude and latitude in degrees, as GeoJSON
// writes them (RFC 7946); none crosses the antimeridian.
package geo

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/peterstace/simplefeatures/geom"

	"github.com/sigil-m2m/sigil/m2m"
)

// geometryTypes are the names that GeoJSON has for m2m:geometryType 1 to 6.
var geometryTypes = [...]string{"", "Point", "LineString", "Polygon", "MultiPoint", "MultiLineString", "MultiPolygon"}

// relations are m2m:geoSpatialFunctionType 1 to 3, of location and geometry.
var relations = [...]func(a, b geom.Geometry) (bool, error){
	1: geom.Within,
	2: geom.Contains,
	3: func(a, b geom.Geometry) (bool, error) { return geom.Intersects(a, b), nil },
}

// A Query is a geo-query ready to test many locations. It is safe for
// concurrent use.
type Query struct {
	points   int
	geometry geom.Geometry
	relation func(location, geometry geom.Geometry) (bool, error)
}

// What a comparison may cost: it takes time and memory in proportion to the
// pairs of lines that cross, up to some microseconds each.
const (
	maxPoints = 2048    // of one geometry
	maxPairs  = 1 << 16 // of points of a location and of a query
)

// points returns at least the number of points in coordinates: each is an
// array.
func points(coordinates []byte) int { return bytes.Count(coordinates, []byte("[")) }

// Compile makes a Query. The error says what is missing or malformed.
func Compile(q *m2m.GeoQuery) (*Query, error) {
	if q.GeometryType == 0 || q.Function == 0 || len(q.Geometry) == 0 {
		return nil, fmt.Errorf("gmty, geom and gsf belong together")
	}
	if q.GeometryType >= len(geometryTypes) || q.Function >= len(relations) {
		return nil, fmt.Errorf("unknown geometry type or function")
	}
	n := points(q.Geometry)
	if n > maxPoints {
		return nil, fmt.Errorf("geom has more than %d points", maxPoints)
	}
	g, err := parse(q.GeometryType, q.Geometry)
	if err != nil {
		return nil, err
	}
	return &Query{n, g, relations[q.Function]}, nil
}

// Pairs returns how many points a location and the query have, multiplied: a
// measure of what Matches costs.
func (q *Query) Pairs(location json.RawMessage) int { return q.points * points(location) }

// Matches reports whether a location attribute (m2m:geoCoordinates as JSON)
// stands in the wanted relation to the geometry. A location that is absent, is
// no valid geometry or is too detailed to compare does not.
func (q *Query) Matches(location json.RawMessage) bool {
	var l struct {
		Type        int             `json:"typ"`
		Coordinates json.RawMessage `json:"crd"`
	}
	if n := points(location); len(location) == 0 || n > maxPoints || n*q.points > maxPairs || json.Unmarshal(location, &l) != nil {
		return false
	}
	g, err := parse(l.Type, l.Coordinates)
	if err != nil {
		return false
	}
	ok, err := q.relation(g, q.geometry)
	return err == nil && ok
}

// parse reads coordinates, written as a JSON array or as a string that has
// one in it.
func parse(geometryType int, coordinates json.RawMessage) (geom.Geometry, error) {
	if geometryType < 1 || geometryType >= len(geometryTypes) {
		return geom.Geometry{}, fmt.Errorf("geometry type %d is unknown", geometryType)
	}
	if len(coordinates) > 0 && coordinates[0] == '"' {
		var s string
		if err := json.Unmarshal(coordinates, &s); err != nil {
			return geom.Geometry{}, fmt.Errorf("malformed coordinates")
		}
		coordinates = json.RawMessage(s)
	}
	if !json.Valid(coordinates) {
		return geom.Geometry{}, fmt.Errorf("malformed coordinates")
	}
	text := append([]byte(`{"type":`), strconv.Quote(geometryTypes[geometryType])...)
	text = append(text, `,"coordinates":`...)
	text = append(append(text, coordinates...), '}')
	g, err := geom.UnmarshalGeoJSON(text)
	if err != nil {
		return geom.Geometry{}, fmt.Errorf("coordinates are no %s", geometryTypes[geometryType])
	}
	return g, nil
}
