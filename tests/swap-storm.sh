#!/usr/bin/env bash
# The long form of the hot-swap tests, with a summary of each part at its end; exit code 1 when anything differs or fails.
#   tests/swap-storm.sh [N] [PART…]       every plugin is replaced every N system calls, 50 unless told otherwise; all parts but "others"
# conformance   each guest of tests/Guests/conformance: compared with Linux; then deterministically, with swaps and without: the same output,
#               trace in the format of strace (the tracer is swapped too), cycle of each call, signal and switch, and cycles in all
# busybox       the same for each command line and help text of tests/Conformance/BusyBox, with ten times as many swaps
# external      BusyBox's own test suite, from Debian's source package (tests/external.sh), natively and on KPIO with the swaps
# load          10,000 swaps between two source versions with all of tests/Guests/load/storm.sh below them
# steps         each step made to fail 100 times, and the rest of tests/HotSwap
# others        the tests of threads, signals, faults, shells, load, Debian and more in tests/Conformance, compared with Linux
# Not to be run at another niceness than 0: some guests print it. The short form is a part of ./test.sh.
set -euo pipefail
cd "$(dirname -- "$0")/.."
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 MSBUILDDISABLENODEREUSE=1 MSBUILDTERMINALLOGGER=off

every=50
case ${1:-} in
  '' | *[!0-9]*) ;;
  *) every=$1; shift ;;
esac
parts=("$@")
[ $# != 0 ] || parts=(conformance busybox external load steps)
for part in "${parts[@]}"; do
  case $part in
    conformance | busybox | external | load | steps | others) ;;
    *) sed -n '2,12s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
  esac
done
[ "$every" -gt 0 ] || { echo "swap-storm: N is a number of system calls, at least 1" >&2; exit 2; }

results=$PWD/artifacts/swap-storm
mkdir -p "$results"
dotnet msbuild KPIO.sln -restore -m -p:Configuration=Release -v:quiet -nologo -clp:ErrorsOnly </dev/null || { echo "swap-storm: the build failed" >&2; exit 1; }

status=0
summary=()

# tests PART PROJECT FILTER: with the environment that the caller sets.
tests() {
  local part=$1 assembly=artifacts/bin/$2/release/$2.dll record=$results/$1.record report=$results/$1.trx begin=$SECONDS outcome=passed
  rm -f "$record" "$report"
  : >"$record"
  echo "== $part"
  env --default-signal=INT KPIO_SWAP_RECORD="$record" dotnet test "$assembly" --filter "$3" \
    --logger "trx;LogFileName=$report" --logger "console;verbosity=minimal" </dev/null || { outcome=FAILED; status=1; }
  # No report at all is a failure, too, but the other parts and the summary follow.
  count() { [ ! -e "$report" ] || sed -n "s/.*<Counters [^>]* $1=\"\([0-9]*\)\".*/\1/p" "$report" | head -1; }
  [ "$(count passed)" -gt 0 ] 2>/dev/null || { outcome=FAILED; status=1; }
  summary+=("$part: $outcome: $(count passed) tests passed, $(count failed) failed, in $((SECONDS - begin)) s")
  local line
  while IFS= read -r line; do summary+=("  $line"); done < <(figures "$record")
}

# What a record says, in lines for people.
figures() {
  awk -F '\t' '
    $1 == "run" { runs++; swaps += $3 }
    $1 == "compared" { compared++; if ($3 != "same") { different++; names = names "\n  different: " $2 } }
    $1 == "undetermined" { undetermined++; names = names "\n  not comparable: " $2 ": " substr($3, 1, 200) }
    $1 == "load" { print $2 }
    END {
      if (runs) printf "%d runs with %d swaps of all plugins", runs, swaps
      if (compared || undetermined) printf "; %d programs compared with a run without swaps: %d different, %d not comparable", compared + undetermined, different, undetermined
      if (runs) print names
    }' "$1"
  sed -n 's/^pause\t//p' "$1" | sort -n | awk '
    { pause[NR] = $1 }
    END { if (NR) printf "pause: median %.2f ms, 99 of 100 within %.2f ms, worst %.2f ms\n", pause[int((NR + 1) / 2)] / 1000, pause[int((NR * 99 + 99) / 100)] / 1000, pause[NR] / 1000 }'
}

for part in "${parts[@]}"; do
  case $part in
    conformance) KPIO_SWAP_EVERY=$every KPIO_SWAP_COMPARE=1 tests $part Kpio.Conformance.Tests 'FullyQualifiedName~Conformance.Tests.ConformanceTests' ;;
    # Most applets make fewer than 50 calls.
    busybox) KPIO_SWAP_EVERY=$(((every + 9) / 10)) KPIO_SWAP_COMPARE=1 tests $part Kpio.Conformance.Tests 'FullyQualifiedName~Conformance.Tests.BusyBox&FullyQualifiedName!~YesEndsWithItsReader' ;;
    others) KPIO_SWAP_EVERY=$every tests $part Kpio.Conformance.Tests \
      'FullyQualifiedName!~Command&FullyQualifiedName!~Launcher&FullyQualifiedName!~Demo&FullyQualifiedName!~Conformance.Tests.ConformanceTests&FullyQualifiedName!~Conformance.Tests.BusyBox' ;;
    load) KPIO_SWAP_LONG=1 tests $part Kpio.HotSwap.Tests 'FullyQualifiedName~SwapLoadTests' ;;
    steps) KPIO_SWAP_LONG=1 tests $part Kpio.HotSwap.Tests 'FullyQualifiedName!~SwapLoadTests' ;;
    external)
      echo "== external"
      begin=$SECONDS outcome=passed
      KPIO_EXTERNAL_OPTIONS="--swap-every $every" KPIO_EXTERNAL_RESULTS=$results/external tests/external.sh busybox </dev/null 2>&1 | tee "$results/external.log" || { outcome=FAILED; status=1; }
      summary+=("external: $outcome, in $((SECONDS - begin)) s" "  $(grep '^external: busybox: ' "$results/external.log" | tail -1)")
      ;;
  esac
done

echo
echo "swap storm, every plugin each $every system calls:"
printf '%s\n' "${summary[@]}"
exit $status
