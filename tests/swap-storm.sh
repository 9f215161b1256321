#!/bin/sh
# The long form of the hot-swap tests: the conformance guests, BusyBox, shell, thread, Debian and load tests with every plugin
# replaced every 50 system calls (or as many as the first argument says), then the tests of tests/HotSwap in their long form.
# The short form is a part of ./test.sh.
set -eu
root=$(CDPATH= cd -- "$(dirname -- "$0")/.." && pwd)
every=${1:-50}
cd "$root"
dotnet build KPIO.sln -c Release -v q -nologo
status=0
KPIO_SWAP_EVERY=$every dotnet test tests/Conformance -c Release --no-build \
  --filter 'FullyQualifiedName!~Command&FullyQualifiedName!~Launcher&FullyQualifiedName!~Demo' || status=1
KPIO_SWAP_LONG=1 dotnet test tests/HotSwap -c Release --no-build || status=1
exit $status
