//go:build tools

// Package yamlhost requires the language host of YAML programs at the version that the tests run, so that `go build` of its command finds it, and
// all that it is made of, pinned in go.mod and go.sum.
package yamlhost

import _ "github.com/pulumi/pulumi-yaml/cmd/pulumi-language-yaml"
