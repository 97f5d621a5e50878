# Brings a source package of Debian 12 into .greenrack/sources, so that none is copied into the repository. Sourced by
# build-firmware.sh; expects $root, and step.sh. Changes nothing of the system: apt's own downloader fetches one file.

readonly sources_dir="$root/.greenrack/sources"

# Sites of Debian that the system's apt uses, and the one that is always there.
debian_sites() {
  apt-get indextargets --format '$(SITE)' 'Origin: Debian' 'Created-By: Packages' 2>/dev/null | sort -u
  echo http://deb.debian.org/debian
}

# debian_source <folder in the archive> <path in the pool> <SHA-256>
debian_source() {
  local dir="$sources_dir/$1" archive="$sources_dir/${2##*/}" sha256=$3 site
  [[ -d $dir ]] && return
  mkdir -p "$sources_dir"
  for site in $(debian_sites); do
    sha256sum --status --check <<<"$sha256  $archive" 2>/dev/null && break
    /usr/lib/apt/apt-helper download-file "$site/pool/$2" "$archive" "SHA256:$sha256" || true
  done
  sha256sum --status --check <<<"$sha256  $archive" 2>/dev/null ||
    die "missing: the sources of $1. Fetch http://deb.debian.org/debian/pool/$2 into $sources_dir, then run this again."
  # Unpacked beside and moved: a folder that is there is whole.
  rm -rf "$dir.begun"
  mkdir "$dir.begun"
  (cd "$dir.begun" && cmake -E tar xf "$archive")
  mv "$dir.begun/$1" "$dir"
  rmdir "$dir.begun"
}
