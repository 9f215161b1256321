"""Tests of Go's standard library (Debian's golang source), each package built with go test -c, without cgo.

Those of strings, bytes, sort, sync, time and os run in every CI run (tests/Conformance/Debian/GoSuiteTests.cs), not here. Left out are packages
whose tests are about the internet (net, net/http and below, crypto/tls, log/syslog) or start the go command to build programs
(cmd, go/build, go/importer, go/types, debug/buildinfo, plugin, runtime, runtime/pprof, runtime/trace), and those without a test that prints a result.
"""

import pathlib
import re
import shutil
import subprocess

import runner
from unit import Unit

SHORT = ["container/heap", "container/list", "container/ring", "errors", "path", "unicode/utf8", "text/tabwriter"]
LONG = SHORT + [
    "archive/tar", "archive/zip", "bufio", "compress/bzip2", "compress/flate", "compress/gzip", "compress/lzw", "compress/zlib",
    "context", "crypto", "crypto/aes", "crypto/cipher", "crypto/des", "crypto/dsa", "crypto/ecdsa", "crypto/ed25519",
    "crypto/elliptic", "crypto/hmac", "crypto/internal/edwards25519", "crypto/internal/edwards25519/field",
    "crypto/internal/nistec", "crypto/md5", "crypto/rand", "crypto/rc4", "crypto/rsa", "crypto/sha1", "crypto/sha256",
    "crypto/sha512", "crypto/subtle", "crypto/x509", "database/sql", "database/sql/driver", "debug/dwarf", "debug/elf",
    "debug/gosym", "debug/macho", "debug/pe", "debug/plan9obj", "embed/internal/embedtest", "encoding/ascii85", "encoding/asn1",
    "encoding/base32", "encoding/base64", "encoding/binary", "encoding/csv", "encoding/gob", "encoding/hex", "encoding/json",
    "encoding/pem", "encoding/xml", "expvar", "flag", "fmt", "go/ast", "go/build/constraint", "go/constant", "go/doc",
    "go/doc/comment", "go/format", "go/parser", "go/printer", "go/scanner", "go/token", "hash", "hash/adler32", "hash/crc32",
    "hash/crc64", "hash/fnv", "hash/maphash", "html", "html/template", "image", "image/color", "image/draw", "image/gif",
    "image/jpeg", "image/png", "index/suffixarray", "internal/abi", "internal/cpu", "internal/diff", "internal/fmtsort",
    "internal/fuzz", "internal/godebug", "internal/intern", "internal/itoa", "internal/poll", "internal/profile",
    "internal/reflectlite", "internal/safefilepath", "internal/singleflight", "internal/trace", "internal/unsafeheader",
    "internal/xcoff", "io", "io/fs", "io/ioutil", "log", "math", "math/big", "math/bits", "math/cmplx", "math/rand", "mime",
    "mime/multipart", "mime/quotedprintable", "net/mail", "net/netip", "net/textproto", "net/url", "os/exec", "os/signal",
    "os/user", "path/filepath", "reflect", "regexp", "regexp/syntax", "runtime/debug", "runtime/internal/atomic",
    "runtime/internal/math", "runtime/internal/sys", "runtime/metrics", "strconv", "sync/atomic", "syscall", "testing",
    "testing/fstest", "testing/iotest", "testing/quick", "text/scanner", "text/template", "text/template/parse", "unicode",
    "unicode/utf16"]
EVENT = re.compile(r"^=== (RUN|PAUSE|CONT) +(\S+)$", re.MULTILINE)
RESULT = re.compile(r"^ *--- (PASS|FAIL|SKIP): (\S+)", re.MULTILINE)
# Some tests are named after addresses, which differ from run to run.
ADDRESS = re.compile(r"0xc[0-9a-f]{9}")


def units(sources, short):
    for package in SHORT if short else LONG:
        yield unit(package)


def unit(package):
    program = subprocess.run(["sh", str(runner.ROOT / "tests/Guests/build.sh"), package, "go-test"], check=True, stdout=subprocess.PIPE,
                             text=True).stdout.strip()

    listed = subprocess.run([program, "-test.list", "."], check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
                            cwd=program + ".source").stdout.split()
    tests = [name for name in listed if name.startswith(("Test", "Example", "Fuzz"))]

    def set_up(folder):
        # Beside the package's files, since some tests look at their parent's: ../testdata and the like.
        shutil.copytree(program + ".source", folder / "src" / package, symlinks=True)
        data = pathlib.Path(program + ".source").resolve().parent / "testdata"
        if data.exists():
            shutil.copytree(data, (folder / "src" / package).parent / "testdata", symlinks=True)
        shutil.copy(program, folder / "src" / package / "package.test")

    def results(text):
        for state, name in RESULT.findall(text):
            yield f"{package}: {ADDRESS.sub('0x…', name)}", state.lower()

    command = ["./package.test", "-test.v", "-test.short"]

    def rest(text):
        # A panic ends the whole program: the tests that it takes along, because they had not begun or waited for their turn, run without
        # the one that panicked.
        last = {name: event for event, name in EVENT.findall(text)}
        ended = {name for _, name in RESULT.findall(text)}
        left = [name for name in tests if name not in ended and last.get(name, "PAUSE") == "PAUSE"]
        return [*command, "-test.run", f"^({'|'.join(left)})$"] if left and last else None

    return Unit(package, command, set_up, results, folder=f"src/{package}", rest=rest)
