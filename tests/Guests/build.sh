#!/bin/sh
# Builds one guest program and prints where it is.
#   tests/Guests/build.sh SOURCE VARIANT
# SOURCE is a file in tests/Guests or bench/guests (or any path); VARIANT is one of
#   musl        C, musl, static              glibc      C, glibc, static
#   musl-v3     C, musl, static, for x86-64-v3 with AES, PCLMULQDQ and SHA
#   musl-pie    C, musl, static-PIE          glibc-pie  C, glibc, static-PIE
#   debug-musl, debug-glibc, debug-dynamic   C as its debugger wants it: -g -O0, static, or linked dynamically
#   dynamic     C, glibc, linked dynamically, for the dynamic loader to put together
#   cpp         C++, static                  cpp-dynamic   C++, linked dynamically
#   bare        C or assembler without a C library (-nostdlib, static)
#   rust        Rust, glibc, crt-static      rust-musl  Rust, musl          rust-dynamic   Rust, glibc, linked dynamically
#   go          Go, CGO_ENABLED=0            go-test    the tests of a package of Go's library, which SOURCE names; OUTPUT.source is
#                                            a link to its folder
# Nothing is built when the program is newer than its source, the headers beside it and this script.
set -eu

here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
root=$(CDPATH= cd -- "$here/../.." && pwd)
source=$1
variant=$2

if [ "$variant" = go-test ]; then
  package=$(go env GOROOT)/src/$source
  output="$root/artifacts/guests/go-test/$(echo "$source" | tr / .)"
  [ -d "$package" ] || { echo "build.sh: Go's source has no package $source" >&2; exit 2; }
  if [ ! -f "$output" ] || [ "$here/build.sh" -nt "$output" ] || [ "$(readlink "$output.source")" != "$package" ]; then
    mkdir -p "$(dirname -- "$output")"
    (cd "$package" && CGO_ENABLED=0 GOFLAGS=-mod=mod go test -c -vet=off -tags=timetzdata -o "$output.$$" .)
    ln -sfn "$package" "$output.source"
    mv -f "$output.$$" "$output"
  fi
  echo "$output"
  exit 0
fi

[ -f "$source" ] || source="$here/$1"
[ -f "$source" ] || { echo "build.sh: no such source: $1" >&2; exit 2; }
source=$(CDPATH= cd -- "$(dirname -- "$source")" && pwd)/$(basename -- "$source")

relative=${source#"$root"/}
case $relative in
  tests/Guests/*) name=${relative#tests/Guests/} ;;
  /*) name=external/$(basename -- "$source") ;;
  *) name=$relative ;;
esac
name=${name%.*}
output="$root/artifacts/guests/$variant/$name"

newer() {
  [ -f "$output" ] && [ -z "$(find "$source" "$here/build.sh" "$here/include" "$(dirname -- "$source")" -maxdepth 1 \
    \( -path "$source" -o -path "$here/build.sh" -o -name '*.h' \) -newer "$output" 2>/dev/null)" ]
}

if newer; then
  echo "$output"
  exit 0
fi

mkdir -p "$(dirname -- "$output")"
temporary="$output.$$"
trap 'rm -f "$temporary" "$temporary.o"' EXIT
warnings="-Wall -Wno-unused-result -Wno-nonnull"
c="-std=gnu17 -O2 -g0 -fno-strict-aliasing $warnings -I$here/include"
cpp="-std=c++17 -O1 -g0 -Wall"
debug="-std=gnu17 -O0 -g -fno-pie -no-pie $warnings -I$here/include"
case $variant in
  musl)      musl-gcc -static $c -o "$temporary" "$source" -lm ;;
  musl-v3)   # Not contracted: which of two products is fused would be the compiler's choice.
             musl-gcc -static $c -march=x86-64-v3 -maes -mpclmul -msha -ffp-contract=off -o "$temporary" "$source" -lm ;;
  musl-pie)  # musl-gcc's specs know no static-PIE: its start file is linked by hand.
             lib=/usr/lib/$(uname -m)-linux-musl
             musl-gcc -fPIE $c -c -o "$temporary.o" "$source"
             gcc -nostdlib -static-pie -o "$temporary" "$lib/rcrt1.o" "$lib/crti.o" "$temporary.o" -L"$lib" -lc -lgcc "$lib/crtn.o"
             rm -f "$temporary.o" ;;
  glibc)     gcc -static $c -o "$temporary" "$source" -lm ;;
  glibc-pie) gcc -static-pie -fPIE $c -o "$temporary" "$source" -lm ;;
  dynamic)       gcc -pthread $c -o "$temporary" "$source" -lm ;;
  cpp)           g++ -static -pthread $cpp -o "$temporary" "$source" ;;
  cpp-dynamic)   g++ -pthread $cpp -o "$temporary" "$source" ;;
  debug-musl)    musl-gcc -static $debug -o "$temporary" "$source" -lm ;;
  debug-glibc)   gcc -static -pthread $debug -o "$temporary" "$source" -lm ;;
  debug-dynamic) gcc -pthread $debug -o "$temporary" "$source" -lm ;;
  bare)      gcc -static -nostdlib -nostartfiles -ffreestanding -fno-stack-protector -fno-builtin -fno-asynchronous-unwind-tables \
               -O1 -g0 -I"$here/include" -o "$temporary" "$source" ;;
  rust)      rustc --edition 2021 -O -C target-feature=+crt-static -o "$temporary" "$source" ;;
  rust-dynamic)  rustc --edition 2021 -O -o "$temporary" "$source" ;;
  rust-musl) rustc --edition 2021 -O --target x86_64-unknown-linux-musl -o "$temporary" "$source" ;;
  go)        CGO_ENABLED=0 GOFLAGS=-mod=mod GO111MODULE=off go build -o "$temporary" "$source" ;;
  *)         echo "build.sh: unknown variant: $variant" >&2; exit 2 ;;
esac
mv -f "$temporary" "$output"
trap - EXIT
echo "$output"
