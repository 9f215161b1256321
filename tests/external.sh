#!/usr/bin/env bash
# Test suites of others (BusyBox, mksh, Go's library, the Linux kernel's selftests, valgrind's and qemu's tests of instructions), natively and on
# KPIO, compared test by test.
#   tests/external.sh [--short] [--write] [--only WORD] [--engine E] [busybox|mksh|go|selftests|valgrind|qemu…]
# --short runs in about two minutes and needs few megabytes: a share of busybox, mksh and go. --write puts the results of a long run
# into docs/conformance.md. --only runs the Go packages, kernel folders or programs whose name holds the word; of the others the last results
# hold. --engine runs kpio with that engine, and puts the results into artifacts/external/E. KPIO_EXTERNAL_OPTIONS has more options for each
# kpio run, KPIO_EXTERNAL_RESULTS another folder for the results: those of such runs are no part of the document.
# The suites come from Debian's source packages of the distribution that this machine has, and are unpacked below artifacts/external.
# Fails on every difference that tests/External/expected does not list, and on every listed one that is none any more.
set -euo pipefail
cd "$(dirname -- "$0")/.."
sources=$PWD/artifacts/external/sources
apt=$PWD/artifacts/external/.apt.$$

short=() options=() suites=()
while [ $# != 0 ]; do
  case $1 in
    --short) short=(--short) ;;
    --write) options+=(--write) ;;
    --only) options+=(--only "$2"); shift ;;
    --engine)
      export KPIO_EXTERNAL_OPTIONS="${KPIO_EXTERNAL_OPTIONS-} --engine=$2" KPIO_EXTERNAL_RESULTS=${KPIO_EXTERNAL_RESULTS:-$PWD/artifacts/external/$2}
      shift ;;
    busybox|mksh|go|selftests|valgrind|qemu) suites+=("$1") ;;
    *) sed -n '2,10s/^# \{0,2\}//p' "$0" >&2; exit 2 ;;
  esac
  shift
done
if [ -n "${KPIO_EXTERNAL_RESULTS-}" ] && [[ " ${options[*]} " == *" --write "* ]]; then
  echo "external: --write is for the results of a run without --engine and KPIO_EXTERNAL_RESULTS" >&2
  exit 2
fi
if [ ${#suites[@]} = 0 ]; then
  suites=(busybox mksh go)
  [ ${#short[@]} != 0 ] || suites+=(selftests valgrind qemu)
fi

# The deb-src lines stand in lists of apt's that are ours alone and go when this script ends: those of the machine are not touched.
build=$PWD/artifacts/external/.build.$$
trap 'rm -rf "$apt" "$build"' EXIT
trap 'exit 130' INT TERM HUP
apt_options=(-qq -o "Dir::Etc::sourcelist=$apt/sources.list" -o "Dir::Etc::sourceparts=$apt/sources.list.d" -o "Dir::State::lists=$apt/lists"
  -o "Dir::Cache=$apt/cache" -o APT::Sandbox::User=root)

make_apt_lists() {
  [ ! -e "$apt/lists" ] || return 0
  mkdir -p "$apt/lists/partial" "$apt/cache/archives/partial" "$apt/sources.list.d"
  local file
  for file in /etc/apt/sources.list /etc/apt/sources.list.d/*.list; do
    [ ! -e "$file" ] || sed -n 's/^deb \(.*debian.*\)$/deb \1\ndeb-src \1/p' "$file" >>"$apt/sources.list"
  done
  [ -e "$apt/sources.list" ] || : >"$apt/sources.list"
  for file in /etc/apt/sources.list.d/*.sources; do
    [ ! -e "$file" ] || ! grep -q '^URIs:.*debian' "$file" ||
      sed 's/^Types:.*/Types: deb deb-src/' "$file" >"$apt/sources.list.d/$(basename "$file")"
  done
  echo "external: reading Debian's list of source packages"
  apt-get "${apt_options[@]}" update
}

# Tries the versions of a source package from the newest to the oldest: a mirror may lack the last one. Leaves the files in a folder.
download() {
  local package=$1 folder=$2 version
  make_apt_lists
  mkdir -p "$folder"
  for version in $(apt-cache "${apt_options[@]}" showsrc --only-source "$package" | sed -n 's/^Version: //p' | sort -Vur); do
    echo "external: fetching the source of $package $version"
    if (cd "$folder" && apt-get "${apt_options[@]}" source --download-only "$package=$version" 2>"$folder/log"); then
      return 0
    fi
  done
  cat "$folder/log" >&2
  echo "external: the source package $package cannot be fetched" >&2
  return 1
}

# unpack NAME PACKAGE FUNCTION: once, in a folder of that name.
unpack() {
  local target=$sources/$1 work=$sources/.$1.$$
  [ ! -d "$target" ] || return 0
  rm -rf "$work"
  download "$2" "$work/files"
  "$3" "$work/files" "$work/tree"
  mv "$work/tree" "$target"
  rm -rf "$work"
}
whole() { dpkg-source --no-check -x "$1"/*.dsc "$2" >"$1/log" 2>&1 || { cat "$1/log" >&2; return 1; }; }
kernel_tests() {
  mkdir -p "$2"
  tar xJf "$1"/*.orig.tar.xz -C "$2" --strip-components=1 --wildcards '*/tools/testing/selftests' '*/tools/include' '*/arch/x86/include/asm'
}
valgrind_tests() {
  mkdir -p "$2"
  tar xjf "$1"/*.orig.tar.bz2 -C "$2" --strip-components=1 --wildcards '*/none/tests/amd64' '*/tests/asm.h' '*/tests/malloc.h' '*/tests/sys_mman.h'
}
qemu_tests() {
  mkdir -p "$2"
  tar xJf "$1"/*.orig.tar.xz -C "$2" --strip-components=1 --wildcards '*/tests/tcg'
}
mksh_program() {
  [ ! -d "$sources/mksh-binary" ] || return 0
  make_apt_lists
  mkdir -p "$sources/.mksh.$$"
  (cd "$sources/.mksh.$$" && apt-get "${apt_options[@]}" download mksh && dpkg -x mksh_*.deb tree)
  mv "$sources/.mksh.$$/tree" "$sources/mksh-binary"
  rm -rf "$sources/.mksh.$$"
}

for program in apt-get dpkg-source gcc go perl python3; do
  command -v "$program" >/dev/null || { echo "external: $program is missing (Debian: apt, dpkg-dev, gcc, golang-go, perl, python3)" >&2; exit 2; }
done
mkdir -p "$sources"
for suite in "${suites[@]}"; do
  case $suite in
    busybox) unpack busybox busybox whole ;;
    mksh) unpack mksh mksh whole; mksh_program ;;
    selftests) unpack linux linux kernel_tests ;;
    valgrind) unpack valgrind valgrind valgrind_tests ;;
    qemu) unpack qemu qemu qemu_tests ;;
  esac
done
./kpio --version >/dev/null
cp -a "$(readlink -f artifacts/kpio/current)" "$build"
folders=()
for folder in "$sources"/*/; do
  folders+=(--source "$(basename "$folder")=${folder%/}")
done
exit_code=0
KPIO_EXTERNAL_BUILD=$build PYTHONDONTWRITEBYTECODE=1 python3 tests/External/campaign.py "${short[@]}" "${options[@]}" "${folders[@]}" "${suites[@]}" || exit_code=$?
exit $exit_code
