# What a developer does with Sigil. All of it needs Go alone; what else it
# needs it fetches at the versions pinned here and in go.mod.

GO ?= go
# Seconds for each fuzz target of `make fuzz`.
FUZZTIME ?= 30
# What `make run` and `make bench` add to their commands, as in
# ARGS='--http 127.0.0.1:8081' and ARGS='-only latest -rounds 9'.
ARGS ?=

STATICCHECK := $(GO) run honnef.co/go/tools/cmd/staticcheck@v0.8.2
GOVULNCHECK := $(GO) run golang.org/x/vuln/cmd/govulncheck@v1.9.0

.PHONY: help build run test race check lint vuln docs bench microbench fuzz clean

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "%-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

build: ## build the command as bin/cse
	$(GO) build -trimpath -o bin/cse ./cmd/cse

run: build ## run a CSE on http://127.0.0.1:8080 with its resources in ./cse-data
	bin/cse serve $(ARGS)

test: ## run all tests
	$(GO) test ./...

race: ## run all tests with the race detector (needs a C compiler)
	CGO_ENABLED=1 $(GO) test -race ./...

check: lint vuln ## everything besides the tests that must hold before a commit

lint:
	@unformatted=$$(gofmt -l $$(git ls-files '*.go')); \
	if [ -n "$$unformatted" ]; then echo "gofmt these:"; echo "$$unformatted"; exit 1; fi
	$(GO) mod verify
	$(GO) vet ./...
	@.ci/lint $(STATICCHECK)

# The database of vulnerabilities is a service on the network. Where it cannot
# be reached that is said, and is no fault of the code.
vuln:
	@out=$$($(GOVULNCHECK) ./... 2>&1); status=$$?; echo "$$out"; \
	if [ $$status -ne 0 ] && echo "$$out" | grep -q 'fetching vulnerabilities'; then \
		echo "govulncheck: NOT CHECKED: the vulnerability database cannot be reached"; exit 0; \
	fi; exit $$status

docs: ## write docs/configuration.md anew
	$(GO) run ./cmd/cse config docs > docs/configuration.md.new
	mv docs/configuration.md.new docs/configuration.md

bench: ## measure the hot paths of a CSE beside their floors; BENCH=all for all
	$(GO) run ./internal/bench $(if $(filter all,$(BENCH)),-all) $(ARGS)

microbench: ## run the benchmarks of all packages
	$(GO) test -run '^$$' -bench . -benchmem ./...

fuzz: ## run every fuzz target for FUZZTIME seconds
	@set -e; for pkg in $$($(GO) list ./...); do \
		for target in $$($(GO) test -list '^Fuzz' $$pkg | grep '^Fuzz' || true); do \
			echo "$$pkg $$target"; \
			$(GO) test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME)s $$pkg; \
		done; \
	done

clean: ## remove what build made
	rm -rf bin
