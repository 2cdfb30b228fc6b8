//go:build tools

// Package pulumi requires the Pulumi CLI at the version that the tests run, so that `go build` of its command finds it, and
// all that it is made of, pinned in go.mod and go.sum.
package pulumi

import _ "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"
