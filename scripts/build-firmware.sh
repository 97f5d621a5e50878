#!/usr/bin/env bash
# Builds every test image into build/firmware/<TARGET>/<app>.{elf,hex,bin}, or those that are named: <TARGET>/<app>.elf …
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"
source scripts/lib/step.sh
source scripts/lib/debian-source.sh
debian_source lwip-2.1.3 main/l/lwip/lwip_2.1.3+dfsg1.orig.tar.xz \
  0a8276d09fc4e97bbba2f953d74af2388fc2195ea156be9d7589e297a68fde24
debian_source Mbed-TLS-mbedtls-8f97ca5 main/m/mbedtls/mbedtls_2.28.3.orig.tar.gz \
  3b4953aa55a681e084d31892d9904cc5328d6b4958ea57b90ae4b4f94ae69a8d
fresh=()
# A build folder that was moved or copied with its clone names the old place.
grep -qsx "CMAKE_HOME_DIRECTORY:INTERNAL=$root/firmware" build/firmware/CMakeCache.txt || fresh=(--fresh)
cmake "${fresh[@]}" -S firmware -B build/firmware -G Ninja
exec ninja -C build/firmware "$@"
