# Verbs of the house. `make demo` and `make test` work on a fresh Debian machine as root with nothing but the package
# registries; on other systems they say what is missing and how to get it.
SHELL := /bin/sh
GO ?= go
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
FUZZTIME ?= 30s
KILLS ?= 100
ROUNDS ?= 50
TESTFLAGS ?= -race -shuffle=on -timeout 30m

.PHONY: help setup build demo test bench screens eval fuzz soak lint vuln up down clean

help: ## list the verbs
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1\t\2/p' $(MAKEFILE_LIST) | expand -t 14

setup: ## install what is missing and build the managed Ollama, once
	@scripts/setup.sh

build: ## build build/bin/chiron (static, no cgo)
	@mkdir -p build/bin
	CGO_ENABLED=0 $(GO) build -ldflags '-s -w -X main.version=$(VERSION)' -o build/bin/chiron ./cmd/chiron

demo: setup build ## run the main job on the bundled site through the public API
	@build/bin/chiron demo

test: setup build lint ## all tests, race detector on
	$(GO) test $(TESTFLAGS) ./...

bench: setup build ## measure, with the limit of the same run, into build/bench.json
	build/bin/chiron bench --data build/bench --out build/bench.json

screens: ## install the pages from packages that perception is scored on (needs Node's npm)
	@mkdir -p build/screens && cp eval/sight/foreign/package*.json build/screens/
	@command -v npm >/dev/null || { echo 'npm is missing; install Node (Debian: npm)'; exit 1; }
	@cd build/screens && npm ci --ignore-scripts --no-audit --no-fund --silent

eval: setup build screens ## run the shipped suite with the oracle, from the layout and from pixels; score perception; the whole red team
	build/bin/chiron eval --data build/eval --source layout
	build/bin/chiron eval --data build/eval --source pixels
	build/bin/chiron eval screens --data build/eval --out build/screens.json
	CHIRON_TEST_REDTEAM=all $(GO) test -count=1 -timeout 60m -v ./cmd/chiron -run RedTeam

fuzz: ## run every fuzz target for FUZZTIME
	@scripts/fuzz.sh $(FUZZTIME)

soak: setup ## kill, stop and start it many times; nothing twice, nothing left (KILLS=100 ROUNDS=50)
	@scripts/soak.sh $(KILLS) $(ROUNDS)

lint: ## gofmt, vet, staticcheck
	@test -z "$$(gofmt -l $$(git ls-files '*.go'))" || { echo 'gofmt -w these files:'; gofmt -l $$(git ls-files '*.go'); exit 1; }
	$(GO) vet ./...
	$(GO) tool staticcheck ./...

vuln: ## known vulnerabilities (its database needs a network)
	$(GO) tool govulncheck ./...

train: setup ## make the bundled model from nothing, on a CPU; goes on where it stood
	@training/recipe/all.sh

up: ## start the appliance with docker compose
	docker compose up --build --detach --wait

down: ## stop it; the data stays in its volumes
	docker compose down

clean: ## forget everything that was built
	rm -rf build
