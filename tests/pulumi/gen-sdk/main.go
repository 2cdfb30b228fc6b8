// Command gen-sdk writes the SDK of a Pulumi schema for one language, as `pulumi package gen-sdk` does where that language's plugin is at hand:
// gen-sdk <schema.json> <nodejs|python|go> <folder>
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"github.com/blang/semver"
	gogen "github.com/pulumi/pulumi/pkg/v3/codegen/go"
	"github.com/pulumi/pulumi/pkg/v3/codegen/nodejs"
	"github.com/pulumi/pulumi/pkg/v3/codegen/python"
	"github.com/pulumi/pulumi/pkg/v3/codegen/schema"
)

// Named in the header of each generated file.
const tool = "pulumi"

func main() {
	if err := generate(os.Args[1], os.Args[2], os.Args[3]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func generate(from, language, to string) error {
	text, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	var spec schema.PackageSpec
	if err := json.Unmarshal(text, &spec); err != nil {
		return err
	}
	pkg, diagnostics, err := schema.BindSpec(spec, alone{}, schema.ValidationOptions{})
	if err != nil {
		return err
	}
	if diagnostics.HasErrors() {
		return diagnostics
	}
	// As `pulumi package add` does: Go's SDK is then a module of its own.
	pkg.SupportPack = language == "go"
	files, err := filesOf(pkg, language)
	if err != nil {
		return err
	}
	for name, contents := range files {
		file := filepath.Join(to, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(file, contents, 0o644); err != nil {
			return err
		}
	}
	return nil
}

func filesOf(pkg *schema.Package, language string) (map[string][]byte, error) {
	switch language {
	case "nodejs":
		return nodejs.GeneratePackage(tool, pkg, nil, nil, false, alone{})
	case "python":
		return python.GeneratePackage(tool, pkg, nil, alone{})
	case "go":
		return gogen.GeneratePackage(tool, pkg, nil)
	}
	return nil, fmt.Errorf("no generator for %q: nodejs, python and go have one", language)
}

// alone loads nothing: our schema refers to no other package.
type alone struct{}

func (alone) none(name string) error { return fmt.Errorf("the schema refers to the package %s", name) }

func (it alone) LoadPackage(name string, _ *semver.Version) (*schema.Package, error) {
	return nil, it.none(name)
}

func (it alone) LoadPackageV2(_ context.Context, of *schema.PackageDescriptor) (*schema.Package, error) {
	return nil, it.none(of.Name)
}

func (it alone) LoadPackageReference(name string, _ *semver.Version) (schema.PackageReference, error) {
	return nil, it.none(name)
}

func (it alone) LoadPackageReferenceV2(
	_ context.Context, of *schema.PackageDescriptor,
) (schema.PackageReference, error) {
	return nil, it.none(of.Name)
}
