"""qemu's tests of translation (tests/tcg of Debian's source package): those for every processor, those for x86_64, and those for the i386 that build for
64 bits; as its makefiles build and run them, without its plugins and gdb."""

import re
import subprocess

import programs
import runner

PLAIN = ["-O0", "-g", "-fno-strict-aliasing"]
INTEL = ["-masm=intel", "-O"]
# float_madds needs FMA because glibc's fmaf gives NaNs other payloads without it.
# FOLDER/SOURCE: flags that take the place of the plain ones, and the features that it needs.
PROGRAMS = {
    "multiarch/float_convd": ([], []), "multiarch/float_convs": ([], []), "multiarch/float_madds": ([], ["fma"]),
    "multiarch/munmap-pthread": ([], []), "multiarch/overflow": ([], []), "multiarch/sha1": ([], []), "multiarch/sha512": ([], []),
    "multiarch/sigbus": ([], []), "multiarch/signals": ([], []), "multiarch/test-mmap": ([], []), "multiarch/testthread": ([], []),
    "multiarch/threadcount": ([], []), "multiarch/linux/linux-madvise": ([], []), "multiarch/linux/linux-test": ([], []),
    "x86_64/cmpxchg": ([], []), "x86_64/noexec": ([], []), "x86_64/vsyscall": ([], []),
    # Without 3DNow! both end with SIGILL.
    "i386/test-3dnow": (INTEL, []), "i386/test-avx": (["-mavx", *INTEL], ["avx2", "fma", "f16c", "vaes", "vpclmulqdq"]),
    "i386/test-i386": ([], []), "i386/test-i386-bmi2": (["-O2"], ["bmi1", "bmi2"]),
    "i386/test-i386-f2xm1": ([], []), "i386/test-i386-fbstp": ([], []), "i386/test-i386-fisttp": ([], []), "i386/test-i386-fldcst": ([], []),
    "i386/test-i386-fp-exceptions": ([], []), "i386/test-i386-fpatan": ([], []), "i386/test-i386-fprem": ([], []), "i386/test-i386-fscale": ([], []),
    "i386/test-i386-fxam": ([], []), "i386/test-i386-fxtract": ([], []), "i386/test-i386-fyl2x": ([], []), "i386/test-i386-fyl2xp1": ([], []),
    "i386/test-i386-pcmpistri": (["-msse4.2", *PLAIN], []), "i386/test-i386-pseudo-denormal": ([], []), "i386/test-i386-snan-convert": ([], []),
    "i386/test-i386-sse-exceptions": (["-msse4.1", "-mfpmath=sse", *PLAIN], []), "i386/test-i386-ssse3": ([], []), "i386/test-mmx": (INTEL, []),
}
# Threads print in whatever order they run, and how many signals came by then; vsyscall prints the time.
STEADY = {
    "vsyscall": lambda text: re.sub(r"\d+", "N", text),
    "signals": lambda text: sorted(re.sub(r"(alarms|from|saw) \d+|\d+ alarms", "N", text).splitlines()),
    "testthread": lambda text: sorted(text.splitlines()),
}
OTHER_NAMES = {"i386/test-i386": "test-x86_64"}


def units(sources, short):
    if not short:
        root = sources["qemu"] / "tests/tcg"
        for name, (flags, needs) in PROGRAMS.items():
            yield unit(root, name, OTHER_NAMES.get(name, name.split("/")[-1]), flags or PLAIN, needs)
        yield unit(root, "multiarch/sha512", "sha512-sse", ["-msse4.1", "-O3"], [])


def unit(root, source, name, flags, needs):
    headers = runner.ROOT / "artifacts/external/programs/qemu/include"
    headers.mkdir(parents=True, exist_ok=True)
    if name in ("test-mmx", "test-3dnow", "test-avx"):
        generate(root / "i386", headers, name)
    files = [str(root / f"{source}.c")]
    if name.startswith("float_"):
        files.append(str(root / "multiarch/libs/float_helpers.c"))
    program = programs.build(f"qemu/{name}", files, [*flags, "-I", str(root / "multiarch"), "-I", str(headers)])
    return programs.unit("qemu", program, needs=tuple(needs), steady=STEADY.get(name, str))


def generate(folder, headers, name):
    script, choice = {"test-mmx": ("test-mmx.py", ["MMX", "SSE", "SSE2", "SSE3", "SSSE3"]), "test-3dnow": ("test-mmx.py", ["3DNOW"]), "test-avx": ("test-avx.py", [])}[name]
    output = headers / f"{name}.h"
    if not output.exists():
        subprocess.run(["python3", str(folder / script), str(folder / "x86.csv"), str(output), *choice], check=True)
