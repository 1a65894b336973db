package main

import (
	"fmt"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/sigil-m2m/sigil/internal/node"
)

func (p *program) check() *cobra.Command {
	c := &cobra.Command{
		Use:   "check",
		Short: "Prove that a stored resource tree is whole",
		Long: `check reads everything in a data folder and proves that it agrees: every
resource has its parent, its name leads to it, the indexes list what is there
and nothing else, and the counters of containers are what counting gives.

It prints a line for each fault and fails if there is any. A CSE that runs on
the folder is asked to check itself, and goes on serving meanwhile.`,
		Example: "  cse check\n  cse check --data /var/lib/cse",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			cfg, err := p.load(c)
			if err != nil {
				return err
			}
			ctx, stop := signal.NotifyContext(c.Context(), syscall.SIGINT, syscall.SIGTERM)
			defer stop()
			faults, err := node.Check(ctx, cfg.Data)
			if err != nil {
				return err
			}
			for _, f := range faults {
				fmt.Fprintln(c.OutOrStdout(), f)
			}
			if len(faults) > 0 {
				fmt.Fprintf(c.ErrOrStderr(), "cse: %d faults in %s\n", len(faults), cfg.Data)
				return errQuiet
			}
			_, err = fmt.Fprintf(c.OutOrStdout(), "%s: no faults\n", cfg.Data)
			return err
		},
	}
	p.addConfigFlags(c, "data")
	return c
}

func (p *program) backup() *cobra.Command {
	c := &cobra.Command{
		Use:   "backup FILE",
		Short: "Copy a stored resource tree, also while its CSE runs",
		Long: `backup writes one moment of a data folder's resource tree to FILE, which must
not exist yet. A CSE that runs on the folder writes the copy itself, as its own
user, and goes on serving meanwhile.

To restore, put the copy into an empty data folder as ` + node.StoreName + `.`,
		Example: `  cse backup /backup/cse-2026-01-31.db
  mkdir -m 700 restored && cp /backup/cse-2026-01-31.db restored/` + node.StoreName + `
  cse serve --data restored`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return fmt.Errorf("backup takes the name of one FILE to write, and was given %d", len(args))
			}
			return nil
		},
		RunE: func(c *cobra.Command, args []string) error {
			cfg, err := p.load(c)
			if err != nil {
				return err
			}
			path, err := filepath.Abs(args[0])
			if err != nil {
				return err
			}
			ctx, stop := signal.NotifyContext(c.Context(), syscall.SIGINT, syscall.SIGTERM)
			defer stop()
			if err := node.Backup(ctx, cfg.Data, path); err != nil {
				return err
			}
			_, err = fmt.Fprintf(c.OutOrStdout(), "%s written\n", path)
			return err
		},
	}
	p.addConfigFlags(c, "data")
	return c
}
