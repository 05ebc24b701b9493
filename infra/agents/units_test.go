package agents

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"sshsieve/internal/sshdtest"
)

const fluentBitUnit = "fluent-bit/sshsieve-fluent-bit.service"

// TestUnits: systemd finds nothing wrong with the units, but that Fluent Bit is
// not on the machine of the test: its place is given a program that is.
func TestUnits(t *testing.T) {
	dir := t.TempDir()
	var units []string
	for _, name := range []string{"sshsieve-heartbeat.service", "sshsieve-heartbeat.timer", fluentBitUnit} {
		unit := filepath.Join(dir, filepath.Base(name))
		write(t, unit, strings.Replace(text(t, name), "/opt/fluent-bit/bin/fluent-bit", "/bin/true", 1), 0o644)
		units = append(units, unit)
	}
	if out := systemdAnalyze(t, append([]string{"verify", "--man=no"}, units...)...); out != "" {
		t.Error(out)
	}
}

// TestSandbox: what systemd thinks of the services' exposure, from 0 (safe) to 10
// (systemd-analyze(1), security), stays what it was: times ten.
func TestSandbox(t *testing.T) {
	for unit, exposure := range map[string]string{
		"sshsieve-heartbeat.service": "5",
		fluentBitUnit:                "15", // it needs the network
	} {
		systemdAnalyze(t, "security", "--offline=true", "--threshold="+exposure, unit)
	}
}

// TestOldSystemd: 219 (Amazon Linux 2) passes over the groups of system calls that
// it does not know. Of a list of what is allowed it would leave nothing.
func TestOldSystemd(t *testing.T) {
	for _, unit := range []string{"sshsieve-heartbeat.service", fluentBitUnit} {
		if filter := value(t, unit, "SystemCallFilter"); !strings.HasPrefix(filter, "~") {
			t.Errorf("%s: SystemCallFilter=%s allows, instead of forbidding", unit, filter)
		}
	}
}

// TestHourly: a host is missed after 6 hours, or 4 times its longest pause if that
// is more: rarer beats only make it later.
func TestHourly(t *testing.T) {
	if every := value(t, "sshsieve-heartbeat.timer", "OnCalendar"); every != "hourly" {
		t.Errorf("a heartbeat comes %s, want hourly", every)
	}
}

// TestUnitPaths: the unit starts what install.sh has put there.
func TestUnitPaths(t *testing.T) {
	installed := text(t, "install.want")
	for _, path := range []string{
		value(t, fluentBitUnit, "EnvironmentFile"),
		strings.Fields(value(t, fluentBitUnit, "ExecStart"))[2],
		"/etc/systemd/system/" + filepath.Base(fluentBitUnit),
		"/etc/systemd/system/sshsieve-heartbeat.timer",
		"/etc/systemd/system/sshsieve-heartbeat.service",
	} {
		if !strings.Contains(installed, "file "+path+"\n") {
			t.Errorf("install.sh puts no %s there", path)
		}
	}
	state := "/var/lib/" + value(t, fluentBitUnit, "StateDirectory") + "/"
	p := fluentBit(t)
	for _, path := range []any{named(t, p.Pipeline.Inputs, "systemd")["db"], p.Service["storage.path"]} {
		if !strings.HasPrefix(path.(string), state) {
			t.Errorf("%v: Fluent Bit may write to %s only", path, state)
		}
	}
}

func systemdAnalyze(t *testing.T, args ...string) string {
	t.Helper()
	cmd := exec.Command("systemd-analyze", args...)
	cmd.Env = append(os.Environ(), "SYSTEMD_LOG_LEVEL=warning")
	out, err := cmd.CombinedOutput()
	if errors.Is(err, exec.ErrNotFound) {
		sshdtest.Missing(t, "systemd is not installed")
	}
	if err != nil {
		t.Errorf("systemd-analyze %v: %v\n%s", args, err, out)
	}
	return string(out)
}
