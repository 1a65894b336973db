// Command cse is a oneM2M Common Services Entity: it hosts the resource tree
// that IoT applications share and decides who may touch it.
//
// It is flags over internal/node and internal/config; `cse help` tells what it
// can do. Each command is one file.
package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/sigil-m2m/sigil/internal/config"
)

func main() {
	os.Exit(run(os.Args[1:], os.Environ(), os.Stdout, os.Stderr))
}

// run is the whole program. It returns the exit status: 0 for success, 1 for
// a command that failed, 2 for one that was not understood.
func run(args, environ []string, stdout, stderr io.Writer) int {
	p := &program{environ: environ}
	root := p.command()
	root.SetArgs(args)
	root.SetOut(stdout)
	root.SetErr(stderr)
	c, err := root.ExecuteC()
	switch {
	case err == nil:
		return 0
	case errors.Is(err, errQuiet):
		return 1
	}
	fmt.Fprintf(stderr, "cse: %v\n", err)
	if !p.started {
		fmt.Fprintf(stderr, "`%s --help` tells more.\n", c.CommandPath())
		return 2
	}
	return 1
}

// errQuiet fails a command that has already said why.
var errQuiet = errors.New("failed")

// A program is what the commands share.
type program struct {
	environ []string
	started bool   // the arguments were understood: a command is running
	file    string // --config
}

func (p *program) command() *cobra.Command {
	root := &cobra.Command{
		Use:   "cse",
		Short: "A oneM2M Common Services Entity",
		Long: `cse is a oneM2M Common Services Entity (CSE): it hosts the resource tree that
IoT applications share, and decides who may touch it.

    cse serve                run a CSE on http://127.0.0.1:8080
    cse check                prove that its stored tree is whole
    cse backup FILE          copy it while it runs
    cse conformance run      test any CSE against the standard

A CSE needs no configuration; ` + "`cse config docs`" + ` describes what there is.`,
		SilenceErrors:     true,
		SilenceUsage:      true,
		CompletionOptions: cobra.CompletionOptions{HiddenDefaultCmd: true},
		PersistentPreRun:  func(*cobra.Command, []string) { p.started = true },
	}
	root.AddCommand(p.serve(), p.config(), p.check(), p.backup(), p.conformance(), version())
	return root
}

// load reads the configuration for a command with the flags of AddFlags.
func (p *program) load(c *cobra.Command) (config.Config, error) {
	return config.Load(p.file, p.environ, c.Flags())
}

// addConfigFlags gives a command --config and the flags of those keys, all if
// none is named.
func (p *program) addConfigFlags(c *cobra.Command, keys ...string) {
	file := ""
	for _, v := range p.environ {
		if value, ok := strings.CutPrefix(v, "CSE_CONFIG="); ok {
			file = value
		}
	}
	c.Flags().StringVar(&p.file, "config", file, "Configuration `file`, YAML; also CSE_CONFIG")
	config.AddFlags(c.Flags(), keys...)
}
