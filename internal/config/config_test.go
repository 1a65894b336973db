package config

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/pflag"
	"pgregory.net/rapid"
)

// load is Load with a file of that text (none if empty) and these arguments.
func load(t testing.TB, file string, environ []string, args ...string) (Config, error) {
	t.Helper()
	path := ""
	if file != "" {
		path = filepath.Join(t.TempDir(), "cse.yaml")
		if err := os.WriteFile(path, []byte(file), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	flags := pflag.NewFlagSet("test", pflag.ContinueOnError)
	AddFlags(flags)
	if err := flags.Parse(args); err != nil {
		t.Fatal(err)
	}
	return Load(path, environ, flags)
}

func TestEveryKeyIsDocumentedAndReachableByOneNameEach(t *testing.T) {
	name := regexp.MustCompile(`^[a-z]+(-[a-z]+)*(\.[a-z]+(-[a-z]+)*)?$`)
	seen := make(map[string]string)
	for _, k := range Keys() {
		if !name.MatchString(k.Name) {
			t.Errorf("%q is no name for a key", k.Name)
		}
		if !strings.HasSuffix(k.Help, ".") {
			t.Errorf("%s: the help is no sentence: %q", k.Name, k.Help)
		}
		if k.Section {
			continue
		}
		for _, n := range []string{k.Flag(), k.Env()} {
			if other, taken := seen[n]; taken {
				t.Errorf("%s and %s are both %s", other, k.Name, n)
			}
			seen[n] = k.Name
		}
		switch k.kind.Kind().String() {
		case "int":
			if k.Unit == "" || k.Min == "" || k.Max == "" {
				t.Errorf("%s is a number without unit or bounds", k.Name)
			}
		case "int64":
			if k.Min == "" || k.Max == "" {
				t.Errorf("%s is a duration without bounds", k.Name)
			}
		}
	}
}

func TestEveryTimerTakesOneSecond(t *testing.T) {
	for _, k := range Keys() {
		if strings.HasPrefix(k.Name, "timers.") && !k.Section {
			if _, err := load(t, "timers: {default-expiration: 1s}", nil, "--"+k.Flag()+"=1s"); err != nil {
				t.Error(err)
			}
		}
	}
}

func TestDefaultsAreValidAndWhatNoSourceSaid(t *testing.T) {
	c, err := load(t, "", nil)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(Default(), c); diff != "" {
		t.Error(diff)
	}
	if c.HTTP != "127.0.0.1:8080" || c.CSEID != "/id-in" || c.Timers.Request != 30*time.Second || c.InsecureOriginators {
		t.Errorf("the defaults are not those that the documentation promises: %+v", c)
	}
}

func TestLaterSourcesWinOverEarlierOnes(t *testing.T) {
	file := `
http: 127.0.0.1:1
cse-name: file
admin: CFile
releases: [1, 2a, 3]
tls:
limits: {body-bytes: 2048}
timers:
  request: 5s
`
	environ := []string{"CSE_CSE_NAME=env", "CSE_ADMIN=CEnv", "CSE_LIMITS_JSON_DEPTH=10", "CSE_SERVICE_HOST=10.0.0.1", "PATH=/bin"}
	c, err := load(t, file, environ, "--admin", "CFlag", "--insecure-originators", "--timers-request=7s",
		"--registration-deny-ae", "Cbad*, Sbad*")
	if err != nil {
		t.Fatal(err)
	}
	want := Default()
	want.HTTP = "127.0.0.1:1"
	want.CSEName = "env"
	want.Admin = "CFlag"
	want.Releases = []string{"1", "2a", "3"}
	want.Limits.BodyBytes = 2048
	want.Limits.JSONDepth = 10
	want.InsecureOriginators = true
	want.Timers.Request = 7 * time.Second
	want.Registration.DenyAE = []string{"Cbad*", "Sbad*"}
	if diff := cmp.Diff(want, c); diff != "" {
		t.Error(diff)
	}
}

func TestBadConfigurationIsRefusedAndNamed(t *testing.T) {
	for _, test := range []struct {
		name    string
		file    string
		environ []string
		args    []string
		want    string // a part of the error
	}{
		{name: "unknown key", file: "htp: x", want: "htp is no key"},
		{name: "unknown key in a section", file: "limits: {bodybytes: 1}", want: "limits.bodybytes is no key"},
		{name: "unknown section", file: "limit: {body-bytes: 1}", want: "limit is no key"},
		{name: "dotted key at the top", file: "limits.body-bytes: {x: 2048}", want: "limits.body-bytes"},
		{name: "section as a value", file: "limits: 3", want: "limits is a section"},
		{name: "value as a section", file: "http: {a: 1}", want: "http: is no section"},
		{name: "list as a value", file: "http: [a, b]", want: "http: takes one value"},
		{name: "list of lists", file: "releases: [[1]]", want: "releases: an item"},
		{name: "nothing as a value", file: "http:", want: "http: has no value"},
		{name: "not YAML", file: "a: [", want: "cse.yaml"},
		{name: "key given twice", file: "http: a\nhttp: b", want: "line 2: http is there twice"},
		{name: "no keys at all", file: "just text", want: "line 1: keys"},
		{name: "alias", file: "http: &a 127.0.0.1:1\nmetrics: *a", want: "metrics: anchors"},
		{name: "bad number in the file", file: "limits: {body-bytes: many}", want: `limits.body-bytes: "many" is not a number of bytes`},
		{name: "number below its bounds", environ: []string{"CSE_LIMITS_BODY_BYTES=1"}, want: "CSE_LIMITS_BODY_BYTES: 1 is not between 1024"},
		{name: "duration without a unit", args: []string{"--timers-request=5"}, want: `--timers-request: "5" is not a duration`},
		{name: "duration above its bounds", args: []string{"--timers-request=48h"}, want: "--timers-request: 48h is not between 1s and 1h"},
		{name: "bad truth value", args: []string{"--insecure-originators=perhaps"}, want: "--insecure-originators"},
		{name: "unknown release", args: []string{"--releases=3,9"}, want: `--releases: "9" is none of`},
		{name: "no release", args: []string{"--releases="}, want: "releases"},
		{name: "unknown CSE type", args: []string{"--cse-type=in"}, want: "--cse-type"},
		{name: "CSE-ID without its slash", args: []string{"--cse-id=id-in"}, want: "cse-id"},
		{name: "CSE-ID with two segments", args: []string{"--cse-id=/id/in"}, want: "cse-id"},
		{name: "CSE name with a slash", args: []string{"--cse-name=a/b"}, want: "cse-name"},
		{name: "CSE name that stands for the CSEBase", args: []string{"--cse-name=-"}, want: "cse-name"},
		{name: "SP-ID with a path", args: []string{"--sp-id=//sp/x"}, want: "sp-id"},
		{name: "empty SP-ID", args: []string{"--sp-id="}, want: "sp-id"},
		{name: "admin that is no identifier", args: []string{"--admin=C Admin"}, want: "admin"},
		{name: "MQTT, which there is not", args: []string{"--mqtt=127.0.0.1:1883"}, want: "no MQTT binding"},
		{name: "HTTP address without a port", args: []string{"--http=127.0.0.1"}, want: "http"},
		{name: "HTTP port by name", args: []string{"--http=127.0.0.1:http"}, want: "http"},
		{name: "metrics address without a port", args: []string{"--metrics=on"}, want: "metrics"},
		{name: "certificate without key", args: []string{"--tls-cert=a"}, want: "tls.key"},
		{name: "client CA without certificate", args: []string{"--tls-client-ca=a"}, want: "tls.client-ca"},
		{name: "no data folder", args: []string{"--data="}, want: "data"},
		{name: "default expiration beyond the maximum", args: []string{"--timers-maximum-expiration=1h"}, want: "timers.default-expiration"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := load(t, test.file, test.environ, test.args...)
			if err == nil {
				t.Fatal("was accepted")
			}
			if !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %q does not say %q", err, test.want)
			}
		})
	}
}

func TestAFileThatIsNotThereIsAnError(t *testing.T) {
	if _, err := Load(filepath.Join(t.TempDir(), "none.yaml"), nil, nil); err == nil {
		t.Error("was accepted")
	}
}

func TestNumbersInTheFileStayTheTextTheyAre(t *testing.T) {
	c, err := load(t, "cse-name: 0123\ndata: 2026-01-02\n", nil)
	if err != nil || c.CSEName != "0123" || c.Data != "2026-01-02" {
		t.Errorf("name %q, data %q, error %v", c.CSEName, c.Data, err)
	}
}

func TestSPIDMayComeWithoutItsSlashes(t *testing.T) {
	c, err := load(t, "", nil, "--sp-id=sp.example")
	if err != nil || c.SPID != "//sp.example" {
		t.Errorf("SP-ID %q, error %v", c.SPID, err)
	}
}

// TestWhatIsPrintedReadsBack sets some keys to values within their bounds and
// reads back what WriteYAML made of them.
func TestWhatIsPrintedReadsBack(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		c := Default()
		for _, k := range Keys() {
			if k.Section || !rapid.Bool().Draw(r, k.Name) {
				continue
			}
			var text string
			switch k.Type() {
			case "bool":
				text = "true"
			case "duration":
				text = rapid.SampledFrom([]string{"1s", "1h", "59m59s", "1m0.5s", k.Min, k.Max}).Draw(r, "duration")
			case "list":
				text = strings.Join(rapid.SliceOfN(rapid.SampledFrom([]string{"1", "2", "2a", "3"}), 1, 3).Draw(r, "list"), ",")
			case "text":
				continue // judged by validate, and plain strings to YAML
			default:
				text = rapid.SampledFrom([]string{k.Min, k.Max}).Draw(r, "number")
			}
			if err := k.set(&c, text); err != nil && !strings.Contains(err.Error(), "between") {
				r.Fatalf("%s: %v", k.Name, err)
			}
		}
		if c.validate() != nil {
			return
		}
		var b bytes.Buffer
		if err := c.WriteYAML(&b); err != nil {
			r.Fatal(err)
		}
		back, err := load(t, b.String(), nil)
		if err != nil {
			r.Fatalf("%v\n%s", err, b.String())
		}
		if diff := cmp.Diff(c, back); diff != "" {
			r.Fatalf("%s\n%s", diff, b.String())
		}
	})
}

func TestTheDocumentationPageIsCurrent(t *testing.T) {
	page, err := os.ReadFile("../../docs/configuration.md")
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := WriteDocs(&b); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(page), b.String()); diff != "" {
		t.Errorf("run `go run ./cmd/cse config docs >docs/configuration.md`:\n%s", diff)
	}
}

// FuzzFile proves that no file makes Load panic, and that what it accepts is
// accepted again as printed.
func FuzzFile(f *testing.F) {
	f.Add("http: 127.0.0.1:8080\nlimits:\n  body-bytes: 4096\n")
	f.Add("releases: [1, 2a]\ntls: {cert: a, key: b}\n")
	f.Add("mqtt: off\ninsecure-originators: yes\n")
	f.Add("? [a]\n: b\n")
	path := filepath.Join(f.TempDir(), "cse.yaml")
	f.Fuzz(func(t *testing.T, text string) {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		c, err := Load(path, nil, nil)
		if err != nil {
			return
		}
		var b bytes.Buffer
		if err := c.WriteYAML(&b); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
		back, err := Load(path, nil, nil)
		if err != nil {
			t.Fatalf("%v\n%s", err, b.String())
		}
		if diff := cmp.Diff(c, back); diff != "" {
			t.Error(diff)
		}
	})
}
