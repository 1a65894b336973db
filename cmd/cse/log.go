package main

import (
	"io"
	"log/slog"

	"github.com/sigil-m2m/sigil/internal/config"
)

// newLogger returns the log of a CSE.
func newLogger(c config.Config, w io.Writer) *slog.Logger {
	var level slog.Level
	if err := level.UnmarshalText([]byte(c.LogLevel)); err != nil {
		panic("cse: a log level that the configuration let through: " + c.LogLevel)
	}
	o := &slog.HandlerOptions{Level: level}
	if c.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(w, o))
	}
	return slog.New(slog.NewTextHandler(w, o))
}
