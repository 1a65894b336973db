package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/sigil-m2m/sigil/internal/config"
)

// sectionedUsage is the usage of a command that takes every key of the
// configuration: its flags, by the configuration's sections.
func sectionedUsage(c *cobra.Command) error {
	w := c.OutOrStderr()
	fmt.Fprintf(w, "Usage:\n  %s\n", c.UseLine())

	ofKeys := make(map[string]bool)
	section := pflag.NewFlagSet("", pflag.ContinueOnError)
	heading, help := "general", ""
	for _, k := range config.Keys() {
		if !k.Section {
			ofKeys[k.Flag()] = true
			section.AddFlag(c.Flags().Lookup(k.Flag()))
			continue
		}
		writeFlags(w, heading, help, section)
		section = pflag.NewFlagSet("", pflag.ContinueOnError)
		heading, help = k.Name, k.Help
	}
	writeFlags(w, heading, help, section)

	rest := pflag.NewFlagSet("", pflag.ContinueOnError)
	c.Flags().VisitAll(func(f *pflag.Flag) {
		if !ofKeys[f.Name] {
			rest.AddFlag(f)
		}
	})
	writeFlags(w, "other flags", "", rest)
	_, err := fmt.Fprint(w, `
All but the other flags are keys of the configuration file and environment
variables too: --limits-body-bytes is limits.body-bytes and CSE_LIMITS_BODY_BYTES. `+"`cse config docs`"+` tells each in full.
`)
	return err
}

func writeFlags(w io.Writer, heading, help string, flags *pflag.FlagSet) {
	flags.SortFlags = false
	fmt.Fprintf(w, "\n%s:\n", heading)
	if help != "" {
		fmt.Fprintf(w, "  %s\n", wrap(help, 90, "  "))
	}
	fmt.Fprint(w, flags.FlagUsagesWrapped(100))
}

// wrap breaks a text into lines of at most width characters; the ones after
// the first begin with indent.
func wrap(text string, width int, indent string) string {
	var b strings.Builder
	n := 0
	for i, word := range strings.Fields(text) {
		switch {
		case i == 0:
		case n+1+len(word) > width:
			b.WriteString("\n" + indent)
			n = 0
		default:
			b.WriteByte(' ')
			n++
		}
		b.WriteString(word)
		n += len(word)
	}
	return b.String()
}
