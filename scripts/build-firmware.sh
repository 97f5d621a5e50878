#!/usr/bin/env bash
# Builds every test image into build/firmware/<TARGET>/<app>.{elf,hex,bin}.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"
fresh=()
# A build folder that was moved or copied with its clone names the old place.
grep -qsx "CMAKE_HOME_DIRECTORY:INTERNAL=$root/firmware" build/firmware/CMakeCache.txt || fresh=(--fresh)
cmake "${fresh[@]}" -S firmware -B build/firmware -G Ninja
exec ninja -C build/firmware
