package main

import (
	"context"
	"fmt"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"

	"sshsieve/internal/attention"
	"sshsieve/internal/config"
	"sshsieve/internal/cwlogs"
	"sshsieve/internal/sshd"
	"sshsieve/internal/syslog"
	"sshsieve/internal/watch"
)

// A reader turns a delivered batch into Events. Its buffers are reused, so what
// it returns is valid until the next batch.
type reader struct {
	batch  cwlogs.Batch
	sshd   sshd.Reader
	parse  func(line string) syslog.Record
	config config.Config

	before  []syslog.Record // of the stream's last batch
	records []syslog.Record
	all     []sshd.Event // of these and those
	events  []sshd.Event // of the batch
	bad     map[int]bool // lines of this batch at which the program itself fails
}

func newReader(c config.Config) *reader {
	return &reader{config: c, sshd: sshd.Reader{Programs: c.Programs}, parse: c.Programs.Parse}
}

// read takes the envelopes off the batch's lines and says what sshd said.
func (r *reader) read() {
	r.records = slices.Grow(r.records[:0], len(r.batch.Lines))
	for i, line := range r.batch.Lines {
		r.records = append(r.records, r.record(i, line))
	}
	r.sshd.Reset() // the last batch may have been another stream's
	r.all = r.sshd.ReadAfter(r.before, r.records)
	r.events = r.all[len(r.before):]
}

func (r *reader) record(i int, line cwlogs.Line) syslog.Record {
	if r.bad[i] {
		return unreadable(line)
	}
	record := r.parse(line.Message)
	syslog.Arrival(&record, line.Time())
	record.EventID = line.ID
	return record
}

// unreadable stands for a line that was taken out: it is still counted, as text
// of sshd that no row knows.
func unreadable(line cwlogs.Line) syslog.Record {
	return syslog.Record{Time: line.Time(), Program: "sshd", Message: "sshsieve cannot read this line", Repeat: 1, EventID: line.ID}
}

// watch takes the batch the whole way. A line at which the program panics is
// taken out, and all is done again: that is safe, since watch.Batch may be
// called twice. A panic that no single line causes is none of theirs, and ends
// the process.
func (f *function) watch(ctx context.Context, r *reader) (watch.Result, error) {
	stream := streamOf(&r.batch)
	r.bad, r.before = nil, f.carry.before(stream)
	result, fault, err := f.attempt(ctx, r)
	if fault != nil {
		if !r.takeOut(ctx, f) {
			panic(fault)
		}
		if result, fault, err = f.attempt(ctx, r); fault != nil {
			panic(fault)
		}
	}
	if err == nil {
		f.carry.keep(stream, r.sshd.Unfinished())
	}
	return result, err
}

// attempt returns as fault what something panicked with.
func (f *function) attempt(ctx context.Context, r *reader) (result watch.Result, fault any, err error) {
	defer func() {
		if fault = recover(); fault != nil {
			f.log.ErrorContext(ctx, "panic", "panic", describe(fault), "stack", string(debug.Stack()))
		}
	}()
	r.read()
	result, err = f.watcher.Batch(ctx, watch.Batch{Origin: f.origin(r), Events: r.all, Before: len(r.before)})
	return result, nil, err
}

func (f *function) origin(r *reader) watch.Origin {
	return watch.Origin{Account: r.batch.Owner, LogGroup: r.batch.LogGroup, Stream: r.batch.LogStream, Fleet: f.config.Fleet}
}

// takeOut looks for lines that make the program panic by themselves, and logs
// their shapes. It says whether there are any.
func (r *reader) takeOut(ctx context.Context, f *function) bool {
	r.bad = map[int]bool{}
	for i, line := range r.batch.Lines {
		if fault := r.try(line); fault != nil {
			r.bad[i] = true
			f.log.ErrorContext(ctx, "a line made the program panic: it is counted as unrecognised; please report its shape",
				"shape", shapeOf(line.Message), "panic", describe(fault))
		}
	}
	return len(r.bad) > 0
}

// try reads one line alone, with memory of its own.
func (r *reader) try(line cwlogs.Line) (fault any) {
	defer func() { fault = recover() }()
	record := r.parse(line.Message)
	syslog.Arrival(&record, line.Time())
	alone := sshd.Reader{Programs: r.config.Programs}
	attention.Observe(alone.Read([]syslog.Record{record}), r.config.Attention)
	return nil
}

// shapeOf is a line's message with what varies blanked, which may be logged. Where
// the envelope ends is guessed: this line cannot be parsed.
func shapeOf(message string) (shape string) {
	defer func() {
		if recover() != nil {
			shape = fmt.Sprintf("%d bytes", len(message))
		}
	}()
	if _, text, ok := strings.Cut(message, "]: "); ok {
		message = text
	}
	return sshd.Shape(message)
}

// describe is what a panic says, if the Go runtime says it: other values may
// hold text of the line.
func describe(fault any) string {
	if err, ok := fault.(runtime.Error); ok {
		return err.Error()
	}
	return fmt.Sprintf("%T", fault)
}
