package resources

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/sigil-m2m/sigil/m2m"
	"github.com/sigil-m2m/sigil/m2m/encoding"
	"github.com/sigil-m2m/sigil/m2m/schema"
	"github.com/sigil-m2m/sigil/store"
)

var types = func() *schema.Schema {
	s, err := schema.New()
	if err != nil {
		panic(err)
	}
	return s
}()

func parse(t *testing.T, text string) m2m.Object {
	t.Helper()
	o, err := encoding.ParseObject([]byte(text), encoding.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func TestParseHold(t *testing.T) {
	tests := []struct {
		name, body string
		want       Hold
	}{
		{"no limits", `"ty":3`, Hold{MaxInstances: -1, MaxBytes: -1}},
		{"all limits", `"mni":3,"mbs":100,"mia":60,"disr":true`, Hold{MaxInstances: 3, MaxBytes: 100, MaxAge: time.Minute, DisableRetrieval: true}},
		{"limits of zero", `"mni":0,"mbs":0,"mia":0`, Hold{}},
		{"limits that no container reaches", `"mni":99999999999999999999,"mia":9223372036854775807`, Hold{MaxInstances: -1, MaxBytes: -1}},
		{"a flexContainer that keeps instances", `"fcied":true,"mni":1`, Hold{MaxInstances: 1, MaxBytes: -1, Keeps: true}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := ParseHold(&store.Resource{Body: []byte(tt.body)})
			if err != nil || *got != tt.want {
				t.Errorf("got %+v, %v; want %+v", *got, err, tt.want)
			}
		})
	}
	if _, err := ParseHold(&store.Resource{Body: []byte(`"mni":`)}); err == nil {
		t.Error("a damaged body has limits")
	}
}

func TestContentSize(t *testing.T) {
	for content, want := range map[string]int64{
		`"21.5"`: 4, `""`: 0, `"a\"b"`: 3, `"\u00e4"`: 2, `"ä"`: 2, `{"a":1}`: 7, `12`: 2, `[1,2]`: 5, `true`: 4,
	} {
		if got, err := contentSize(nil, m2m.Object{{Name: "con", Value: json.RawMessage(content)}}); err != nil || got != want {
			t.Errorf("%s: %d, %v; want %d", content, got, err, want)
		}
	}
	binary := types.Root("cod:binSh")
	o := parse(t, `{"ty":28,"rn":"s","powSe":true}`)
	if got, err := customSize(binary, o); err != nil || got != 4 {
		t.Errorf("custom attributes: %d, %v; want 4", got, err)
	}
}

func TestJudgeInstance(t *testing.T) {
	instance := types.Type(m2m.TypeContentInstance)
	for _, tt := range []struct {
		name string
		hold Hold
		size int64
		want m2m.StatusCode
	}{
		{"as large as allowed", Hold{MaxBytes: 4}, 4, m2m.StatusOK},
		{"larger than allowed", Hold{MaxBytes: 4}, 5, m2m.StatusNotAcceptable},
		{"without a limit", Hold{MaxBytes: -1}, 1 << 40, m2m.StatusOK},
		{"nothing where nothing is allowed", Hold{MaxBytes: 0}, 0, m2m.StatusOK},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := m2m.StatusOf(judgeInstance(&tt.hold, instance, tt.size)); got != tt.want {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
	if err := judgeInstance(&Hold{MaxBytes: 1}, types.Type(m2m.TypeContainer), 9); err != nil {
		t.Errorf("a child that is no instance: %v", err)
	}
}

func TestCompleteAE(t *testing.T) {
	for _, tt := range []struct{ release, before, want string }{
		{"", `{}`, `["1"]`}, {"1", `{}`, `["1"]`}, {"2", `{}`, `["2"]`},
		{"2a", `{}`, ``}, {"3", `{}`, ``}, {"1", `{"srv":["3"]}`, `["3"]`},
	} {
		o := parse(t, tt.before)
		CompleteAE(&o, tt.release)
		if got := string(o.Get("srv")); got != tt.want {
			t.Errorf("release %q, %s: srv %s, want %s", tt.release, tt.before, got, tt.want)
		}
	}
}

func TestCompletePolicyKeepsSomebodyIn(t *testing.T) {
	for _, tt := range []struct {
		name, policy string
		want         m2m.StatusCode
	}{
		{"a rule for itself", `{"pv":{"acr":[]},"pvs":{"acr":[{"acor":["Ca"],"acop":63}]}}`, m2m.StatusOK},
		{"no rule for itself", `{"pv":{"acr":[]},"pvs":{"acr":[]}}`, m2m.StatusBadRequest},
		{"rules that cannot be read", `{"pv":{"acr":[{"acor":["Ca"],"acop":64}]},"pvs":{"acr":[{"acor":["Ca"],"acop":63}]}}`, m2m.StatusBadRequest},
	} {
		t.Run(tt.name, func(t *testing.T) {
			o := parse(t, tt.policy)
			if got := m2m.StatusOf(completePolicy(&Change{Object: &o})); got != tt.want {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}

func TestCompleteGroupCountsMembers(t *testing.T) {
	o := parse(t, `{"mnm":2,"mid":["a","b","a"]}`)
	if err := completeGroup(&Change{Object: &o}); err != nil {
		t.Fatal(err)
	}
	if string(o.Get("mid")) != `["a","b"]` || string(o.Get("cnm")) != "2" {
		t.Errorf("mid %s, cnm %s", o.Get("mid"), o.Get("cnm"))
	}
	o = parse(t, `{"mnm":1,"mid":["a","b"]}`)
	if got := m2m.StatusOf(completeGroup(&Change{Object: &o})); got != m2m.StatusMaxNumberOfMemberExceeded {
		t.Errorf("too many members: %v", got)
	}
}
