# Finds out which Debian packages are missing, by what they would bring, and installs them. Sourced by setup.sh.

# Lines of "<package> <probe>": a probe with a slash is a path (a pattern is allowed), otherwise a command.
readonly compile_packages='
g++ g++
make make
python3 python3'
readonly farm_packages='
qemu-system-arm qemu-system-arm
redis-server redis-server
gcc-arm-none-eabi arm-none-eabi-gcc
libnewlib-arm-none-eabi /usr/lib/arm-none-eabi/newlib/nano.specs
cmake cmake
ninja-build ninja
openssl openssl
util-linux setpriv'
readonly test_packages='
procps ps
perl /usr/share/perl/*/TAP/Parser.pm
python3-junitparser /usr/lib/python3/dist-packages/junitparser/__init__.py
python3-tap /usr/lib/python3/dist-packages/tap/parser.py
libxml2-utils xmllint
sigrok-cli sigrok-cli
iperf iperf
postgresql /usr/lib/postgresql/*/bin/initdb
chromium chromium'

# missing_packages <list>: names of the packages whose probe finds nothing.
missing_packages() {
  local package probe
  while read -r package probe; do
    [[ -z $package ]] && continue
    if [[ $probe == */* ]]; then
      compgen -G "$probe" >/dev/null || printf '%s ' "$package"
    else
      command -v "$probe" >/dev/null || printf '%s ' "$package"
    fi
  done <<<"$1"
}

# How apt-get can be called with the rights that it needs: fills the array `apt`.
find_apt() {
  apt=(env DEBIAN_FRONTEND=noninteractive apt-get -y -o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout=300)
  command -v apt-get >/dev/null || die "missing: $*. This system has no apt-get: install them by its own means, then run this again."
  ((EUID == 0)) && return
  command -v sudo >/dev/null || die "missing: $*. Run as root: apt-get update && apt-get install --no-install-recommends $*"
  # Without a terminal nobody could type a password.
  if [[ -t 0 ]]; then
    sudo -v || die "missing: $*, and sudo refused"
  elif ! sudo -n true 2>/dev/null; then
    die "missing: $*. Run: sudo apt-get update && sudo apt-get install --no-install-recommends $*"
  fi
  apt=(sudo "${apt[@]}")
}

# A fresh container has no package lists: the first try fails at once, and then they are fetched.
apt_install() {
  "${apt[@]}" install --no-install-recommends "$@" && return
  "${apt[@]}" update && "${apt[@]}" install --no-install-recommends "$@"
}

# install_packages <log name> <package…>
install_packages() {
  local log=$1
  shift
  (($# == 0)) && return
  find_apt "$@"
  step "$log" "installing $*" apt_install "$@"
}
