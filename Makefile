# What people type. Everything else is a subcommand of `nerdx` (.venv/bin/nerdx --help).
export GRAPH PYTHON NEO4J_VERSION
.PHONY: dev test lint bench storm reset setup

dev: ## The whole product on this machine: make dev, or make dev GRAPH=neo4j
	@sh sandbox/setup.sh dev

test: ## Every check and every test
	@sh sandbox/setup.sh check

lint: ## The checks that run nothing
	@sh sandbox/setup.sh check --lint

bench: ## Our speed beside others', in one run
	@sh sandbox/setup.sh
	@.venv/bin/python -m bench
	@.venv/bin/python -m bench.outage

storm: ## 200 films while workers are killed all the while
	@sh sandbox/setup.sh
	@.venv/bin/python -m bench.storm

reset: ## Forget what the sandbox keeps
	@if [ -x .venv/bin/nerdx ]; then .venv/bin/nerdx reset; else rm -rf .nerdx; fi

setup: ## Only install and build
	@sh sandbox/setup.sh
