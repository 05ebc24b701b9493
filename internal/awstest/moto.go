package awstest

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"

	"sshsieve/internal/sshdtest"
)

// A Moto is a running moto_server.
type Moto struct {
	endpoint string // "http://127.0.0.1:PORT"
	client   *http.Client
	names    atomic.Int64
	life     io.Closer // its standard input, which the garbage collector would close
}

// Account and Region are moto's: ARNs hold them.
const (
	Account = "123456789012"
	Region  = "eu-central-1"
)

// startTime is how long moto_server may take to answer; 2 s are usual.
const startTime = time.Minute

var shared struct {
	once sync.Once
	moto *Moto
	err  error
}

// Start returns the server of this test binary, which it starts when it is
// first asked. It lives until the binary ends.
func Start(t testing.TB) *Moto {
	t.Helper()
	shared.once.Do(func() { shared.moto, shared.err = start() })
	if errors.Is(shared.err, exec.ErrNotFound) {
		sshdtest.Missing(t, "moto_server is not installed: pip install 'moto[server]'")
	}
	if shared.err != nil {
		t.Fatalf("start moto_server: %v", shared.err)
	}
	return shared.moto
}

// guard runs moto_server until its standard input ends, which is when the test
// binary does, however that ends. A shell's background command does not read
// its standard input (POSIX, "Asynchronous Lists"). Port 0 is one that is free.
const guard = `moto_server -H 127.0.0.1 -p 0 & trap "kill $!" EXIT; read -r never`

func start() (*Moto, error) {
	if _, err := exec.LookPath("moto_server"); err != nil {
		return nil, err
	}
	cmd := exec.Command("sh", "-c", guard)
	cmd.Env = append(os.Environ(), "PYTHONUNBUFFERED=1")
	life, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	said, err := cmd.StderrPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	endpoint, err := readEndpoint(said)
	if err != nil {
		_ = life.Close() // the error says more
		return nil, err
	}
	client := &http.Client{Transport: &oneByOne{next: http.DefaultTransport}}
	return &Moto{endpoint: endpoint, client: client, life: life}, nil
}

// running is what werkzeug, moto's web server, says when it listens.
var running = regexp.MustCompile(`Running on (http://127\.0\.0\.1:[0-9]+)`)

// readEndpoint waits for it. It goes on reading, so that nobody waits for a full
// pipe.
func readEndpoint(said io.Reader) (string, error) {
	found := make(chan string, 1)
	go func() {
		defer close(found)
		for lines := bufio.NewScanner(said); lines.Scan(); {
			if m := running.FindStringSubmatch(lines.Text()); m != nil {
				found <- m[1]
				break
			}
		}
		_, _ = io.Copy(io.Discard, said) // it ends with the server
	}()
	select {
	case endpoint, ok := <-found:
		if !ok {
			return "", errors.New("it ended before it listened")
		}
		return endpoint, nil
	case <-time.After(startTime):
		return "", fmt.Errorf("it did not listen after %v", startTime)
	}
}

// oneByOne sends one request at a time: between the check and the write of a
// condition moto serves other requests, which a real table never does.
type oneByOne struct {
	mu   sync.Mutex
	next http.RoundTripper
}

// RoundTrip waits for the head of the answer, which moto sends when it is done.
func (o *oneByOne) RoundTrip(r *http.Request) (*http.Response, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	return o.next.RoundTrip(r)
}

// Config is for the SDK's clients. A request is tried again only where moto hung
// up on it, as it does under load: it refuses nothing for a while.
func (m *Moto) Config() aws.Config {
	return aws.Config{
		Region:       Region,
		BaseEndpoint: aws.String(m.endpoint),
		HTTPClient:   m.client,
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "test", SecretAccessKey: "test"}, nil
		}),
		Retryer: func() aws.Retryer {
			return retry.NewStandard(func(o *retry.StandardOptions) {
				o.Retryables = []retry.IsErrorRetryable{retry.RetryableConnectionError{}}
			})
		},
	}
}

// Env is for a process that asks its environment, as the Lambdas do.
func (m *Moto) Env() []string {
	return []string{
		"AWS_ENDPOINT_URL=" + m.endpoint,
		"AWS_REGION=" + Region,
		"AWS_ACCESS_KEY_ID=test",
		"AWS_SECRET_ACCESS_KEY=test",
	}
}

// name is one that nothing else in this server has, of the characters that each
// service takes.
func (m *Moto) name(t testing.TB) string {
	plain := strings.Map(func(r rune) rune {
		if r < 0x80 && (r == '-' || r == '_' || r >= '0' && r <= '9' || r|0x20 >= 'a' && r|0x20 <= 'z') {
			return r
		}
		return '-'
	}, t.Name())
	return fmt.Sprintf("%.60s-%d", plain, m.names.Add(1)) // SQS takes 80
}
