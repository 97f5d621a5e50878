#!/usr/bin/env bash
# Brings a clone to the state in which everything runs: Debian packages, node modules, compiled TypeScript, dashboards
# and test images. Does only what is missing, and nothing (in well under half a second) when all is there.
#
#   setup.sh            all that a farm with virtual boards needs
#   setup.sh --client   only what the commands need that talk to a farm elsewhere
#   setup.sh --test     also PostgreSQL and Chromium, for the tests
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"
source scripts/lib/step.sh
source scripts/lib/apt.sh

mode=farm
case ${1:-} in
  '') ;;
  --client) mode=client ;;
  --test) mode=test ;;
  *) die "usage: scripts/setup.sh [--client | --test]" ;;
esac

readonly modules_stamp=node_modules/.greenrack-lock
readonly types_stamp=.greenrack/stamps/typescript
readonly web_stamp=.greenrack/stamps/dashboards
readonly firmware_stamp=.greenrack/stamps/firmware
readonly ts_sources=(farm-protocol/src farm-model/src firmware/src board-inventory/src test-suites/host-tests runner-agent/src
  farm-controller/src farm-cli/src e2e/src e2e/bench ./*/tsconfig.json tsconfig.base.json tsconfig.json package-lock.json)
readonly web_sources=(dashboards/src dashboards/public dashboards/index.html dashboards/vite.config.ts
  farm-protocol/src farm-model/src package-lock.json)
readonly firmware_sources=(firmware/CMakeLists.txt firmware/apps firmware/bsp firmware/cmake firmware/lib
  scripts/build-firmware.sh scripts/lib/debian-source.sh)

check_node() {
  local version minor
  command -v node >/dev/null || die "Node.js is missing: install Node.js 20.19 or later (https://nodejs.org)"
  version=$(node --version)
  IFS=. read -r node_major minor _ <<<"${version#v}"
  ((node_major > 20 || (node_major == 20 && minor >= 19))) ||
    die "Node.js $version is too old: install 20.19 or later (https://nodejs.org)"
}

# Native modules are built for one Node.js: its major version belongs to the key.
modules_key() {
  local hash
  hash=$(sha256sum package-lock.json)
  printf '%s node%s\n' "${hash%% *}" "$node_major"
}

modules_missing() { [[ $(cat "$modules_stamp" 2>/dev/null) != "$(modules_key)" ]]; }
types_missing() { [[ ! -e farm-cli/dist/main.js ]] || newer_than "$types_stamp" "${ts_sources[@]}"; }
web_missing() {
  [[ $mode != client ]] && { [[ ! -e dashboards/dist/index.html ]] || newer_than "$web_stamp" "${web_sources[@]}"; }
}
firmware_missing() {
  [[ $mode != client ]] && { [[ ! -d build/firmware ]] || newer_than "$firmware_stamp" "${firmware_sources[@]}"; }
}
tools_missing() {
  [[ $mode != client ]] && missing_packages "$farm_packages"
  [[ $mode == test ]] && missing_packages "$test_packages"
  return 0
}

# The stamp is dated before the build: a source saved during the build counts as newer.
stamped() {
  local stamp=$1
  shift
  mkdir -p "$(dirname "$stamp")"
  touch "$stamp.begun"
  "$@" || return
  mv "$stamp.begun" "$stamp"
}

# JOBS: node-gyp compiles native modules on one core otherwise.
install_modules() {
  step npm 'installing node modules' env JOBS=max npm ci --include=dev --no-audit --no-fund --no-progress || return
  modules_key >"$modules_stamp"
}

# Downloads of apt and of npm run side by side; npm needs the compilers first.
install_all() {
  local tools npm_job='' status=0
  if modules_missing; then
    # shellcheck disable=SC2046 # a list of words
    install_packages apt-compilers $(missing_packages "$compile_packages") || return
    install_modules &
    npm_job=$!
  fi
  tools=$(tools_missing)
  # shellcheck disable=SC2086 # a list of words
  install_packages apt $tools || status=1
  [[ -z $npm_job ]] || wait "$npm_job" || status=1
  return "$status"
}

build_all() {
  if types_missing; then
    stamped "$types_stamp" step typescript 'compiling TypeScript' node_modules/.bin/tsc -b || return
  fi
  if web_missing; then
    stamped "$web_stamp" step dashboards 'building the dashboards' npm run -s build -w dashboards || return
  fi
  if firmware_missing; then
    stamped "$firmware_stamp" step firmware 'building the test images' bash scripts/build-firmware.sh || return
  fi
}

nothing_missing() {
  [[ -z $(tools_missing) ]] && ! modules_missing && ! types_missing && ! web_missing && ! firmware_missing
}

check_node
nothing_missing && exit 0

# Bash starts background jobs deaf to Ctrl-C: npm would go on alone.
trap 'trap - INT; trap "" TERM; kill -TERM 0; exit 130' INT

# Two setups in one clone would tear each other's node_modules apart; the second finds everything done.
mkdir -p .greenrack
exec 9>.greenrack/setup.lock
flock -w 1200 9 || die 'another setup has held .greenrack/setup.lock for 20 minutes'
install_all || exit 1
build_all || exit 1
say 'ready'
