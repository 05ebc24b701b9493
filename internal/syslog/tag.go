package syslog

import (
	"math"
	"strings"
)

// A tag is "NAME(MODULE)[PID]:" and what follows it.
type tag struct {
	name, module string
	pid          int // -1 where there is none
	rest         string
}

// tag reads a tag at the start of s into t. With a colon any name is one;
// without, it takes a pid or a name of p's.
func (p Programs) tag(t *tag, s string) bool {
	if s != "" && s[0] == '[' {
		return p.bracketTag(t, s)
	}
	i := 0
	for i < len(s) && !tagEnd[s[i]] {
		i++
	}
	if i == 0 {
		return false
	}
	t.name, t.module, t.pid, t.rest = base(s[:i]), "", -1, s[i:]
	if t.rest != "" && t.rest[0] == '(' {
		t.module, t.rest = cutModule(t.rest)
	}
	if t.rest != "" && t.rest[0] == '[' {
		t.pid, t.rest = cutPID(t.rest)
	}
	return p.endTag(t)
}

// tagEnd is the bytes that end a tag's name.
var tagEnd = [256]bool{' ': true, ':': true, '[': true, '(': true}

// endTag drops the colon that ends t and reports whether t is a tag.
func (p Programs) endTag(t *tag) bool {
	if t.rest != "" && t.rest[0] == ':' {
		t.rest = t.rest[1:]
		return t.pid >= 0 || t.rest == "" || t.rest[0] == ' '
	}
	if t.rest != "" && t.rest[0] != ' ' {
		return false
	}
	return t.pid >= 0 || p.Has(t.name)
}

// bracketTag reads "[sshd]: …" and "[sshd] …" (metalog), of p's programs only.
func (p Programs) bracketTag(t *tag, s string) bool {
	i := strings.IndexByte(s, ']')
	if i < 0 || !p.Has(base(s[1:i])) {
		return false
	}
	*t = tag{name: base(s[1:i]), pid: -1, rest: s[i+1:]}
	return p.endTag(t)
}

// cutModule cuts "(pam_unix)" off s.
func cutModule(s string) (module, rest string) {
	i := strings.IndexAny(s, ") ")
	if i < 0 || s[i] != ')' {
		return "", s
	}
	return s[1:i], s[i+1:]
}

// cutPID cuts "[123]" off s. A pid that is no number counts as 0; brackets
// with blanks in them, or longer than any pid, are none.
func cutPID(s string) (pid int, rest string) {
	n, i := number(s, 1, 10)
	if i < len(s) && s[i] == ']' && i > 1 && n <= math.MaxInt32 {
		return n, s[i+1:]
	}
	const longest = 24
	i = strings.IndexAny(s[:min(len(s), longest)], "] ")
	if i < 0 || s[i] != ']' {
		return -1, s
	}
	return 0, s[i+1:]
}
