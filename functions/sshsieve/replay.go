package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/klauspost/compress/gzip"

	"sshsieve/internal/cwlogs"
	"sshsieve/internal/notice"
	"sshsieve/internal/stack"
)

const replayHelp = `Usage: sshsieve replay [flags] FILE|FOLDER...
       sshsieve replay [flags] --log-group NAME --from TIME --to TIME

Has a deployed stack's function take events again that it could not take: those
that Lambda has put into the bucket of failed events. Safe to run twice: what
was taken is known by its receipt for 8 days, and neither counted nor told again.

A FILE is Lambda's record of a failure (JSON with requestPayload), or an event
itself; .gz too; - is standard input. Of a FOLDER all files are taken. Each is
sent to the function and waited for; what failed again is named, and exit is 2.

Lines that never reached the function are not in the bucket, but still in the log
group: --log-group sends it what came there between two times. Name the gap and
no more: what was taken before is not told again, but is counted again, as the
log group does not know how it was cut.

  --log-group NAME     one of the stack's own account
  --from, --to TIME    such as 2026-11-22T03:15 (UTC); at most 14 days
  --function NAME      with --table: the function that reads lines
` + stackHelp + `
Example: everything in the bucket (its name is an output of the stack)

  aws s3 cp --recursive s3://BUCKET failed && sshsieve replay failed
`

// The bounds of what is read: Lambda takes events of 6 MB that somebody waits
// for ("Lambda quotas"), and its record of a failure has some more.
const (
	maxEvent  = 6 << 20
	maxRecord = 16 << 20
)

// A replayer sends events.
type replayer struct {
	c    *call
	send func(event []byte) error
	done int
}

func runReplay(c *call, args []string) error {
	var flags stackFlags
	var gap gapFlags
	flags.register(c)
	gap.register(c)
	c.flags.StringVar(&flags.where.Function, "function", "", "")
	inputs, err := c.parse(args)
	if err != nil {
		return err
	}
	if err := gap.check(inputs, time.Now()); err != nil {
		return err
	}
	s, err := flags.find(c)
	if err != nil {
		return err
	}
	r := &replayer{c: c, send: func(event []byte) error { return s.Replay(c.ctx, event) }}
	if gap.group != "" {
		err = r.gap(s, &gap)
	} else {
		err = r.all(inputs)
	}
	fmt.Fprintf(c.stdout, "%s taken by %s in %s.\n", plural(r.done, "event"), notice.Printable(s.Function), s.Region)
	return err
}

// A gapFlags holds what of a log group is to be taken.
type gapFlags struct {
	group, from, to string
	begin, end      time.Time
}

func (f *gapFlags) register(c *call) {
	c.flags.StringVar(&f.group, "log-group", "", "")
	c.flags.StringVar(&f.from, "from", "", "")
	c.flags.StringVar(&f.to, "to", "", "")
}

// longestGap is as far back as lines' own times are believed.
const longestGap = 14 * 24 * time.Hour

// check reads the times: either files are named, or a gap.
func (f *gapFlags) check(inputs []string, now time.Time) error {
	if f.group == "" {
		switch {
		case f.from != "" || f.to != "":
			return usageError{"--from and --to are for --log-group NAME"}
		case len(inputs) == 0:
			return usageError{"which files? - is standard input"}
		}
		return nil
	}
	if len(inputs) > 0 {
		return usageError{"--log-group or files? One at a time"}
	}
	for _, end := range []struct {
		flag, text string
		at         *time.Time
	}{{"--from", f.from, &f.begin}, {"--to", f.to, &f.end}} {
		at, err := time.Parse("2006-01-02T15:04", end.text)
		if err != nil {
			return usageError{fmt.Sprintf("%s %q: want a time, such as 2026-11-22T03:15 (UTC)", end.flag, end.text)}
		}
		*end.at = at
	}
	switch {
	case !f.begin.Before(f.end):
		return usageError{"--from is not before --to"}
	case now.Sub(f.begin) > longestGap:
		return usageError{"--from is more than 14 days ago: lines as old are not believed"}
	}
	return nil
}

// gap sends what came into a log group. A batch that the function cannot take
// does not keep the others from it.
func (r *replayer) gap(s *stack.Stack, f *gapFlags) error {
	var faults []error
	err := s.EachBatch(r.c.ctx, f.group, f.begin, f.end, func(b *cwlogs.Batch) error {
		var event bytes.Buffer
		if err := cwlogs.Encode(&event, b); err != nil {
			return err
		}
		err := r.send(event.Bytes())
		switch {
		case errors.Is(err, stack.ErrFunction):
			faults = append(faults, fmt.Errorf("%q from %s on: %w", b.LogStream, b.Lines[0].Time().UTC().Format(stampFull), err))
			return nil
		case err == nil:
			r.done++
		}
		return err
	})
	return errors.Join(append(faults, err)...)
}

// all takes each input. What fails does not keep the others from it, unless
// they would fail as well.
func (r *replayer) all(inputs []string) error {
	var faults []error
	for _, name := range inputs {
		files, err := filesIn(name)
		if err != nil {
			faults = append(faults, err)
		}
		for _, file := range files {
			if err := r.c.ctx.Err(); err != nil {
				return errors.Join(append(faults, err)...)
			}
			err := r.file(file)
			faults = append(faults, err)
			if unsent, ok := errors.AsType[notSent](err); ok {
				return errors.Join(append(faults[:len(faults)-1], unsent.error)...)
			}
		}
	}
	return errors.Join(faults...)
}

// notSent marks an error after which the next event would fare no better.
type notSent struct{ error }

// file takes one file.
func (r *replayer) file(name string) error {
	raw, err := r.read(name)
	if err != nil {
		return err
	}
	event, err := eventIn(raw)
	if err != nil {
		return fmt.Errorf("%q: %w", name, err)
	}
	err = r.send(event)
	switch {
	case errors.Is(err, stack.ErrFunction):
		return fmt.Errorf("%q: %w", name, err)
	case err != nil:
		return notSent{err}
	}
	r.done++
	return nil
}

// filesIn are the files of a folder, in the order of their names; a file is
// itself.
func filesIn(name string) (files []string, err error) {
	if info, err := os.Stat(name); name == "-" || err != nil || !info.IsDir() {
		return []string{name}, nil // what cannot be opened is told then
	}
	err = filepath.WalkDir(name, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && entry.Type().IsRegular() {
			files = append(files, path)
		}
		return err
	})
	if err == nil && len(files) == 0 {
		err = fmt.Errorf("%q: there is no file in it", name)
	}
	return files, err
}

// read reads a file, unpacked.
func (r *replayer) read(name string) ([]byte, error) {
	in := r.c.stdin
	if name != "-" {
		file, err := os.Open(name)
		if err != nil {
			return nil, fmt.Errorf("%q: %w", name, errors.Unwrap(err))
		}
		defer file.Close() // read only: nothing can be lost
		in = file
	}
	raw, err := readBounded(in)
	if err == nil && bytes.HasPrefix(raw, []byte{0x1f, 0x8b}) {
		var zip *gzip.Reader
		if zip, err = gzip.NewReader(bytes.NewReader(raw)); err == nil {
			raw, err = readBounded(zip)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("%q: %w", name, err)
	}
	return raw, nil
}

func readBounded(in io.Reader) ([]byte, error) {
	raw, err := io.ReadAll(io.LimitReader(in, maxRecord+1))
	if err == nil && len(raw) > maxRecord {
		err = fmt.Errorf("it has more than %d MB, which no failed event has", maxRecord>>20)
	}
	return raw, err
}

var (
	errNoEvent = errors.New("it holds neither Lambda's record of a failure (JSON with requestPayload) nor an event of CloudWatch Logs or Kinesis")
	errTooLong = fmt.Errorf("its event has more than %d MB, which Lambda does not take from us", maxEvent>>20)
)

// eventIn takes an event out of Lambda's record of a failure: requestPayload for
// a subscription's (Lambda Developer Guide, "Invocation record example"),
// payload, as text, for a stream's ("Capturing discarded batches"; only where
// the destination is S3). An event itself is returned as it is.
func eventIn(raw []byte) ([]byte, error) {
	event := raw
	if cwlogs.Sniff(raw) == cwlogs.Unknown {
		event = payloadOf(raw)
	}
	switch {
	case cwlogs.Sniff(event) == cwlogs.Unknown:
		return nil, errNoEvent
	case len(event) > maxEvent:
		return nil, errTooLong
	}
	return event, nil
}

// payloadOf is nil where there is none.
func payloadOf(raw []byte) []byte {
	var record struct {
		RequestPayload json.RawMessage `json:"requestPayload"`
		Payload        json.RawMessage `json:"payload"`
	}
	if json.Unmarshal(raw, &record) != nil {
		return nil
	}
	for _, payload := range []json.RawMessage{record.RequestPayload, record.Payload} {
		var text string
		if json.Unmarshal(payload, &text) == nil && text != "" {
			return []byte(text)
		}
		if len(payload) > 0 && payload[0] == '{' {
			return payload
		}
	}
	return nil
}
