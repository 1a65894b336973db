package encoding

import (
	"encoding/json"
	"net/netip"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/sigil-m2m/sigil/m2m"
)

// same compares primitives. An empty list and none are two things.
var same = cmp.Options{cmpopts.EquateComparable(netip.Addr{})}

func TestRequestsSurviveEncoding(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := genRequest.Draw(t, "request")
		data := EncodeRequest(want)
		if !json.Valid(data) {
			t.Fatalf("no JSON: %s", data)
		}
		got, err := DecodeRequest(data, Limits{})
		if err != nil {
			t.Fatalf("%v\n%s", err, data)
		}
		if d := cmp.Diff(want, got, same); d != "" {
			t.Fatalf("%s\n%s", data, d)
		}
	})
}

func TestResponsesSurviveEncoding(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := genResponse.Draw(t, "response")
		data := EncodeResponse(want)
		if !json.Valid(data) {
			t.Fatalf("no JSON: %s", data)
		}
		got, err := DecodeResponse(data, Limits{})
		if err != nil {
			t.Fatalf("%v\n%s", err, data)
		}
		if d := cmp.Diff(want, got, same); d != "" {
			t.Fatalf("%s\n%s", data, d)
		}
	})
}

// TestEveryFieldIsAParameter finds fields that the tables forgot: each field
// of a primitive that is not named here must appear when it is set.
func TestEveryFieldIsAParameter(t *testing.T) {
	check := func(t *testing.T, primitive any, params int, local ...string) {
		fields := 0
		for f := range reflect.TypeOf(primitive).Fields() {
			if !slices.Contains(local, f.Name) {
				fields++
			}
		}
		if fields != params {
			t.Errorf("%T has %d fields that travel, the table %d", primitive, fields, params)
		}
	}
	// rt has two fields: its value and NotificationURIs.
	check(t, m2m.Request{}, len(requestParams)+1, "Peer", "Accept", "Received")
	check(t, m2m.Response{}, len(responseParams), "Location")
	check(t, m2m.FilterCriteria{}, len(filterParams))
	if want := len(filterParams) + 3; len(filterMembers) != want { // gmty, geom and gsf are read, gq is written
		t.Errorf("%d filter members, want %d", len(filterMembers), want)
	}
}

// TestNoCodecFillsPeer keeps the bridge from security to access control
// closed to the wire: what a binding learned of the other side is neither
// written nor read.
func TestNoCodecFillsPeer(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := genRequest.Draw(t, "request")
		r.Peer = m2m.Peer{Entities: []string{"Cpeer-entity"}, Credential: "peer-credential", Addr: netip.MustParseAddr("192.0.2.77"), Confidential: true}
		r.Accept = []m2m.Format{m2m.CBOR}
		r.Received = time.Date(2031, 1, 2, 3, 4, 5, 0, time.UTC)
		data := EncodeRequest(r)
		for _, trace := range []string{"peer-entity", "peer-credential", "192.0.2.77"} {
			if strings.Contains(string(data), trace) {
				t.Fatalf("%s is in %s", trace, data)
			}
		}
		got, err := DecodeRequest(data, Limits{})
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(m2m.Peer{}, got.Peer, same); d != "" || got.Accept != nil || !got.Received.IsZero() {
			t.Fatalf("filled: %+v %v %v", got.Peer, got.Accept, got.Received)
		}
	})
	for _, name := range []string{"peer", "Peer", "prr", "Entities", "entities", "Credential", "confidential", "Accept", "Received"} {
		got, err := DecodeRequest([]byte(`{"op":2,"`+name+`":{"Entities":["Cae"],"Confidential":true}}`), Limits{})
		if err == nil {
			t.Errorf("%s was taken", name)
		}
		if d := cmp.Diff(m2m.Peer{}, got.Peer, same); d != "" {
			t.Errorf("%s: %s", name, d)
		}
	}
}

func TestDecodeRequest(t *testing.T) {
	tests := []struct {
		name, in string
		want     *m2m.Request
	}{
		{"the example of TS-0004 8.4.3",
			`{"op": 1, "fr": "Clight_ae1", "to": "/homegateway/light", "rqi": "A1234", "pc": {"m2m:sch": {"se": {"sce": ["* 0-5 2,6,10 * * * *"]}}}, "ty": 18}`,
			&m2m.Request{Operation: m2m.Create, From: "Clight_ae1", To: "/homegateway/light", RequestID: "A1234", ResourceType: m2m.TypeSchedule,
				Content: m2m.Content{Data: []byte(`{"m2m:sch":{"se":{"sce":["* 0-5 2,6,10 * * * *"]}}}`)}}},
		{"a primitive in m2m:rqp", `{"m2m:rqp":{"op":2,"to":"cse"}}`, &m2m.Request{Operation: m2m.Retrieve, To: "cse"}},
		{"times as text and as numbers", `{"rqet":"20300101T000000","rset":5000,"oet":-1,"rp":"60000"}`,
			&m2m.Request{RequestExpiration: "20300101T000000", ResultExpiration: "5000", OperationExecutionTime: "-1", ResultPersistence: "60000"}},
		{"a response type without targets", `{"rt":{"rtv":3}}`, &m2m.Request{ResponseType: m2m.BlockingRequest}},
		{"an empty list of targets is not an absent one", `{"rt":{"nu":[],"rtv":2}}`,
			&m2m.Request{ResponseType: m2m.NonBlockingRequestAsynch, NotificationURIs: []string{}}},
		{"attribute conditions as an array and alone", `{"fc":{"atr":[{"nm":"cni","val":3},{"nm":"x","val":true}],"catr":{"val":"a*","nm":"lbl"}}}`,
			&m2m.Request{FilterCriteria: &m2m.FilterCriteria{
				Attributes:      []m2m.AttributeCondition{{Name: "cni", Value: "3"}, {Name: "x", Value: "true"}},
				ChildAttributes: []m2m.AttributeCondition{{Name: "lbl", Value: "a*"}}}}},
		{"a geo-query", `{"fc":{"gq":{"gsf":1,"gmty":3,"geom":[ [1.5, 2] ]}}}`,
			&m2m.Request{FilterCriteria: &m2m.FilterCriteria{Geo: &m2m.GeoQuery{GeometryType: 3, Geometry: json.RawMessage("[[1.5,2]]"), Function: 1}}}},
		{"the members of a geo-query in fc", `{"fc":{"gsf":1,"gmty":3,"geom":[1,2]}}`,
			&m2m.Request{FilterCriteria: &m2m.FilterCriteria{Geo: &m2m.GeoQuery{GeometryType: 3, Geometry: json.RawMessage("[1,2]"), Function: 1}}}},
		{"an empty text is an absent one", `{"fr":"","vsi":""}`, &m2m.Request{}},
		{"a filter without members", `{"fc":{}}`, &m2m.Request{FilterCriteria: &m2m.FilterCriteria{}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := DecodeRequest([]byte(tt.in), Limits{})
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(tt.want, got, same); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestDecodeRequestRefuses(t *testing.T) {
	tests := []struct{ name, in, detail string }{
		{"an unknown parameter", `{"op":1,"xyz":1}`, `parameter "xyz" is unknown`},
		{"a long name", `{"shortNamesOnly":1}`, `"shortNamesOnly" is unknown`},
		{"a parameter of responses", `{"rsc":2000}`, `"rsc" is unknown`},
		{"m2m:rqp beside others", `{"m2m:rqp":{},"op":1}`, `"m2m:rqp" is unknown`},
		{"m2m:rqp in m2m:rqp", `{"m2m:rqp":{"m2m:rqp":{"op":1}}}`, `"m2m:rqp" is unknown`},
		{"m2m:rqp that is no object", `{"m2m:rqp":[]}`, "not an object"},
		{"an operation that is none", `{"op":6}`, "op is no integer in 1 to 5"},
		{"an operation as text", `{"op":"1"}`, "op is not a number"},
		{"an operation with a fraction", `{"op":1.0}`, "op is no integer"},
		{"an operation that is null", `{"op":null}`, "op is not a number"},
		{"a target that is a number", `{"to":1}`, "to is not a string"},
		{"an empty time", `{"rqet":""}`, "rqet is empty"},
		{"an originator that is null", `{"fr":null}`, "fr is not a string"},
		{"a type as text", `{"ty":"3"}`, "ty is not a number"},
		{"the type mixed", `{"ty":0}`, "ty is no integer"},
		{"a type beyond numbers", `{"ty":99999999999999999999}`, "ty is no integer"},
		{"content that is text", `{"pc":"{}"}`, "pc is not an object"},
		{"content that is null", `{"pc":null}`, "pc is not an object"},
		{"a list that is text", `{"rids":"a b"}`, "rids is not an array of strings"},
		{"a list of numbers", `{"tids":[1]}`, "tids is not an array of strings"},
		{"a boolean as text", `{"da":"true"}`, "da is not a boolean"},
		{"a boolean as a number", `{"tqi":1}`, "tqi is not a boolean"},
		{"a time that is a boolean", `{"rqet":true}`, "rqet is neither"},
		{"an originating time that is a number", `{"ot":20300101}`, "ot is not a string"},
		{"a response type that is a number", `{"rt":3}`, "rt is not an object"},
		{"a response type without value", `{"rt":{"nu":["a"]}}`, "rt has no rtv"},
		{"a response type with more", `{"rt":{"rtv":3,"x":1}}`, `rt: "x" is unknown`},
		{"a response type that is none", `{"rt":{"rtv":6}}`, "rt: rtv is no integer"},
		{"a result content that is none", `{"rcn":13}`, "rcn is no integer in 0 to 12"},
		{"a release version that is a number", `{"rvi":3}`, "rvi is not a string"},
		{"a filter that is a list", `{"fc":[]}`, "fc is not an object"},
		{"a filter with more", `{"fc":{"xyz":1}}`, `fc: "xyz" is unknown`},
		{"a filter member of a wrong type", `{"fc":{"lbl":"a"}}`, "fc: lbl is not an array of strings"},
		{"a filter number as text", `{"fc":{"lim":"5"}}`, "fc: lim is not a number"},
		{"a filter text as a number", `{"fc":{"crb":20300101}}`, "fc: crb is not a string"},
		{"filter types as texts", `{"fc":{"ty":["3"]}}`, "fc: ty is not an array of numbers"},
		{"a filter type alone", `{"fc":{"ty":3}}`, "fc: ty is not an array of numbers"},
		{"a filter time that is none", `{"fc":{"crb":"yesterday"}}`, "fc: crb is refused"},
		{"a filter number that is negative", `{"fc":{"lim":-1}}`, "fc: lim is refused"},
		{"an empty filter list", `{"fc":{"lbl":[]}}`, "fc: lbl is refused"},
		{"a condition without value", `{"fc":{"atr":[{"nm":"a"}]}}`, "fc: atr has an element"},
		{"a condition with more", `{"fc":{"atr":[{"nm":"a","val":"b","c":1}]}}`, "fc: atr has an element"},
		{"a condition on an object", `{"fc":{"atr":[{"nm":"a","val":{}}]}}`, "fc: atr has an element"},
		{"conditions that are texts", `{"fc":{"patr":["a"]}}`, "fc: patr has an element"},
		{"conditions that are none", `{"fc":{"patr":[]}}`, "fc: patr is empty"},
		{"a geo-query with more", `{"fc":{"gq":{"gsf":1,"gmty":3,"geom":[],"x":1}}}`, `fc: gq: "x" is unknown`},
		{"a geo-query as text", `{"fc":{"gq":{"gsf":1,"gmty":3,"geom":"[1,2]"}}}`, "fc: gq: geom is not an array"},
		{"a geo-query twice", `{"fc":{"gq":{"gsf":1,"gmty":3,"geom":[1,2]},"gmty":4}}`, "fc has gq and members of it"},
		{"a parameter twice", `{"op":1,"op":1}`, "twice at /op"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := DecodeRequest([]byte(tt.in), Limits{})
			if err == nil {
				t.Fatalf("got %+v, want an error", got)
			}
			refused(t, err, tt.detail)
			if got == nil {
				t.Error("the request is nil")
			}
		})
	}
}

func TestRefusedRequestsKeepTheirIdentifier(t *testing.T) {
	got, err := DecodeRequest([]byte(`{"op":"x","fc":3,"rqi":"r1","fr":"Cae","rvi":"3"}`), Limits{})
	if err == nil {
		t.Fatal("no error")
	}
	refused(t, err, "op is not a number")
	want := &m2m.Request{RequestID: "r1", From: "Cae", ReleaseVersion: "3"}
	if d := cmp.Diff(want, got, same); d != "" {
		t.Error(d)
	}
}

func TestDecodeResponse(t *testing.T) {
	want := &m2m.Response{Status: m2m.StatusOK, RequestID: "r1", Content: m2m.Content{Data: []byte(`{"m2m:cin":{"con":"1"}}`)}}
	for _, in := range []string{
		`{"rsc":2000,"rqi":"r1","pc":{"m2m:cin":{"con":"1"}}}`,
		` { "m2m:rsp" : { "rsc" : 2000 , "rqi" : "r1" , "pc" : { "m2m:cin" : { "con" : "1" } } } } `,
	} {
		got, err := DecodeResponse([]byte(in), Limits{})
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(want, got, same); d != "" {
			t.Errorf("%s: %s", in, d)
		}
	}
}

func TestDecodeResponseRefuses(t *testing.T) {
	for _, tt := range []struct{ name, in, detail string }{
		{"no status code", `{"rqi":"r1"}`, "rsc is missing"},
		{"no request identifier", `{"rsc":2000}`, "rqi is missing"},
		{"a status code as text", `{"rsc":"2000","rqi":"r1"}`, "rsc is not a number"},
		{"a status code of another world", `{"rsc":200,"rqi":"r1"}`, "rsc is no integer in 1000 to 9999"},
		{"a parameter of requests", `{"rsc":2000,"rqi":"r1","op":1}`, `"op" is unknown`},
		{"a content offset of zero", `{"rsc":2000,"rqi":"r1","cnot":0}`, "cnot is no integer"},
		{"token information that is text", `{"rsc":2000,"rqi":"r1","tqf":"x"}`, "tqf is not an object"},
		{"a list", `[]`, "not an object"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := DecodeResponse([]byte(tt.in), Limits{})
			if err == nil {
				t.Fatalf("got %+v, want an error", got)
			}
			refused(t, err, tt.detail)
		})
	}
}

func TestEncodingTextThatIsNoUTF8(t *testing.T) {
	got, err := DecodeRequest(EncodeRequest(&m2m.Request{To: "a\xffb", Tokens: []string{"\xc0"}}), Limits{})
	if err != nil {
		t.Fatal(err)
	}
	if got.To != "a�b" || got.Tokens[0] != "�" {
		t.Errorf("%q %q", got.To, got.Tokens)
	}
}

func TestEncodingPanicsOnOtherContent(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("CBOR was written into JSON")
		}
	}()
	EncodeResponse(&m2m.Response{Content: m2m.Content{Format: m2m.CBOR, Data: []byte{0xa0}}})
}

func FuzzDecodeRequest(f *testing.F) {
	for _, s := range []string{
		`{"op":1,"fr":"C1","to":"/a/b","rqi":"1","pc":{"m2m:sch":{"se":{}}},"ty":18,"rvi":"3"}`,
		`{"m2m:rqp":{"op":2,"rt":{"rtv":2,"nu":[]},"rqet":-5,"da":true,"tkns":["a"]}}`,
		`{"fc":{"fu":1,"lbl":["a"],"ty":[2,3],"atr":{"nm":"a","val":1},"crb":"20300101T000000,5","gq":{"gmty":1,"geom":[1],"gsf":2}}}`,
		`{"fc":{"gmty":2}}`, `{"op":9}`, `[]`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		got, err := DecodeRequest(data, Limits{Bytes: 1 << 16, Depth: 8})
		if err != nil {
			refused(t, err, "")
			return
		}
		text := EncodeRequest(got)
		again, err := DecodeRequest(text, Limits{})
		if err != nil {
			t.Fatalf("%q, written again as %q: %v", data, text, err)
		}
		if d := cmp.Diff(got, again, same); d != "" {
			t.Fatalf("%q, written again as %q: %s", data, text, d)
		}
	})
}

func FuzzDecodeResponse(f *testing.F) {
	f.Add([]byte(`{"rsc":2000,"rqi":"1","pc":{"m2m:cin":{"con":"1"}},"rvi":"3","cnst":1,"cnot":5}`))
	f.Add([]byte(`{"m2m:rsp":{"rsc":4000,"rqi":"1","ati":{"ltia":[]},"asri":false,"rset":100}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		got, err := DecodeResponse(data, Limits{Bytes: 1 << 16, Depth: 8})
		if err != nil {
			refused(t, err, "")
			return
		}
		text := EncodeResponse(got)
		again, err := DecodeResponse(text, Limits{})
		if err != nil {
			t.Fatalf("%q, written again as %q: %v", data, text, err)
		}
		if d := cmp.Diff(got, again, same); d != "" {
			t.Fatalf("%q, written again as %q: %s", data, text, d)
		}
	})
}

var createCin = &m2m.Request{Operation: m2m.Create, To: "cse-in/ae/cnt", From: "Cae", RequestID: "12345", ResourceType: m2m.TypeContentInstance,
	ReleaseVersion: "3", Content: m2m.Content{Data: cin}}

func BenchmarkDecodeRequest(b *testing.B) {
	data := EncodeRequest(createCin)
	b.ReportAllocs()
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		if _, err := DecodeRequest(data, Limits{}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkEncodeRequest(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		EncodeRequest(createCin)
	}
}

func BenchmarkEncodeResponse(b *testing.B) {
	r := &m2m.Response{Status: m2m.StatusCreated, RequestID: "12345", ReleaseVersion: "3", Content: m2m.Content{Data: cin}}
	b.ReportAllocs()
	for b.Loop() {
		EncodeResponse(r)
	}
}
