// Package imports has no code, only a test: that the packages of this module
// import each other in one direction, and that a large dependency is imported
// in one place. docs/architecture.md gives the reasons.
//
// It reads what go list says of every package. Imports of test files are
// exempt.
package imports

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const module = "github.com/sigil-m2m/sigil"

// A rule says which packages of this module a package may import. Patterns
// are go list's: m2m/... is m2m and all below. Of the rules whose pattern
// matches a package, the closest holds; a package without a rule fails.
type rule struct {
	pkg string
	may []string
}

var rules = []rule{
	{"m2m", nil},
	{"m2m/...", []string{"m2m/..."}},

	// A store knows no other store.
	{"store", []string{"m2m/..."}},
	{"store/...", []string{"m2m/...", "store"}},

	// The security layers run in an AE as they do in a CSE.
	{"esf/...", []string{"m2m/...", "esf/..."}},

	// The access decision is a function of what it is given.
	{"cse/acp", []string{"m2m/..."}},
	// The CSE knows no binding, and of stores the contract alone.
	{"cse/...", []string{"m2m/...", "esf/...", "store", "cse/..."}},

	// A binding knows nothing of resources.
	{"binding/http", []string{"m2m/...", "binding/http/wire"}},
	{"binding/http/wire", []string{"m2m/..."}},
	{"binding/mqtt", []string{"m2m/...", "binding/mqtt/wire"}},
	{"binding/mqtt/wire", []string{"m2m/..."}},

	// An AE drags in neither a web framework nor a broker.
	{"client/...", []string{"m2m/...", "esf/...", "binding/http/wire", "binding/mqtt/wire", "client/..."}},
	// The conformance tests see a CSE from outside.
	{"conformance/...", []string{"m2m/...", "esf/...", "binding/http/wire", "binding/mqtt/wire", "client/...", "conformance/..."}},

	// Wiring is in one place, and the command line is flags over it.
	{"internal/config", []string{"m2m/..."}},
	{"internal/imports", nil},
	{"internal/node", []string{"m2m/...", "esf/...", "store/...", "cse/...", "binding/...", "client/...", "internal/config"}},
	{"cmd/...", []string{"m2m/...", "esf/...", "client/...", "conformance/...", "internal/..."}},

	// No part of the product: it measures the whole of it from outside.
	{"internal/bench", []string{"m2m/...", "internal/config", "internal/node"}},
}

// A confinement says in which packages alone those of a module may be
// imported, whose paths begin with prefix. A package of unconfined is exempt.
type confinement struct {
	prefix string
	in     string
}

var confinements = []confinement{
	{"github.com/gin-gonic/", "binding/http"},
	{"github.com/eclipse/paho", "binding/mqtt/wire"},
	{"github.com/eclipse-paho/", "binding/mqtt/wire"},
	{"github.com/mochi-mqtt/", "binding/mqtt"},
	{"go.etcd.io/bbolt", "store/bolt/..."},
	{"github.com/jackc/pgx", "store/postgres/..."},
	{"github.com/go-jose/", "esf/security/..."},
	{"github.com/pion/dtls", "esf/security/sm/..."},
}

// unconfined compares the product to what the same modules do without it.
const unconfined = "internal/bench"

// standardOnly are the packages that import the standard library and this
// module alone.
var standardOnly = []string{"m2m", "m2m/clocktest"}

// A listed package is what go list says of one, without its tests.
type listed struct {
	ImportPath string
	Imports    []string
}

func TestImportsPointOneWay(t *testing.T) {
	gotool, err := exec.LookPath("go")
	if err != nil {
		t.Skip("the go command, which lists the packages, is not here:", err)
	}
	cmd := exec.Command(gotool, "list", "-json=ImportPath,Imports", module+"/...")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, &stderr)
	}
	var packages []listed
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var p listed
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		packages = append(packages, p)
	}
	if len(packages) == 0 {
		t.Fatal("go list found no package")
	}
	for _, v := range violations(packages) {
		t.Error(v)
	}
}

// violations says which imports break a rule.
func violations(packages []listed) []string {
	var found []string
	complain := func(format string, args ...any) { found = append(found, fmt.Sprintf(format, args...)) }
	for _, p := range packages {
		pkg := local(p.ImportPath)
		r := ruleFor(pkg)
		if r == nil {
			complain("%s has no rule", pkg)
			continue
		}
		for _, i := range p.Imports {
			if imported := local(i); imported != "" {
				if !matchAny(r.may, imported) {
					complain("%s imports %s", pkg, imported)
				}
				continue
			}
			for _, c := range confinements {
				if strings.HasPrefix(i, c.prefix) && !match(c.in, pkg) && pkg != unconfined {
					complain("%s imports %s, which is for %s", pkg, i, c.in)
				}
			}
			// Only the standard library has no dot before its first slash.
			host, _, _ := strings.Cut(i, "/")
			if strings.Contains(host, ".") && matchAny(standardOnly, pkg) {
				complain("%s imports %s, which is not of the standard library", pkg, i)
			}
		}
	}
	return found
}

// ruleFor returns the rule of pkg itself, or else the one with the longest
// pattern that matches it.
func ruleFor(pkg string) *rule {
	var best *rule
	for i := range rules {
		if rules[i].pkg == pkg {
			return &rules[i]
		}
		if match(rules[i].pkg, pkg) && (best == nil || len(rules[i].pkg) > len(best.pkg)) {
			best = &rules[i]
		}
	}
	return best
}

// local returns the path of a package within this module, empty if it is of
// another.
func local(path string) string {
	if tail, ok := strings.CutPrefix(path, module+"/"); ok {
		return tail
	}
	return ""
}

func match(pattern, pkg string) bool {
	tree, ok := strings.CutSuffix(pattern, "/...")
	return pkg == tree || ok && strings.HasPrefix(pkg, tree+"/")
}

func matchAny(patterns []string, pkg string) bool {
	for _, p := range patterns {
		if match(p, pkg) {
			return true
		}
	}
	return false
}

// TestViolationsAreFound shows that the rules refuse what they are there to
// refuse.
func TestViolationsAreFound(t *testing.T) {
	for _, tt := range []struct {
		name, pkg, imports string
		want               []string
	}{
		{"the vocabulary imports a codec", "m2m", module + "/m2m/encoding", []string{"m2m imports m2m/encoding"}},
		{"the vocabulary imports another module", "m2m", "go.etcd.io/other", []string{"m2m imports go.etcd.io/other, which is not of the standard library"}},
		{"the vocabulary imports the standard library", "m2m", "encoding/json", nil},
		{"a codec imports another module", "m2m/encoding", "github.com/go-json-experiment/json/jsontext", nil},
		{"a store imports the CSE", "store/bolt", module + "/cse", []string{"store/bolt imports cse"}},
		{"a store imports another", "store/bolt", module + "/store/postgres", []string{"store/bolt imports store/postgres"}},
		{"the CSE imports the contract of stores", "cse", module + "/store", nil},
		{"the CSE imports a store", "cse", module + "/store/bolt", []string{"cse imports store/bolt"}},
		{"the access decision imports the CSE's parts", "cse/acp", module + "/cse/resources", []string{"cse/acp imports cse/resources"}},
		{"a security layer imports the CSE", "esf/integration", module + "/cse", []string{"esf/integration imports cse"}},
		{"a security layer imports a binding", "esf/security/sm", module + "/binding/http/wire", []string{"esf/security/sm imports binding/http/wire"}},
		{"a binding imports the CSE", "binding/http", module + "/cse", []string{"binding/http imports cse"}},
		{"a binding imports another", "binding/http", module + "/binding/mqtt/wire", []string{"binding/http imports binding/mqtt/wire"}},
		{"the client imports a server", "client", module + "/binding/http", []string{"client imports binding/http"}},
		{"the client imports a wire half", "client", module + "/binding/http/wire", nil},
		{"the command imports the CSE", "cmd/cse", module + "/cse", []string{"cmd/cse imports cse"}},
		{"a package that nobody thought of", "util", "fmt", []string{"util has no rule"}},
		{"a package whose name begins like another's", "m2mutil", "fmt", []string{"m2mutil has no rule"}},
		{"the web framework in the wire half", "binding/http/wire", "github.com/gin-gonic/gin", []string{"binding/http/wire imports github.com/gin-gonic/gin, which is for binding/http"}},
		{"the web framework in its place", "binding/http", "github.com/gin-gonic/gin", nil},
		{"the web framework in the floors of the benchmark", "internal/bench", "github.com/gin-gonic/gin", nil},
		{"the benchmark imports the CSE", "internal/bench", module + "/cse", []string{"internal/bench imports cse"}},
		{"the database outside its store", "internal/node", "go.etcd.io/bbolt", []string{"internal/node imports go.etcd.io/bbolt, which is for store/bolt/..."}},
		{"DTLS outside its package", "esf/security/s1", "github.com/pion/dtls/v2/pkg/protocol", []string{"esf/security/s1 imports github.com/pion/dtls/v2/pkg/protocol, which is for esf/security/sm/..."}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := violations([]listed{{ImportPath: module + "/" + tt.pkg, Imports: []string{tt.imports}}})
			if d := cmp.Diff(tt.want, got); d != "" {
				t.Error(d)
			}
		})
	}
}
