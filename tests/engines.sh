#!/usr/bin/env bash
# The long form of the comparison of the engines; exit code 1 when anything differs or fails. The short form is a part of ./test.sh.
#   tests/engines.sh [PART…]      all parts unless told otherwise
# processor    the tests of the processor, with every block translated when it is entered for the first time
# conformance  each guest of tests/Guests/conformance, compared with Linux, then deterministically on both engines: the same output, trace in
#              the format of strace, cycle of each call, signal and switch, and cycles in all
# busybox      the same for each command line and help text of tests/Conformance/BusyBox
# others       the tests of threads, signals, faults, shells, load, Debian's programs and more on the translator, compared with Linux
set -euo pipefail
cd "$(dirname -- "$0")/.."
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 MSBUILDDISABLENODEREUSE=1 MSBUILDTERMINALLOGGER=off

parts=("$@")
[ $# != 0 ] || parts=(processor conformance busybox others)
for part in "${parts[@]}"; do
  case $part in
    processor | conformance | busybox | others) ;;
    *) sed -n '2,9s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
  esac
done

dotnet msbuild KPIO.sln -restore -m -p:Configuration=Release -v:quiet -nologo -clp:ErrorsOnly </dev/null || { echo "engines: the build failed" >&2; exit 1; }

status=0
summary=()

# tests PART PROJECT FILTER: with the environment that the caller sets.
tests() {
  local begin=$SECONDS outcome=passed
  echo "== $1"
  env --default-signal=INT dotnet test "artifacts/bin/$2/release/$2.dll" --filter "$3" --logger "console;verbosity=minimal" </dev/null || { outcome=FAILED; status=1; }
  summary+=("$1: $outcome, in $((SECONDS - begin)) s")
}

for part in "${parts[@]}"; do
  case $part in
    processor) tests $part Kpio.Platform.X64.Tests 'DisplayName~Translated' ;;
    conformance) KPIO_TEST_ENGINE=compare tests $part Kpio.Conformance.Tests 'FullyQualifiedName~Conformance.Tests.ConformanceTests' ;;
    busybox) KPIO_TEST_ENGINE=compare tests $part Kpio.Conformance.Tests 'FullyQualifiedName~Conformance.Tests.BusyBox&FullyQualifiedName!~YesEndsWithItsReader' ;;
    others) KPIO_TEST_ENGINE=translator tests $part Kpio.Conformance.Tests \
      'FullyQualifiedName!~Command&FullyQualifiedName!~Launcher&FullyQualifiedName!~Demo&FullyQualifiedName!~EnvironmentTests&FullyQualifiedName!~Conformance.Tests.ConformanceTests&FullyQualifiedName!~Conformance.Tests.BusyBox' ;;
  esac
done

echo
echo "engines:"
printf '%s\n' "${summary[@]}"
exit $status
