package lambdatest

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// A Function is a deployed function with one environment. It is started at its
// first invocation, and again when it died. It is for one goroutine, but for
// Kill.
type Function struct {
	// Timeout is the function's configured one; 0 is 30 s.
	Timeout time.Duration

	t         testing.TB
	bootstrap string
	env       []string
	requests  int

	mu      sync.Mutex
	process *process
	// Files, not pipes: what a process wrote before it answered is there when
	// the answer is.
	stdout, stderr *os.File
}

// New prepares a function with these environment variables, besides those that
// Lambda sets. It is stopped at the end of the test.
func New(t testing.TB, bootstrap string, env ...string) *Function {
	t.Helper()
	f := &Function{t: t, bootstrap: bootstrap, env: env, stdout: create(t, "stdout"), stderr: create(t, "stderr")}
	t.Cleanup(func() { f.Kill() })
	return f
}

// A process is one environment.
type process struct {
	api  *api
	cmd  *exec.Cmd
	gone chan struct{} // closed when it has ended
}

// lambdaEnv is what Lambda sets that the functions read ("Defined runtime
// environment variables").
var lambdaEnv = []string{
	"AWS_LAMBDA_FUNCTION_NAME=test", "AWS_LAMBDA_FUNCTION_VERSION=$LATEST", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE=256",
	"AWS_LAMBDA_LOG_GROUP_NAME=/aws/lambda/test", "AWS_LAMBDA_LOG_STREAM_NAME=test", "AWS_LAMBDA_LOG_FORMAT=JSON",
	"AWS_EC2_METADATA_DISABLED=true",
}

// Start starts the process if none runs. Invoke does so by itself.
func (f *Function) Start() {
	f.t.Helper()
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.process != nil && !f.process.ended() {
		return
	}
	p := &process{api: newAPI(f.t), gone: make(chan struct{})}
	p.cmd = exec.Command(f.bootstrap)
	p.cmd.Env = append(append([]string{"AWS_LAMBDA_RUNTIME_API=" + p.api.addr, "PATH=" + os.Getenv("PATH")}, lambdaEnv...), f.env...)
	p.cmd.Stdout, p.cmd.Stderr = f.stdout, f.stderr
	if err := p.cmd.Start(); err != nil {
		f.t.Fatal(err)
	}
	go func() {
		_ = p.cmd.Wait() // how it ended is in ProcessState
		close(p.gone)
		p.api.close()
	}()
	f.process = p
}

// Ready starts the process and waits until it asks for work, which is when the
// initialisation phase ends for Lambda. It fails the test if it never does.
func (f *Function) Ready() {
	f.t.Helper()
	f.Start()
	select {
	case <-f.process.api.asked:
	case <-f.process.gone:
		f.t.Fatalf("the process ended instead of asking for work: %s", f.Stderr())
	}
}

func (p *process) ended() bool {
	select {
	case <-p.gone:
		return true
	default:
		return false
	}
}

// Invoke delivers an event once, with a request id of its own.
func (f *Function) Invoke(event []byte) Outcome {
	f.t.Helper()
	f.requests++
	return f.invoke(fmt.Sprintf("00000000-0000-4000-8000-%012d", f.requests), event)
}

// tries is how often Lambda delivers an event that a function fails
// (MaximumRetryAttempts 2, the default).
const tries = 3

// InvokeAsync delivers an event as Lambda does asynchronously, but without the
// minutes between: up to twice more after an error or a death, with the same
// request id. It returns the outcome of each try.
func (f *Function) InvokeAsync(event []byte) []Outcome {
	f.t.Helper()
	f.requests++
	id := fmt.Sprintf("00000000-0000-4000-8000-%012d", f.requests)
	var outcomes []Outcome
	for range tries {
		outcome := f.invoke(id, event)
		outcomes = append(outcomes, outcome)
		if outcome.OK() {
			break
		}
	}
	return outcomes
}

func (f *Function) invoke(id string, event []byte) Outcome {
	f.t.Helper()
	f.Start()
	p := f.process
	timeout := f.Timeout
	if timeout == 0 {
		timeout = 30 * time.Second
	}
	select {
	case p.api.next <- invocation{id: id, event: event, deadline: time.Now().Add(timeout)}:
	case <-p.gone:
		return Outcome{Died: true}
	}
	return p.outcome(timeout)
}

// outcome waits for the answer, the end of the process, or the deadline, at
// which Lambda kills it.
func (p *process) outcome(timeout time.Duration) Outcome {
	timer := time.NewTimer(timeout)
	defer timer.Stop()
	select {
	case outcome := <-p.api.done:
		return outcome
	case <-timer.C:
		p.kill()
		return Outcome{Died: true, TimedOut: true}
	case <-p.gone:
	}
	select { // it may have answered and then ended
	case outcome := <-p.api.done:
		return outcome
	default:
		return Outcome{Died: true}
	}
}

// Kill ends the process at once, as kill -9 does, and returns when it is gone.
// It may be called while an invocation is under way, from elsewhere.
func (f *Function) Kill() {
	f.mu.Lock()
	p := f.process
	f.mu.Unlock()
	if p != nil {
		p.kill()
	}
}

func (p *process) kill() {
	_ = p.cmd.Process.Kill() // it may be gone already
	<-p.gone
}

// Wait waits for a process that ends by itself, and returns its exit code.
func (f *Function) Wait() int {
	f.t.Helper()
	select {
	case <-f.process.gone:
		return f.process.cmd.ProcessState.ExitCode()
	case <-time.After(time.Minute):
		f.t.Fatal("the process does not end")
		return -1
	}
}

// Stdout is what all processes of the function wrote so far: log lines and
// metrics. What was written before an answer is in it once that has come.
func (f *Function) Stdout() string { return f.read(f.stdout) }

// Stderr is the same of standard error.
func (f *Function) Stderr() string { return f.read(f.stderr) }

func (f *Function) read(file *os.File) string {
	f.t.Helper()
	text, err := os.ReadFile(file.Name())
	if err != nil {
		f.t.Fatal(err)
	}
	return string(text)
}

func create(t testing.TB, name string) *os.File {
	t.Helper()
	file, err := os.Create(filepath.Join(t.TempDir(), name))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = file.Close() }) // what is in it was read
	return file
}

// PeakMemory is the most memory that the running process has had resident, in
// bytes (VmHWM, proc(5)). It is 0 where there is no /proc.
func (f *Function) PeakMemory() int64 {
	status, err := os.ReadFile("/proc/" + strconv.Itoa(f.process.cmd.Process.Pid) + "/status")
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(status)) {
		if rest, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			kilobytes, _ := strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
			return kilobytes << 10
		}
	}
	return 0
}
