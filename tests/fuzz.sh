#!/usr/bin/env bash
# Compares random programs on the host's processor, the interpreter (both ways to decode) and the translator: registers, flags, memory, at once,
# in slices and in single steps. Exit code 1 when anything differs; the report names the seeds.
#   tests/fuzz.sh [COUNT [FIRST]]    COUNT programs on each (100,000), the first with the seed FIRST (drawn anew)
# What is left out and why: tests/Kpio.Platform.X64.Tests/Oracle/excluded.txt, SequenceMaker.cs. The short form is a part of ./test.sh.
set -euo pipefail
cd "$(dirname -- "$0")/.."
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 MSBUILDDISABLENODEREUSE=1 MSBUILDTERMINALLOGGER=off

count=${1:-100000} first=${2:-$((RANDOM << 15 | RANDOM))}
for number in "$count" "$first"; do
  case $number in
    '' | *[!0-9]*) sed -n '2,5s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
  esac
done
[ "$count" -gt 0 ] && [ $((first + count)) -le 2147483647 ] || { echo "fuzz: COUNT is at least 1, and FIRST + COUNT at most 2147483647" >&2; exit 2; }

dotnet build tests/Kpio.Platform.X64.Tests -c Release -v quiet -nologo -clp:ErrorsOnly </dev/null || { echo "fuzz: the build failed" >&2; exit 1; }
echo "fuzz: seeds $first to $((first + count - 1))"
KPIO_FUZZ=$first:$count dotnet test artifacts/bin/Kpio.Platform.X64.Tests/release/Kpio.Platform.X64.Tests.dll \
  --filter 'FullyQualifiedName~OracleTests.SequencesBehaveAsOnTheHost' --logger 'console;verbosity=normal' </dev/null
