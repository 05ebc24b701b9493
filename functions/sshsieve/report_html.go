package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
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
	if err := replaceFile(out, b.Bytes()); err != nil {
		return fmt.Errorf("--html: %w", err)
	}
	if c.attended {
		fmt.Fprintf(c.stderr, "%s: %.1f MB, for a browser\n", out, float64(b.Len())/1e6)
	}
	return nil
}

// ours is what a page that this command wrote has near its beginning.
const ours = `<meta name="generator" content="sshsieve">`

// checkPage keeps a page from being written over anything but another page: a
// log that stands where the page's name should is the only one there is.
func checkPage(out string) error {
	if out == "" || out == "-" {
		return nil
	}
	f, err := os.Open(out)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("--html: %w", err)
	}
	defer f.Close() // read only: nothing can be lost
	head, err := io.ReadAll(io.LimitReader(f, 4<<10))
	if err != nil {
		return fmt.Errorf("--html: %w", err)
	}
	if len(head) > 0 && !bytes.Contains(head, []byte(ours)) {
		return usageError{fmt.Sprintf("--html OUT is the file to write, and %q is there and no page of sshsieve's: it is left as it is", out)}
	}
	return nil
}

// replaceFile writes a file beside its place, and then puts it there whole.
func replaceFile(name string, data []byte) error {
	if fi, err := os.Stat(name); err == nil && !fi.Mode().IsRegular() {
		return os.WriteFile(name, data, 0o666) // a device, such as /dev/stdout
	}
	part := name + ".part"
	// As any file that a command is told to write: the umask says who may read.
	if err := os.WriteFile(part, data, 0o666); err != nil {
		return err
	}
	return os.Rename(part, name)
}
