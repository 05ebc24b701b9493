package report

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"sshsieve/internal/notice"
	"sshsieve/internal/sshd"
	"sshsieve/internal/syslog"
)

// labelWidth is the column where the text of an explanation begins.
const labelWidth = 10

// WriteExplanation writes what one Event means: its verdict and why, what a
// person could do, the row that matched, what the peer wrote of it, and who
// can have written the line. It shows the line as it is, made Printable:
// whoever asks has it already.
func WriteExplanation(w io.Writer, e *sshd.Event) error {
	s := &sheet{}
	explainMessage(s, e)
	switch {
	case e.Category == sshd.NotSSHD:
		explainCategory(s, e)
	case e.Row == nil && e.Kind() == sshd.KindContinuation:
		s.labelled("MEANS", "It continues the record above it and says nothing by itself.")
	default:
		explainVerdict(s, e)
		explainCategory(s, e)
		explainRefusal(s, e)
		explainRow(s, e)
		explainFields(s, e)
		explainWords(s, e)
		explainNotes(s, e)
	}
	explainEnvelope(s, e.Record)
	return writeSheet(w, s, "explanation")
}

func explainMessage(s *sheet, e *sshd.Event) {
	message := e.Message()
	if message == "" {
		s.labelled("LINE", "(empty)")
		return
	}
	s.verbatim("LINE", notice.Printable(message))
}

// explainVerdict says whose the line is, and why.
func explainVerdict(s *sheet, e *sshd.Event) {
	text := map[sshd.Verdict]string{
		sshd.Graph:   "graph: noise or bookkeeping. Counted, never mailed.",
		sshd.Tooling: "tooling: somebody tries passwords. For ban tools, not for people.",
		sshd.Human:   "human: somebody has to look.",
	}[e.Verdict()]
	if e.Context() {
		text += " So says the line alone; with what was seen of this user or source before, it may be more."
	}
	s.labelled("VERDICT", text)
	switch {
	case e.Kind() == sshd.KindForged:
		s.labelled("MEANS", meansForged)
	case e.Row != nil:
		means, _ := e.Row.Explain()
		s.labelled("MEANS", means)
	}
}

// explainCategory tells the group, and what to do unless explainRefusal does.
func explainCategory(s *sheet, e *sshd.Event) {
	x := Explain(e.Category)
	s.labelled("CATEGORY", e.Category.String()+": "+x.What+" "+x.Why)
	if _, _, known := refusal(e); !known {
		s.labelled("DO", advice(e.Row, e.Category))
	}
}

// advice is what a person could do about a row's message: its own, or that for
// the category.
func advice(row *sshd.Row, c sshd.Category) string {
	if row != nil {
		if _, do := row.Explain(); do != "" {
			return do
		}
	}
	return Explain(c).Do
}

// explainRow tells the row, or how to add one.
func explainRow(s *sheet, e *sshd.Event) {
	switch {
	case e.Row != nil:
		s.labelled("KIND", e.Row.Kind+" (source: "+e.Row.Source+"; "+releases(e.Row)+")")
		s.verbatim("PATTERN", e.Row.Pattern)
	case e.Kind() == sshd.KindUnrecognised:
		s.labelled("KIND", "unrecognised: this is sshd's text, but no row of the table knows it.")
		s.verbatim("SHAPE", notice.Printable(sshd.Shape(e.Record.Message)))
		s.labelled("TO ADD IT", "Write one row in internal/sshd/messages.go, as sshd prints it, with its parts that vary "+
			"as {user}, {addr}, {port}, {text} …; then `go test ./internal/sshd`. If it is not yours to add, "+
			"the shape above is what to report: the parts that could tell of you are blanked.")
	default:
		s.labelled("KIND", e.Kind())
	}
}

// releases says which of OpenSSH's portable releases print a row.
func releases(r *sshd.Row) string {
	switch {
	case r.Since == "" && r.Until == "":
		return "not in OpenSSH's own releases"
	case r.Until == "":
		return "since " + r.Since
	case r.Since == r.Until:
		return "in " + r.Since + " only"
	}
	return r.Since + " to " + r.Until
}

// explainFields lists the parts of the message that vary.
func explainFields(s *sheet, e *sshd.Event) {
	label := "FIELDS"
	for _, f := range e.Fields() {
		note := ""
		if f.Peer {
			note = "   <- the peer may have written this"
		}
		s.verbatim(label, pad(f.Name, 8)+" "+notice.Printable(strconv.Quote(f.Value))+note)
		label = ""
	}
}

// explainWords says what the parts mean that many messages have in common.
func explainWords(s *sheet, e *sshd.Event) {
	for _, w := range glossary(e) {
		s.labelled("WORDS", w.text+": "+w.means)
	}
}

// explainNotes tells what else there is about the message.
func explainNotes(s *sheet, e *sshd.Event) {
	var notes []string
	if e.Preauth {
		notes = append(notes, "[preauth]: said by the process that serves a peer who is not logged in yet.")
	}
	if e.Level != sshd.Info {
		notes = append(notes, "The prefix is sshd's log level: error and fatal may still be a peer's doing.")
	}
	if e.Truncated {
		notes = append(notes, "The end is missing: sshd cuts at 500 bytes for syslog, and a line feed in a name moves the rest to the next line. What stood there, the address perhaps, is not guessed.")
	}
	if e.Message() != e.Record.Message {
		notes = append(notes, "One record of several lines: only a peer can put a line feed into one, so what looks like lines of sshd is his own text.")
	}
	if e.Disagrees {
		notes = append(notes, "Its address is not that of its connection: somebody may have written an address into a name.")
	}
	if n := e.Record.Repeat; n > 1 {
		notes = append(notes, fmt.Sprintf("rsyslog folded %d such lines into this one.", n))
	}
	for _, note := range notes {
		s.labelled("NOTE", note)
	}
}

// explainEnvelope tells what stood around the message, and what to think of it.
func explainEnvelope(s *sheet, r *syslog.Record) {
	var parts []string
	if stamp := stampText(r); stamp != "" {
		parts = append(parts, stamp)
	}
	for _, part := range []struct{ name, value string }{{"host", r.Host}, {"program", r.Program}, {"module", r.Module}} {
		if part.value != "" {
			parts = append(parts, part.name+" "+notice.Printable(part.value))
		}
	}
	if r.PID != 0 {
		parts = append(parts, fmt.Sprintf("pid %d", r.PID))
	}
	if len(parts) == 0 {
		parts = append(parts, "none")
	}
	s.labelled("ENVELOPE", strings.Join(parts, ", "))
	s.labelled("TRUST", trustText[r.Trust])
}

// stampText is the time as far as the envelope gives it.
func stampText(r *syslog.Record) string {
	switch r.Stamp {
	case syslog.NoYear:
		return r.Time.Format("Jan _2 15:04:05") + " (neither year nor zone)"
	case syslog.NoZone:
		return r.Time.Format(time.DateTime) + " (no zone)"
	case syslog.Exact:
		return r.Time.Format(time.RFC3339Nano)
	}
	return ""
}

var trustText = map[syslog.Trust]string{
	syslog.Root:   "root: journald itself noted that uid 0 wrote this as sshd.",
	syslog.Host:   "host: a syslog envelope. Anybody with a shell on that host can write such a line.",
	syslog.Peer:   "peer: no envelope. On standard error sshd escapes no line feed, so a stranger who connects can have written the whole line.",
	syslog.Forged: "forged: journald noted another user than root as the writer.",
}
