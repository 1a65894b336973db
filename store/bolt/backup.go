package bolt

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// Backup implements [store.Store]. The copy appears under its name when it is
// whole and on disk, readable by its owner alone. Writers go on meanwhile; what
// they free can't be used again before the copy is done, so that the file grows.
func (s *Store) Backup(ctx context.Context, path string) (err error) {
	if err := ctx.Err(); err != nil {
		return err
	}
	// The name is taken first, so that two backups can't both believe it free.
	placeholder, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("store/bolt: backup: %w", err)
	}
	placeholder.Close()
	temporary := ""
	defer func() {
		if err != nil {
			os.Remove(path)
			if temporary != "" {
				os.Remove(temporary)
			}
		}
	}()
	f, err := os.CreateTemp(filepath.Dir(path), ".backup-*") // mode 0600
	if err != nil {
		return fmt.Errorf("store/bolt: backup: %w", err)
	}
	temporary = f.Name()
	err = s.view(ctx, func(r *reader) error {
		_, err := r.tx.WriteTo(wantedWriter{ctx, f})
		return err
	})
	if err == nil {
		err = f.Sync()
	}
	if closeErr := f.Close(); err == nil {
		err = closeErr
	}
	if err == nil {
		err = os.Rename(temporary, path)
	}
	if err == nil {
		err = syncDir(path)
	}
	return err
}

// A wantedWriter writes as long as its context has not ended.
type wantedWriter struct {
	ctx context.Context
	w   io.Writer
}

func (w wantedWriter) Write(b []byte) (int, error) {
	if err := w.ctx.Err(); err != nil {
		return 0, err
	}
	return w.w.Write(b)
}
