#!/usr/bin/env bash
# Runs one benchmark on a built checkout: `npm run -s bench:<name>`, with `-- --json` for one JSON object.
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD
name=$1
shift
# Progress goes to stderr, so that stdout holds the result only.
bash scripts/setup.sh >&2
if [[ $name == overhead || $name == daplink ]] && ! command -v mbedhtrun >/dev/null; then
  source scripts/lib/step.sh
  source scripts/lib/apt.sh
  install_packages bench-apt python3-mbed-host-tests >&2 || echo 'bench: the stock runner is not to be had; the comparison is left out' >&2
fi
# What stands on doubles of the tests is not built.
[[ -f scripts/bench-$name.ts ]] && exec node_modules/.bin/tsx "scripts/bench-$name.ts" "$@"
exec node "e2e/dist/bench/$name.js" "$@"
