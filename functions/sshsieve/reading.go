package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"sshsieve/internal/logfile"
	"sshsieve/internal/sshd"
	"sshsieve/internal/syslog"
)

// A file is read as CloudWatch would deliver it: in batches of at most this
// many lines, and this much of event time.
const (
	batchLines = 1000
	batchSpan  = 60 * time.Second
)

// A batch is some lines of one input, in order, with what sshd says in them.
// It is valid until the next one.
type batch struct {
	input  string // the name of the file, "-" for standard input
	first  int    // number of the first line, from 1
	lines  []string
	events []sshd.Event // one for each line
	all    []sshd.Event // before them, those of earlier lines whose connections go on
}

// A reading turns inputs into batches of Events.
type reading struct {
	ctx      context.Context
	stdin    io.Reader
	zone     *time.Location
	zoneSaid bool      // by --zone
	zoneless bool      // some line's stamp had no zone
	latest   time.Time // of all inputs; zero: each has its own
	now      func() time.Time
	progress *progress
	warn     func(format string, args ...any)
	records  []syslog.Record // reused
	before   []syslog.Record // of earlier lines whose connections go on
}

// An inputFlags holds the flags of every command that reads files.
type inputFlags struct{ zone, latest string }

// inputHelp is what help says of them.
const inputHelp = `  --zone NAME          time zone of stamps that have none, as syslog's: such as
                       Europe/Berlin (default UTC, whatever this machine's is;
                       pages show all times in UTC)
  --latest DATE        no line is younger: tells the year where stamps have none
                       (default: when the file was last written; of a pipe, now)
`

func (f *inputFlags) register(c *call) {
	c.flags.StringVar(&f.zone, "zone", "UTC", "")
	c.flags.StringVar(&f.latest, "latest", "", "")
}

// reading is how to read with these flags.
func (f *inputFlags) reading(c *call) (*reading, error) {
	zone, err := time.LoadLocation(f.zone)
	if err != nil {
		return nil, usageError{fmt.Sprintf("--zone %q: no such time zone; names are those of the IANA database, such as Europe/Berlin", f.zone)}
	}
	r := &reading{ctx: c.ctx, stdin: c.stdin, zone: zone, zoneSaid: c.given("zone"), progress: newProgress(c), warn: c.warn, now: time.Now}
	if f.latest == "" {
		return r, nil
	}
	day, err := time.ParseInLocation(time.DateOnly, f.latest, zone)
	if err != nil {
		return nil, usageError{fmt.Sprintf("--latest %q: want a date, such as 2026-11-30", f.latest)}
	}
	r.latest = day.AddDate(0, 0, 1)
	return r, nil
}

// zoneNote says how stamps without a zone were read, where there were any: syslog
// writes the host's local time, which nobody else can know.
func (r *reading) zoneNote() string {
	switch {
	case !r.zoneless, r.zoneSaid && r.zone == time.UTC:
		return ""
	case r.zone == time.UTC:
		return "The stamps in this log name no time zone and were read as UTC: if they are local time, say --zone NAME."
	}
	return "The stamps in this log that name no time zone were read as " + r.zone.String() + "; all times here are UTC."
}

// newest is an instant after which no line of an input was written.
func (r *reading) newest(in *logfile.Reader) time.Time {
	switch {
	case !r.latest.IsZero():
		return r.latest
	case !in.ModTime().IsZero():
		return in.ModTime()
	}
	return r.now() // what comes through a pipe may be from today
}

// each calls begin with every input's name, and each with its batches. An
// input that cannot be read does not keep the others from it: the errors of
// all are joined. What each returns ends the reading at once.
func (r *reading) each(inputs []string, begin func(name string), each func(batch) error) error {
	defer r.progress.done()
	if len(inputs) == 0 {
		inputs = []string{logfile.Stdin}
	}
	var faults []error
	for _, name := range inputs {
		if begin != nil {
			begin(name)
		}
		err := r.one(name, each)
		if stop, ok := errors.AsType[stopped](err); ok {
			return errors.Join(append(faults, stop.error)...)
		}
		faults = append(faults, err)
	}
	return errors.Join(faults...)
}

// stopped marks an error that ends the reading of all inputs.
type stopped struct{ error }

// one reads one input.
func (r *reading) one(name string, each func(batch) error) error {
	if name == logfile.Stdin && isTerminal(r.stdin) {
		r.progress.hint("reading standard input; end it with Ctrl-D")
	}
	in, err := logfile.Open(name, r.stdin)
	if err != nil {
		return err
	}
	defer in.Close() // read only: nothing can be lost
	timeline := syslog.Timeline{Zone: r.zone, Latest: r.newest(in)}
	reader := &sshd.Reader{}
	r.before = nil
	for next := 1; ; {
		lines, err := in.ReadBatch(batchLines)
		if err == io.EOF {
			return cutLines(in)
		}
		if err != nil {
			return err
		}
		r.parse(lines, &timeline)
		if err := r.play(reader, batch{input: name, first: next, lines: lines}, each); err != nil {
			return stopped{err}
		}
		next += len(lines)
		r.progress.show(in, next-1)
	}
}

// cutLines is an error where lines were too long to be kept whole.
func cutLines(in *logfile.Reader) error {
	if in.Cut() == 0 {
		return nil
	}
	return fmt.Errorf("%q: %d of its lines are longer than 1 MiB; what is beyond was not read", in.Name(), in.Cut())
}

// parse takes the envelopes off and completes the times.
func (r *reading) parse(lines []string, timeline *syslog.Timeline) {
	r.records = r.records[:0]
	for _, line := range lines {
		record := syslog.Parse(line)
		r.zoneless = r.zoneless || record.Stamp == syslog.NoYear || record.Stamp == syslog.NoZone
		r.records = append(r.records, record)
	}
	timeline.Resolve(r.records)
}

// play hands the lines on in batches of at most batchSpan.
func (r *reading) play(reader *sshd.Reader, all batch, each func(batch) error) error {
	for at := 0; at < len(r.records); {
		if err := r.ctx.Err(); err != nil {
			return err
		}
		n := within(r.records[at:])
		events := reader.ReadAfter(r.before, r.records[at:at+n])
		err := each(batch{
			input: all.input, first: all.first + at, lines: all.lines[at : at+n],
			events: events[len(r.before):], all: events,
		})
		if err != nil {
			return err
		}
		r.before = reader.Unfinished()
		at += n
	}
	return nil
}

// within is how many Records from the first on fit into batchSpan.
func within(records []syslog.Record) int {
	end := records[0].Time.Add(batchSpan)
	for i := range records {
		if records[i].Time.After(end) {
			return i
		}
	}
	return len(records)
}
