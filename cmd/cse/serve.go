package main

import (
	"context"
	"fmt"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/sigil-m2m/sigil/internal/node"
)

func (p *program) serve() *cobra.Command {
	c := &cobra.Command{
		Use:   "serve",
		Short: "Run a CSE",
		Long: `serve runs a CSE until it is told to stop. With no flags at all it listens on
this machine alone, at http://127.0.0.1:8080, is the infrastructure CSE /id-in
with the CSEBase cse-in, and keeps its resources in the folder cse-data.

An originator is a name in a header. That is believed from this machine; to
listen beyond it takes TLS with client certificates, which prove who a client
is, or the word that everybody on the network is trusted: --insecure-originators.

SIGTERM or SIGINT stops it: it takes no new requests, finishes those that it
has accepted, and closes its store. A second signal ends it at once; what was
acknowledged is on disk even then.`,
		Example: `  cse serve
  cse serve --config /etc/cse.yaml --log-level debug
  cse serve --http 127.0.0.1:8081 --data other --cse-id /id-mn --cse-name cse-mn --cse-type MN`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			cfg, err := p.load(c)
			if err != nil {
				return err
			}
			ctx, stop := signal.NotifyContext(c.Context(), syscall.SIGINT, syscall.SIGTERM)
			defer stop()
			log := newLogger(cfg, c.ErrOrStderr())
			node.TuneRuntime()
			n, err := node.New(ctx, cfg, node.Options{Log: log})
			if err != nil {
				return err
			}
			out := c.OutOrStdout()
			fmt.Fprintf(out, "cse: %s serves oneM2M at %s; its resources are in %s\n", cfg.CSEID, n.URL(), cfg.Data)
			fmt.Fprintf(out, "cse: try  curl -H 'X-M2M-Origin: %s' -H 'X-M2M-RI: 1' -H 'X-M2M-RVI: 3' %s/%s\n", cfg.Admin, n.URL(), cfg.CSEName)
			runErr := n.Run(ctx)
			stop() // from here on a signal ends the process at once
			log.Info("stopping", "drain", cfg.Timers.Drain)
			drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), cfg.Timers.Drain)
			defer cancel()
			if err := n.Close(drain); err != nil {
				return err
			}
			return runErr
		},
	}
	p.addConfigFlags(c)
	c.SetUsageFunc(sectionedUsage)
	return c
}
