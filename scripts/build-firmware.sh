#!/usr/bin/env bash
# Builds every test image into build/firmware/<TARGET>/<app>.{elf,hex,bin}.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"
cmake -S firmware -B build/firmware -G Ninja
exec ninja -C build/firmware
