#!/usr/bin/env bash
# All tests; arguments go to jest (a path, -t, --watch). The last line is "N passed, N failed".
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"
bash scripts/setup.sh --test
# Its cache would stay behind in /tmp.
export TSX_DISABLE_CACHE=1
export NODE_OPTIONS="${NODE_OPTIONS:-} --experimental-vm-modules --no-warnings"
exec node_modules/.bin/jest -w 2 "$@"
