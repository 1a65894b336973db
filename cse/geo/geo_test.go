package geo

import (
	"encoding/json"
	"testing"

	"github.com/sigil-m2m/sigil/m2m"
)

const square = `[[[0,0],[10,0],[10,10],[0,10],[0,0]]]`

func TestMatches(t *testing.T) {
	tests := []struct {
		name     string
		query    m2m.GeoQuery
		location string
		want     bool
	}{
		{"a point within a polygon", m2m.GeoQuery{GeometryType: 3, Geometry: json.RawMessage(square), Function: 1}, `{"typ":1,"crd":[5,5]}`, true},
		{"a point outside a polygon", m2m.GeoQuery{GeometryType: 3, Geometry: json.RawMessage(square), Function: 1}, `{"typ":1,"crd":[15,5]}`, false},
		{"coordinates as a string", m2m.GeoQuery{GeometryType: 3, Geometry: json.RawMessage(square), Function: 1}, `{"typ":1,"crd":"[5,5]"}`, true},
		{"a polygon contains a point", m2m.GeoQuery{GeometryType: 1, Geometry: json.RawMessage(`[5,5]`), Function: 2}, `{"typ":3,"crd":` + square + `}`, true},
		{"a point contains no polygon", m2m.GeoQuery{GeometryType: 3, Geometry: json.RawMessage(square), Function: 2}, `{"typ":1,"crd":[5,5]}`, false},
		{"a line crosses a polygon", m2m.GeoQuery{GeometryType: 3, Geometry: json.RawMessage(square), Function: 3}, `{"typ":2,"crd":[[-5,5],[5,5]]}`, true},
		{"a line that stays away", m2m.GeoQuery{GeometryType: 3, Geometry: json.RawMessage(square), Function: 3}, `{"typ":2,"crd":[[-5,5],[-1,5]]}`, false},
		{"no location", m2m.GeoQuery{GeometryType: 1, Geometry: json.RawMessage(`[5,5]`), Function: 3}, ``, false},
		{"a location that is no geometry", m2m.GeoQuery{GeometryType: 1, Geometry: json.RawMessage(`[5,5]`), Function: 3}, `{"typ":1,"crd":"x"}`, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			q, err := Compile(&tt.query)
			if err != nil {
				t.Fatal(err)
			}
			if got := q.Matches(json.RawMessage(tt.location)); got != tt.want {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}

func TestCompileRefuses(t *testing.T) {
	for name, q := range map[string]m2m.GeoQuery{
		"a geometry without its type": {Geometry: json.RawMessage(`[1,2]`), Function: 1},
		"no function":                 {GeometryType: 1, Geometry: json.RawMessage(`[1,2]`)},
		"a point with one number":     {GeometryType: 1, Geometry: json.RawMessage(`[1]`), Function: 1},
		"an open ring":                {GeometryType: 3, Geometry: json.RawMessage(`[[[0,0],[1,0],[1,1]]]`), Function: 1},
		"an unknown type":             {GeometryType: 9, Geometry: json.RawMessage(`[1,2]`), Function: 1},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := Compile(&q); err == nil {
				t.Error("was accepted")
			}
		})
	}
}

func FuzzMatches(f *testing.F) {
	f.Add(1, `[5,5]`, 1, `{"typ":1,"crd":[5,5]}`)
	f.Add(3, square, 3, `{"typ":2,"crd":"[[0,0],[1,1]]"}`)
	f.Fuzz(func(t *testing.T, ty int, geometry string, function int, location string) {
		if ty < 0 || function < 0 {
			return
		}
		q, err := Compile(&m2m.GeoQuery{GeometryType: ty, Geometry: json.RawMessage(geometry), Function: function})
		if err == nil {
			q.Matches(json.RawMessage(location))
		}
	})
}
