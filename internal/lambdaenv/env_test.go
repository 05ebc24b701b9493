package lambdaenv

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestMemoryLimit(t *testing.T) {
	for _, c := range []struct {
		size string
		want int64
		why  string
	}{
		{"256", aim, "the default: there is room for more, and no need"},
		{"32", 32 << 20 / 10 * 9, "before Lambda kills the process"},
		{"", aim, "not on Lambda"},
		{"-1", aim, "nonsense"},
		{"much", aim, "nonsense"},
	} {
		if got := memoryLimit(c.size); got != c.want {
			t.Errorf("size %q: %d, want %d: %s", c.size, got, c.want, c.why)
		}
	}
}

func TestWorkingContext(t *testing.T) {
	deadline := time.Now().Add(time.Hour)
	outer, cancel := context.WithDeadline(t.Context(), deadline)
	defer cancel()
	inner, cancel := WorkingContext(outer)
	defer cancel()
	if got, ok := inner.Deadline(); !ok || deadline.Sub(got) != 500*time.Millisecond {
		t.Errorf("the work ends %v before the function, want 500 ms", deadline.Sub(got))
	}
	endless, cancel := WorkingContext(context.Background())
	defer cancel()
	if _, ok := endless.Deadline(); ok {
		t.Error("a deadline was made up")
	}
}

// Whoever installs it mends all faults at once.
func TestLoadReportsEveryFault(t *testing.T) {
	t.Setenv("AWS_REGION", "")
	t.Setenv("AWS_DEFAULT_REGION", "")
	t.Setenv("AWS_CONFIG_FILE", t.TempDir()+"/none")
	env := map[string]string{"SSHSIEVE_LEARNING_DAYS": "soon", "GOMEMLIMIT": "off"}
	_, err := Load(t.Context(), func(name string) string { return env[name] })
	if err == nil {
		t.Fatal("a function without table, topic and region starts")
	}
	for _, name := range []string{"SSHSIEVE_TABLE", "SSHSIEVE_NOTICES_TOPIC", "SSHSIEVE_LEARNING_DAYS", "AWS_REGION"} {
		if !strings.Contains(err.Error(), name) {
			t.Errorf("the error does not name %s: %v", name, err)
		}
	}
}

func TestReportIsOneLineOfJSON(t *testing.T) {
	fault := fmt.Errorf("wrapped: %w", errors.Join(errors.New("a\nb"), errors.New(`c"`)))
	var b bytes.Buffer
	report(&b, errors.Join(errors.New("first"), errors.Join(errors.New("second"), errors.New("third")), fault))
	var line struct {
		Level, Message, Timestamp string
		Faults                    []string
	}
	if err := json.Unmarshal(b.Bytes(), &line); err != nil || strings.Count(b.String(), "\n") != 1 {
		t.Fatalf("no line of JSON (%v): %s", err, b.String())
	}
	want := []string{"first", "second", "third", "wrapped: a\nb\nc\""}
	if !slices.Equal(line.Faults, want) || line.Level != "ERROR" || line.Timestamp == "" {
		t.Errorf("%+v, want the faults %q", line, want)
	}
}
