// The door of a kubelet: what kube-apiserver asks of a node when somebody runs `kubectl exec` and `kubectl logs`. The streams
// (SPDY from the API server, which translates the WebSockets of newer clients) are Kubernetes' own code; commands run in the
// pod's network namespace. What pods there are is told by folders, which the fake kubelet writes.
package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"

	"k8s.io/cri-streaming/pkg/streaming/remotecommand"
	utilexec "k8s.io/utils/exec"
)

const (
	idle    = 4 * time.Hour
	create  = 30 * time.Second
	polling = 200 * time.Millisecond
)

// A container's folder, `<pods>/<namespace>/<pod>/<container>`, holds `enter`, a program that runs its arguments as the
// container's processes do, and `log`.
type containers struct{ pods string }

func (c containers) folder(r *http.Request) (string, bool) {
	folder := filepath.Join(c.pods, r.PathValue("namespace"), r.PathValue("pod"), r.PathValue("container"))
	_, err := os.Stat(filepath.Join(folder, "enter"))
	return folder, err == nil && filepath.Dir(filepath.Dir(filepath.Dir(folder))) == filepath.Clean(c.pods)
}

func (c containers) exec(w http.ResponseWriter, r *http.Request) {
	folder, found := c.folder(r)
	if !found {
		http.Error(w, "this container runs no process here: give it a command", http.StatusNotFound)
		return
	}
	options, err := remotecommand.NewOptions(r)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	command := r.URL.Query()["command"]
	remotecommand.ServeExec(w, r, executor{folder}, "", "", r.PathValue("container"), command, options, idle, create, remotecommand.SupportedStreamingProtocols)
}

type executor struct{ folder string }

// There is no terminal: with one asked for, both outputs go the one way that the client then reads.
func (e executor) ExecInContainer(ctx context.Context, _, _, _ string, command []string, in io.Reader, out, errors io.WriteCloser, tty bool, _ <-chan remotecommand.TerminalSize, _ time.Duration) error {
	process := exec.CommandContext(ctx, filepath.Join(e.folder, "enter"), command...)
	process.Stdin, process.Stdout, process.Stderr = in, out, errors
	if tty {
		process.Stderr = out
	}
	// A child that outlives the command may hold its output open; and the client's input may never end.
	process.WaitDelay = time.Second
	err := process.Run()
	if exit, ok := err.(*exec.ExitError); ok {
		return utilexec.CodeExitError{Err: err, Code: exit.ExitCode()}
	}
	return err
}

func (c containers) logs(w http.ResponseWriter, r *http.Request) {
	folder, found := c.folder(r)
	if !found {
		http.Error(w, "this container runs no process here: give it a command", http.StatusNotFound)
		return
	}
	file, err := os.Open(filepath.Join(folder, "log"))
	if err != nil {
		http.Error(w, "no log", http.StatusNotFound)
		return
	}
	defer file.Close()
	if err := skip(file, r.FormValue("tailLines")); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	follow := r.FormValue("follow") == "true"
	for {
		if _, err := io.Copy(w, file); err != nil || !follow {
			return
		}
		_ = http.NewResponseController(w).Flush()
		select {
		case <-r.Context().Done():
			return
		case <-time.After(polling):
		}
		// Of a pod that is gone nothing more comes.
		if _, err := os.Stat(folder); err != nil {
			return
		}
	}
}

// Leaves the file at its last lines.
func skip(file *os.File, lines string) error {
	if lines == "" {
		return nil
	}
	wanted, err := strconv.Atoi(lines)
	if err != nil {
		return fmt.Errorf("tailLines: %w", err)
	}
	text, err := io.ReadAll(file)
	if err != nil {
		return err
	}
	at := len(text)
	for seen := 0; at > 0; at-- {
		if text[at-1] == '\n' && at < len(text) {
			if seen++; seen == wanted {
				break
			}
		}
	}
	if wanted == 0 {
		at = len(text)
	}
	_, err = file.Seek(int64(at), io.SeekStart)
	return err
}

func main() {
	listen := flag.String("listen", "127.0.0.1:0", "address")
	pods := flag.String("pods", "", "folder of the pods")
	certificate := flag.String("certificate", "", "PEM; its own, and the one that a client must have")
	key := flag.String("key", "", "PEM")
	flag.Parse()
	text, err := os.ReadFile(*certificate)
	if err != nil {
		log.Fatal(err)
	}
	clients := x509.NewCertPool()
	clients.AppendCertsFromPEM(text)
	here := containers{*pods}
	mux := http.NewServeMux()
	for _, method := range []string{"GET", "POST"} {
		mux.HandleFunc(method+" /exec/{namespace}/{pod}/{container}", here.exec)
	}
	mux.HandleFunc("GET /containerLogs/{namespace}/{pod}/{container}", here.logs)
	listener, err := net.Listen("tcp", *listen)
	if err != nil {
		log.Fatal(err)
	}
	server := http.Server{
		Handler: mux,
		// It runs commands as root: only the API server that has the key gets in. SPDY takes over a connection, which HTTP/2 has not to give.
		TLSConfig: &tls.Config{ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: clients, NextProtos: []string{"http/1.1"}},
	}
	log.Fatal(server.ServeTLS(listener, *certificate, *key))
}
