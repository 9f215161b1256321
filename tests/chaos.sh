#!/bin/sh
# The long form of the tests of scheduling: every seed, for each program (docs/scheduling.md). Arguments: how many seeds (100).
set -eu
cd "$(dirname "$0")/.."
KPIO_CHAOS_SEEDS="${1:-100}"
export KPIO_CHAOS_SEEDS
exec dotnet test tests/Conformance -c Release --filter "FullyQualifiedName~Conformance.Tests.Chaos" --logger "console;verbosity=detailed"
