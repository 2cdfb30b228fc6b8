# Two commands for a fresh machine: `make demo` and `make test`. Each brings what it needs, once.
# Needed beforehand: npm with any Node from 20 on, and Go 1.26 or the binaries of Kubernetes and Pulumi (README.md, Development).

installed := node_modules/.installed
built := dist/.built
sources := $(shell find common provider sdk plugin scripts -type f) tsconfig.json tsconfig.build.json

.PHONY: test demo clean
.DELETE_ON_ERROR:

# All tests; the last line is the sums.
test: $(built)
	@npm test --silent

# The walk-through on real clusters. `make demo KEEP=1` leaves the clusters up; `make demo LANGUAGE=yaml`, `=python` or `=go`: the plugin serves a program in that language.
demo: $(built)
	@npm run --silent demo

# What the two commands made in this folder. Downloads and binaries stay in the user's cache directory.
clean:
	@if [ -e $(installed) ]; then npm run --silent clusters -- down --dir .demo; npm run --silent clusters -- down; fi
	rm -rf node_modules dist coverage .demo .clusters

$(built): $(installed) $(sources)
	@npm run --silent build
	@touch $@

# npm builds the package as part of its installation.
$(installed): package.json package-lock.json
	@command -v npm >/dev/null || { echo "npm is not on PATH: install Node 20 or newer" >&2; exit 1; }
	@echo "== installing the packages of package-lock.json (once)"
	npm ci
	@touch $@ $(built)
