#!/usr/bin/env bash
# Installs what the tests need and the machine lacks, builds everything and runs every test project.
#   ./test.sh [WORD…]     only projects whose name holds one of the words
# The last line is "N passed, N failed, N skipped" over all projects; the exit code is 0 only when nothing failed and every
# project ran at least one test.
set -uo pipefail
cd "$(dirname -- "$0")"
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 MSBUILDDISABLENODEREUSE=1 MSBUILDTERMINALLOGGER=off

passed=0 failed=0 skipped=0 wrong=0
finish() {
  echo "$passed passed, $failed failed, $skipped skipped"
  [ "$wrong" = 0 ] && [ "$failed" = 0 ] && [ "$passed" != 0 ]
  exit
}
give_up() {
  echo "test.sh: $1" >&2
  wrong=1
  finish
}

# A package is needed when the thing it is here for is missing.
missing_packages() {
  has() { command -v "$1" >/dev/null 2>&1; }
  static() { has "$1" && ! ldd "$(command -v "$1")" 2>/dev/null | grep -q '=>'; }
  static busybox    || echo busybox-static
  has bash-static   || echo bash-static
  has gcc           || echo gcc
  [ -e /usr/include/stdio.h ] || echo libc6-dev
  has musl-gcc      || echo musl-tools
  has strace        || echo strace
  has qemu-x86_64   || echo qemu-user
  has rustc         || echo rustc
  has go            || echo golang-go
  has gdb           || echo gdb
  has readelf       || echo binutils
  has g++           || echo g++
  has dpkg-source   || echo dpkg-dev
  # The tests run Debian's own of these, by their paths: another one that PATH finds first is no substitute.
  here() { [ -x "/usr/bin/$1" ]; }
  here python3      || echo python3
  here sqlite3      || echo sqlite3
  here perl         || echo perl
  here make         || echo make
  here git          || echo git
  here openssl      || echo openssl
  here lua5.4       || echo lua5.4
  has chromium      || echo chromium
  [ -e /usr/lib/python3.11/test/test_json/__init__.py ] || echo libpython3.11-testsuite
  [ -e /usr/share/zoneinfo/UTC ] || echo tzdata
}

install_packages() {
  local missing administrator=()
  missing=$(missing_packages)
  [ -n "$missing" ] || return 0
  missing=$(echo $missing)
  command -v apt-get >/dev/null || give_up "these Debian packages are missing, and there is no apt-get to install them: $missing"
  if [ "$(id -u)" != 0 ]; then
    sudo -n true 2>/dev/null || give_up "these Debian packages are missing, and only root may install them: $missing"
    administrator=(sudo -n)
  fi
  echo "installing $missing"
  "${administrator[@]}" apt-get update -qq </dev/null
  "${administrator[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing </dev/null >/dev/null
  missing=$(missing_packages)
  [ -z "$missing" ] || give_up "these Debian packages could not be installed: $(echo $missing)"
}

run_project() {
  local project=$1 name assembly report
  name=$(basename "$project" .csproj)
  assembly=artifacts/bin/$name/release/$name.dll
  report=$PWD/artifacts/test-results/$name.trx
  echo "== $name"
  if [ ! -e "$assembly" ]; then
    echo "test.sh: $project was not built: is it in KPIO.sln?" >&2
    wrong=1
    return
  fi
  rm -f "$report"
  count() { grep -o '<Counters [^>]*>' "$report" 2>/dev/null | head -1 | sed -n "s/.* $1=\"\([0-9]*\)\".*/\1/p"; }
  local p f total
  # A shell that runs this in the background has it ignore SIGINT, which the tests of Ctrl-C would inherit.
  env --default-signal=INT dotnet test "$assembly" --logger "trx;LogFileName=$report" --logger "console;verbosity=minimal" </dev/null || wrong=1
  p=$(count passed) f=$(count failed) total=$(count total)
  if [ "${total:-0}" = 0 ]; then
    echo "test.sh: $name ran no tests" >&2
    wrong=1
    return
  fi
  passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + total - p - f))
}

command -v dotnet >/dev/null || give_up "the .NET 10 SDK is not installed: see https://dotnet.microsoft.com/download"
install_packages
# What "dotnet build -c Release" does; that command itself leaves two empty folders in /tmp each time.
dotnet msbuild KPIO.sln -restore -m -p:Configuration=Release -v:quiet -nologo -clp:ErrorsOnly </dev/null || give_up "the build failed"
./kpio --version </dev/null >/dev/null || give_up "./kpio does not start"

mkdir -p artifacts/test-results
for project in $(find tests samples -name '*.Tests.csproj' 2>/dev/null | sort); do
  chosen=$([ $# = 0 ] && echo yes)
  for word in "$@"; do
    case $project in *"$word"*) chosen=yes ;; esac
  done
  [ -z "$chosen" ] || run_project "$project"
done
finish
