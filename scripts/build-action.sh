#!/usr/bin/env bash
# Bundles the action of action.yml. With --release it makes the tag that workflows use: the commit of it has the bundle,
# which the branch never has, and its reusable workflow names that commit.
#
#   build-action.sh
#   build-action.sh --release OWNER/NAME TAG
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
readonly bundle=farm-cli/action/dist/main.mjs workflow=.github/workflows/greenrack.yml

node_modules/.bin/vite build --config farm-cli/vite.action.config.ts
[[ ${1:-} == --release ]] || exit 0

repository=${2:?name the repository, such as acme/greenrack}
tag=${3:?name the tag, such as v1.2.0}
[[ -z $(git status --porcelain) ]] || { echo 'commit or undo your changes first' >&2; exit 1; }
# An index of its own: the work tree and the branch stay as they are.
GIT_INDEX_FILE=$(mktemp -u)
export GIT_INDEX_FILE
trap 'rm -f "$GIT_INDEX_FILE"' EXIT
git read-tree HEAD
git update-index --add --cacheinfo "100644,$(git hash-object -w "$bundle"),$bundle"
with_bundle=$(git commit-tree "$(git write-tree)" -p HEAD -m "release: bundle of the action for $tag")
named=$(sed "s#OWNER/greenrack@BUNDLE#$repository@$with_bundle#" "$workflow" | git hash-object -w --stdin)
git update-index --cacheinfo "100644,$named,$workflow"
commit=$(git commit-tree "$(git write-tree)" -p "$with_bundle" -m "release: $tag")
git tag "$tag" "$commit"
echo "$tag is $commit: push it, and the tag of its major version"
