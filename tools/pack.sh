#!/bin/sh
# Makes the packages of KPIO in artifacts/packages: the tool kpio, the contracts and plugins with their documentation, Kpio.Testing and the
# templates. A folder of packages is a feed: "dotnet tool install kpio --add-source artifacts/packages".
#   tools/pack.sh [FOLDER]     puts them into FOLDER instead
set -eu
root=$(CDPATH= cd -- "$(dirname -- "$0")/.." && pwd -P)
output=${1:-$root/artifacts/packages}
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 MSBUILDDISABLENODEREUSE=1 MSBUILDTERMINALLOGGER=off
mkdir -p "$output"
rm -f "$output"/kpio.*.nupkg "$output"/Kpio.*.nupkg
exec dotnet msbuild "$root/tools/Packaging/Packages.proj" -nologo -v:q -m -nodeReuse:false "-p:PackageOutputPath=$output" </dev/null
