"""valgrind's tests of instructions (none/tests/amd64 of Debian's source package), without valgrind: each program computes with one kind of
instructions and prints what came of it."""

import subprocess

import programs
import runner

# NAME [: WORD…]: the processor's features that it needs beyond x86-64-v2, which KPIO always has.
# An argument is written as =WORD.
PROGRAMS = """
aes: aes
allexec: =exec
amd64locked
asorep
avx-1: avx aes pclmulqdq
avx2-1: avx2
avx_estimate_insn: avx
bmi: bmi1 bmi2 lzcnt
bt_flags
bug127521-64
bug132813-amd64
bug132918
bug137714-amd64
bug156404-amd64
cet_nops
clc
cmpxchg
crc32
f16c: f16c avx
faultstatus
fb_test_amd64: adx
fcmovnu
fma: fma
fma4
fxtract
getseg
insn_basic
insn_fpu
insn_mmx
insn_pclmulqdq: pclmulqdq
insn_sse
insn_sse2
insn_sse3
insn_ssse3
jrcxz
looper
loopnel
lzcnt64: lzcnt
movbe: movbe
mpx
nan80and64
nibz_bennee_mmap
pcmpstr64
pcmpstr64w
pcmpxstrx64
pcmpxstrx64w
rcl-amd64
rdrand: rdrand
rdseed: rdseed
redundantRexW
sbbmisc
shrld
slahf-amd64
smc1
sse4-64
ssse3_misaligned
tm1
x87trigOOR
xacq_xrel
xadd
"""
# As the suite's Makefile.am has them.
FLAGS = {
    "amd64locked": ["-O"], "fb_test_amd64": ["-O", "-fno-strict-aliasing"],
    **dict.fromkeys(("cmpxchg", "fcmovnu", "fxtract", "jrcxz", "looper", "sbbmisc", "shrld"), ["-no-pie"]),
}


def units(sources, short):
    if not short:
        for line in PROGRAMS.split("\n"):
            if line:
                name, _, rest = line.partition(":")
                yield unit(sources["valgrind"], name, rest.split())


def unit(root, name, rest):
    folder = root / "none/tests/amd64"
    headers = runner.ROOT / "artifacts/external/programs/valgrind/include"
    if not headers.exists():
        headers.mkdir(parents=True)
    # What configure would write: the tests need none of it.
    (headers / "config.h").touch()
    source = folder / f"{name}.c"
    if not source.exists():
        source = headers / f"{name}.c"
        generated = subprocess.run(["perl", str(folder / "gen_insn_test.pl")], check=True, stdout=subprocess.PIPE, input=(folder / f"{name}.def").read_bytes(), cwd=folder)
        source.write_bytes(generated.stdout)
    program = programs.build(f"valgrind/{name}", [str(source)], [
        "-g0", "-DVGO_linux=1", "-DVGA_amd64=1", "-DVGP_amd64_linux=1", "-I", str(root), "-I", str(headers), "-I", str(folder), *FLAGS.get(name, [])])
    return programs.unit(
        "valgrind", program, [word[1:] for word in rest if word.startswith("=")], ["allexec32", "allexec64"] if name == "allexec" else [],
        tuple(word for word in rest if not word.startswith("=")))
