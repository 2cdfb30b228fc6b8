// One binary that is a whole Kubernetes control plane: `controlplane <part> <flags>` runs the part exactly as its own
// binary would. One binary, because the parts share nearly all of their code: it builds once, and in a fifth of the space.
package main

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"
	"go.etcd.io/etcd/server/v3/etcdmain"
	"k8s.io/component-base/cli"
	_ "k8s.io/component-base/logs/json/register"
	proxy "k8s.io/kubernetes/cmd/kube-proxy/app"

	apiserver "k8s.io/kubernetes/cmd/kube-apiserver/app"
	controllers "k8s.io/kubernetes/cmd/kube-controller-manager/app"
)

// The names are those of the official binaries, so that a caller runs `<dir>/<part>` or `controlplane <part>` alike.
var parts = map[string]func() *cobra.Command{
	"kube-apiserver":          apiserver.NewAPIServerCommand,
	"kube-controller-manager": controllers.NewControllerManagerCommand,
	"kube-proxy":              proxy.NewProxyCommand,
}

func main() {
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, "usage: controlplane etcd|kube-apiserver|kube-controller-manager|kube-proxy [flags]")
		os.Exit(2)
	}
	name := os.Args[1]
	os.Args = append([]string{name}, os.Args[2:]...)
	if name == "etcd" {
		etcdmain.Main(os.Args)
		return
	}
	newCommand, known := parts[name]
	if !known {
		fmt.Fprintf(os.Stderr, "controlplane has no part %q\n", name)
		os.Exit(2)
	}
	os.Exit(cli.Run(newCommand()))
}
