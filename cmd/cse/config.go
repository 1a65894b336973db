package main

import (
	"github.com/spf13/cobra"

	"github.com/sigil-m2m/sigil/internal/config"
)

func (p *program) config() *cobra.Command {
	c := &cobra.Command{
		Use:   "config",
		Short: "Show and describe the configuration",
		Args:  cobra.NoArgs,
	}
	print := &cobra.Command{
		Use:   "print",
		Short: "Print the configuration that `cse serve` would use",
		Long: `print writes, as a configuration file, what the defaults, the file, the
environment and the flags come to. Its output can be kept and given back with
--config.`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			cfg, err := p.load(c)
			if err != nil {
				return err
			}
			return cfg.WriteYAML(c.OutOrStdout())
		},
	}
	p.addConfigFlags(print)
	print.SetUsageFunc(sectionedUsage)
	c.AddCommand(print, &cobra.Command{
		Use:   "docs",
		Short: "Describe every key, with its unit, default and bounds",
		Long:  `docs writes the page docs/configuration.md, in Markdown.`,
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return config.WriteDocs(c.OutOrStdout())
		},
	})
	return c
}
