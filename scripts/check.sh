#!/usr/bin/env bash
# Everything that can be said about the sources without running them. Goes on after a failure, so that one run shows all.
set -uo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root" || exit 1
bash scripts/setup.sh --client || exit 1
PATH="$root/node_modules/.bin:$PATH"

# Its cache would stay behind in /tmp.
export TSX_DISABLE_CACHE=1
failed=()

# check <what> <what to do when it fails> <command…>
check() {
  local what=$1 cure=$2
  shift 2
  local output
  if output=$("$@" 2>&1); then
    printf 'ok      %s\n' "$what"
  else
    printf '%s\nFAILED  %s\n        %s\n' "$output" "$what" "$cure"
    failed+=("$what")
  fi
}

check format 'Run: npm run format' biome format .
check lint 'Correct what is named above; many have a fix: npx biome lint --write .' biome lint .
check types 'Correct the types named above.' tsc -b
check 'types of the tests' 'Correct the types named above.' tsc -p tsconfig.test.json
check 'types of the dashboards' 'Correct the types named above.' tsc -p dashboards
check 'import arrows' 'Change the import; or, if the arrow is right, the list that is named.' tsx scripts/check-deps.ts
check inventory 'Correct the file named above.' tsx scripts/lint-inventory.ts
check 'docs in step' 'Run: npx tsx scripts/gen-docs.ts, and describe what it cannot.' tsx scripts/gen-docs.ts --check

if ((${#failed[@]} > 0)); then
  printf -v list '%s, ' "${failed[@]}"
  echo "failed: ${list%, }"
  exit 1
fi
