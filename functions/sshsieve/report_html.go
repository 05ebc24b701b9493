package main

import (
	"bytes"
	"fmt"
	"os"

	"sshsieve/internal/report"
	"sshsieve/internal/report/html"
)

// writeHTML writes the report as a page for a browser, to the file out or, for
// "-", to standard output. The file is written when the page is whole.
func writeHTML(c *call, page *report.Page, out string) error {
	var b bytes.Buffer
	if err := html.Write(&b, page); err != nil {
		return err
	}
	if out == "-" {
		_, err := c.stdout.Write(b.Bytes())
		return err
	}
	// As any file that a command is told to write: the umask says who may read.
	if err := os.WriteFile(out, b.Bytes(), 0o666); err != nil {
		return fmt.Errorf("--html: %w", err)
	}
	if c.attended {
		fmt.Fprintf(c.stderr, "%s: %.1f MB, for a browser\n", out, float64(b.Len())/1e6)
	}
	return nil
}
