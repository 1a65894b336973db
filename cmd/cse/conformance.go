package main

import (
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/sigil-m2m/sigil/conformance"
)

func (p *program) conformance() *cobra.Command {
	c := &cobra.Command{
		Use:   "conformance",
		Short: "Test a CSE, this one or another, against the standard",
		Args:  cobra.NoArgs,
	}
	c.AddCommand(conformanceRun(), conformanceList())
	return c
}

func conformanceRun() *cobra.Command {
	var cfg conformance.Config
	var junit string
	var verbose bool
	c := &cobra.Command{
		Use:   "run",
		Short: "Run the test purposes against a CSE",
		Long: `run plays AEs and notification targets towards the CSE at --url, judges its
answers by the standard alone, and deletes what it created. Each purpose has a
subtree of its own, so that runs repeat and run in parallel.

It prints what failed, with what was asked and answered, and what was skipped
since the CSE says that it does not support it. The last line counts:
"N passed, M failed, K skipped". The exit status is 0 if nothing failed.`,
		Example: `  cse conformance run
  cse conformance run --only 'TP/oneM2M/CSE/REG/*' -v
  cse conformance run --url http://10.0.0.7:8080 --cse-id /in-cse --cse-name CSEBase --parallel 8 --junit result.xml`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			ctx, stop := signal.NotifyContext(c.Context(), syscall.SIGINT, syscall.SIGTERM)
			defer stop()
			if !strings.HasPrefix(cfg.SPID, "//") {
				cfg.SPID = "//" + cfg.SPID
			}
			out := c.OutOrStdout()
			summary, err := conformance.Run(ctx, cfg, conformance.NewReporter(out, verbose))
			if err != nil {
				return err
			}
			if junit != "" {
				if err := writeJUnit(junit, summary); err != nil {
					return err
				}
			}
			if err := conformance.WriteSummary(out, summary); err != nil {
				return err
			}
			if summary.Failed > 0 {
				return errQuiet
			}
			return nil
		},
	}
	f := c.Flags()
	f.SortFlags = false
	f.StringVar(&cfg.URL, "url", "http://127.0.0.1:8080", "Point of access of the CSE")
	f.StringVar(&cfg.CSEID, "cse-id", "/id-in", "Its CSE-ID, SP-relative")
	f.StringVar(&cfg.CSEName, "cse-name", "cse-in", "resourceName of its CSEBase")
	f.StringVar(&cfg.SPID, "sp-id", "//sigil.example", "Its M2M-SP-ID")
	f.StringVar(&cfg.Admin, "admin", "CAdmin", "Originator with all privileges")
	f.StringVar(&cfg.AEPrefix, "ae-prefix", "C", "What the AE-ID-Stems begin with that AEs register")
	f.StringVar(&cfg.Release, "release", "3", "Release Version Indicator of requests that test no other")
	f.StringVar(&cfg.Only, "only", "", "Run purposes whose identifier matches this `pattern`; * is any run of characters, a pattern without * matches anywhere")
	f.StringArrayVar(&cfg.Except, "except", nil, "Leave out purposes whose identifier matches this `pattern`; may be repeated")
	f.IntVar(&cfg.Parallel, "parallel", 1, "How many purposes run at a time")
	f.DurationVar(&cfg.Timeout, "timeout", 0, "Longest that a request may take (default 10s)")
	f.StringVar(&cfg.Listen, "listen", "127.0.0.1:0", "Address at which notification targets listen")
	f.StringVar(&cfg.Reach, "reach", "", "Host by which the CSE reaches them (default the listening address)")
	f.StringVar(&junit, "junit", "", "Write the results to this `file` as JUnit XML too")
	f.BoolVarP(&verbose, "verbose", "v", false, "Print purposes that passed too")
	return c
}

func writeJUnit(path string, s conformance.Summary) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	if err := conformance.WriteJUnit(f, s); err != nil {
		f.Close()
		return err
	}
	return f.Close()
}

func conformanceList() *cobra.Command {
	return &cobra.Command{
		Use:   "list",
		Short: "List the test purposes",
		Long: `list prints a line for each test purpose: its identifier, the clause that it
tests, and what is right. The identifiers are what --only and --except of
` + "`cse conformance run`" + ` match.`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			groups, err := conformance.Own()
			if err != nil {
				return err
			}
			w := tabwriter.NewWriter(c.OutOrStdout(), 0, 0, 2, ' ', 0)
			n := 0
			for _, g := range groups {
				for _, p := range g.Purposes {
					fmt.Fprintf(w, "%s\t%s\t%s\n", p.ID, p.Clause, p.Title)
					n++
				}
			}
			if err := w.Flush(); err != nil {
				return err
			}
			_, err = fmt.Fprintf(c.OutOrStdout(), "%d purposes\n", n)
			return err
		},
	}
}
