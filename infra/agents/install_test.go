package agents

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"sshsieve/internal/sshdtest"
)

// releases are those that install.sh is tried as, by the system that it takes
// them for.
var releases = []struct{ release, system string }{
	{"amazon-linux-2", "amazon-linux-2"}, {"amazon-linux-2023", "amazon-linux-2023"},
	{"debian-12", "debian-12"}, {"debian-13", "debian-13"},
	{"rhel-8.10", "rhel"}, {"rocky-9.6", "rhel"}, {"almalinux-10.0", "rhel"}, {"centos-9", "rhel"},
	{"ubuntu-22.04", "ubuntu-22.04"}, {"ubuntu-24.04", "ubuntu-24.04"},
}

// osRelease is what /etc/os-release of a system begins with.
func osRelease(system string) string {
	i := strings.LastIndexByte(system, '-')
	id, version := system[:i], system[i+1:]
	if id == "amazon-linux" {
		id = "amzn"
	}
	return "ID=\"" + id + "\"\nVERSION_ID=\"" + version + "\"\n"
}

// commands are those of install.sh that would change the machine of a test: they
// only write down how they were called.
var commands = []string{"apt-get", "curl", "dpkg", "sshd", "systemctl", "uname", "yum"}

// A host is a folder that install.sh takes for a host's root.
type host struct{ root, bin, log, release string }

func newHost(t *testing.T, release string) host {
	t.Helper()
	dir := t.TempDir()
	h := host{filepath.Join(dir, "root"), filepath.Join(dir, "bin"), filepath.Join(dir, "log"), filepath.Join(dir, "os-release")}
	write(t, h.release, release, 0o644)
	write(t, h.root+"/etc/ssh/sshd_config", "Include /etc/ssh/sshd_config.d/*.conf\n", 0o644)
	for _, name := range commands {
		h.fake(t, filepath.Join(h.bin, name))
	}
	h.fake(t, h.root+"/opt/aws/amazon-cloudwatch-agent/bin/amazon-cloudwatch-agent-ctl")
	return h
}

// fake puts a program at path that writes its name and arguments down, and the
// file that curl would write.
func (h host) fake(t *testing.T, path string) {
	t.Helper()
	write(t, path, `#!/bin/sh
[ "${0##*/}" = dpkg ] && [ "$1" = --print-architecture ] && exec echo arm64
[ "${0##*/}" = uname ] && exec echo aarch64
[ "${0##*/}" = curl ] && : >"$3"
echo "${0##*/} $*" >>`+h.log+"\n", 0o755)
}

// install runs install.sh and returns what was called and what was put where.
func (h host) install(t *testing.T, parts ...string) (said string, err error) {
	t.Helper()
	return h.installAs(t, "", parts...)
}

// installAs says, with SYSTEM, which system it is.
func (h host) installAs(t *testing.T, system string, parts ...string) (said string, err error) {
	t.Helper()
	cmd := exec.Command("sh", append([]string{"install.sh"}, parts...)...)
	cmd.Env = append(os.Environ(), "PATH="+h.bin+":"+os.Getenv("PATH"), "DESTDIR="+h.root, "OS_RELEASE="+h.release, "AWS_REGION=eu-central-1", "SYSTEM="+system, "TMPDIR="+filepath.Dir(h.root))
	out, err := cmd.CombinedOutput()
	calls, _ := os.ReadFile(h.log)
	return string(out) + h.plain(string(calls)) + h.files(t), err
}

// plain names no temporary folder, nor what mktemp made in it.
func (h host) plain(s string) string {
	lines := strings.Split(strings.ReplaceAll(s, h.root, ""), "\n")
	for i, line := range lines {
		if from := strings.Index(line, filepath.Dir(h.root)); from >= 0 {
			to := from + strings.LastIndexByte(line[from:]+" ", '/')
			if end := strings.Index(line[from:], "/amazon-cloudwatch-agent.deb"); end >= 0 {
				to = from + end
			}
			lines[i] = line[:from] + "TMP" + line[to:]
		}
	}
	return strings.Join(lines, "\n")
}

// files lists what is in the root, but for what was there before.
func (h host) files(t *testing.T) string {
	t.Helper()
	var b strings.Builder
	err := filepath.WalkDir(h.root, func(path string, d os.DirEntry, err error) error {
		if name := strings.TrimPrefix(path, h.root); err == nil && !d.IsDir() && !strings.HasPrefix(name, "/opt/") && name != "/etc/ssh/sshd_config" {
			b.WriteString("file " + name + "\n")
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestInstall: what install.sh does on each system is as install.want says.
func TestInstall(t *testing.T) {
	var b strings.Builder
	for _, r := range releases {
		for _, agent := range []string{"cloudwatch-agent", "fluent-bit"} {
			parts := []string{agent, "heartbeat", "verbose"}
			said, err := newHost(t, osRelease(r.release)).install(t, parts...)
			if err != nil {
				t.Errorf("%s: %v: %v\n%s", r.release, parts, err, said)
			}
			b.WriteString("# " + r.release + ": " + strings.Join(parts, " ") + "\n" + said + "\n")
		}
	}
	compare(t, "install.want", b.String())
}

func TestInstallAgain(t *testing.T) {
	h := newHost(t, osRelease("amazon-linux-2023"))
	write(t, h.root+"/opt/aws/amazon-cloudwatch-agent/etc/amazon-cloudwatch-agent.toml", "", 0o644)
	for range 2 {
		if said, err := h.install(t, "cloudwatch-agent", "heartbeat"); err != nil || strings.Contains(said, "fetch-config") {
			t.Errorf("%v: an agent that does other things as well must go on with them:\n%s", err, said)
		}
	}
}

func TestInstallRefuses(t *testing.T) {
	for _, c := range []struct{ why, release, parts, want string }{
		{"nothing is asked for", osRelease("debian-12"), "", "want one or more of"},
		{"a misspelt part must not be half an installation", osRelease("debian-12"), "heartbeat fluentbit", "want one or more of"},
		{"both agents count everything twice", osRelease("debian-12"), "cloudwatch-agent heartbeat fluent-bit", "each line twice"},
		{"the same the other way round", osRelease("debian-12"), "fluent-bit cloudwatch-agent", "each line twice"},
		{"no configuration was written for it", osRelease("debian-9"), "heartbeat", "no configuration for debian 9"},
		{"it tells what to do then", osRelease("fedora-43"), "fluent-bit heartbeat", "SYSTEM=rhel-10 sh install.sh fluent-bit heartbeat "},
		{"a release without a number", "ID=arch\n", "heartbeat", "no configuration for arch rolling"},
		{"too old for any of it", osRelease("rhel-7.9"), "heartbeat", "no configuration for rhel 7.9"},
	} {
		h := newHost(t, c.release)
		said, err := h.install(t, strings.Fields(c.parts)...)
		if err == nil || !strings.Contains(said, c.want) || strings.Contains(said, "systemctl") || strings.Contains(said, "file /") {
			t.Errorf("%s: %v:\n%s\nwant %q and nothing done", c.why, err, said, c.want)
		}
	}
}

// TestInstallTakesTheRightRepository: the packages of one release need not run on
// another.
func TestInstallTakesTheRightRepository(t *testing.T) {
	for release, folder := range map[string]string{
		"amazon-linux-2": "amazonlinux/2", "amazon-linux-2023": "amazonlinux/2023",
		"rhel-8.10": "centos/8", "rocky-9.6": "centos/9", "almalinux-10.0": "centos/10", "centos-9": "centos/9", "ol-9.4": "centos/9",
	} {
		h := newHost(t, osRelease(release))
		if said, err := h.install(t, "fluent-bit"); err != nil {
			t.Errorf("%s: %v:\n%s", release, err, said)
			continue
		}
		if repo := text(t, h.root+"/etc/yum.repos.d/fluent-bit.repo"); !strings.Contains(repo, "\nbaseurl=https://packages.fluentbit.io/"+folder+"/\ngpgcheck=1\n") {
			t.Errorf("%s takes Fluent Bit from\n%s\nwant %s, and signatures checked", release, repo, folder)
		}
	}
}

// TestInstallAs: who knows which system another one is like says so.
func TestInstallAs(t *testing.T) {
	said, err := newHost(t, osRelease("fedora-43")).installAs(t, "rhel-10", "cloudwatch-agent", "verbose")
	if err != nil || !strings.Contains(said, "redhat/arm64/latest") || !strings.Contains(said, "try-reload-or-restart sshd.service") {
		t.Errorf("%v:\n%s\nwant what is done on RHEL 10", err, said)
	}
	if said, err := newHost(t, osRelease("fedora-43")).installAs(t, "gentoo", "heartbeat"); err == nil || !strings.Contains(said, "no configuration for gentoo") {
		t.Errorf("%v:\n%s\nwant no such system", err, said)
	}
}

// TestInstallKnowsWhatIsTried: each system has a release on which it is tried.
func TestInstallKnowsWhatIsTried(t *testing.T) {
	var tried []string
	for _, r := range releases {
		tried = append(tried, r.system)
	}
	slices.Sort(tried)
	if tried = slices.Compact(tried); !slices.Equal(tried, systems) {
		t.Errorf("install.sh is tried on %v, want each of %v", tried, systems)
	}
}

// TestInstallOldSSHD: OpenSSH before 8.2 reads no sshd_config.d, so that a file
// there would change nothing.
func TestInstallOldSSHD(t *testing.T) {
	h := newHost(t, osRelease("amazon-linux-2"))
	write(t, h.root+"/etc/ssh/sshd_config", "Port 22\n", 0o644)
	said, err := h.install(t, "verbose")
	if err == nil || !strings.Contains(said, "systemctl reload sshd.service") || strings.Contains(said, "10-sshsieve.conf") {
		t.Errorf("%v: want to be told what to write where:\n%s", err, said)
	}
}

// TestShellCheck: shellcheck finds nothing in install.sh.
func TestShellCheck(t *testing.T) {
	out, err := exec.Command("shellcheck", "install.sh").CombinedOutput()
	if errors.Is(err, exec.ErrNotFound) {
		sshdtest.Missing(t, "shellcheck is not installed")
	}
	if err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// TestInstallKnowsEachSystem: configurations and systems are the same.
func TestInstallKnowsEachSystem(t *testing.T) {
	var configured []string
	for _, name := range glob(t, "cloudwatch-agent/*.json") {
		configured = append(configured, strings.TrimSuffix(filepath.Base(name), ".json"))
	}
	if !slices.Equal(configured, systems) {
		t.Errorf("there are configurations for %v, but %v are tested", configured, systems)
	}
}

func write(t *testing.T, path, content string, mode os.FileMode) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), mode); err != nil {
		t.Fatal(err)
	}
}
