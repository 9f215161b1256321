"""Programs whose whole output and exit code are compared, each built once, statically: a test each."""

import functools
import pathlib
import re
import shutil
import subprocess

import runner
from unit import Unit

# What KPIO itself says on standard error of a fault that ends a program.
REPORT = re.compile(r"^kpio: process \d+ \(.*\n(?:  .*\n)*", re.MULTILINE)
ADDRESS = re.compile(r"\b0x(?:7f|55|56)[0-9a-f]{10}\b")


@functools.cache
def processor():
    """Options of kpio run for the processor with everything that KPIO and the host have, where this version has such a choice and nobody made one."""
    if any(option == "--cpu" or option.startswith("--cpu=") for option in runner.more_options()):
        return ()
    usage = subprocess.run([*runner.kpio_command(), "run", "--help"], check=True, stdout=subprocess.PIPE, text=True).stdout
    return ("--cpu=max",) if re.search(r"--cpu <[^>]*\bmax\b", usage) else ()


@functools.cache
def features():
    """The processor's features natively and on KPIO, with the options of the campaign."""
    program = str(build("features", [str(runner.ROOT / "tests/External/features.c")], []))
    scratch = runner.Scratch()
    try:
        scratch.fill(lambda folder: shutil.copy(program, folder / "features"))
        return {"native": words(runner.native(["./features"], scratch.path, {}, 60)), "kpio": words(runner.kpio(["./features"], scratch.path, {}, 60, processor()))}
    finally:
        scratch.remove()


def has(side, needs):
    """Whether a side's processor has the features."""
    return not needs or features()[side].issuperset(needs)


def words(outcome):
    if outcome.code != 0:
        raise SystemExit(f"external: features: exit code {outcome.code}: {outcome.text}")
    return frozenset(outcome.text.split())


def build(name, files, flags):
    """Compiles a program once; answers where it is. Libraries come last, behind the files."""
    output = runner.ROOT / "artifacts/external/programs" / name
    if output.exists() and all(output.stat().st_mtime >= pathlib.Path(file).stat().st_mtime for file in files):
        return output
    output.parent.mkdir(parents=True, exist_ok=True)
    other = output.with_name(output.name + ".new")
    subprocess.run(["gcc", "-static", "-w", *flags, *files, "-o", str(other), "-lm", "-lrt", "-pthread"], check=True)
    other.rename(output)
    return output


def unit(suite, program, arguments=(), links=(), needs=(), steady=str):
    """A built program as a unit: steady(output) is what is compared."""
    def set_up(folder):
        shutil.copy(program, folder / program.name)
        for link in links:
            shutil.copy(program, folder / link)

    return Unit(f"{suite}: {program.name}", [f"./{program.name}", *arguments], set_up, lambda text: (), least=0, native_timeout=300,
                kpio_options=processor(), needs=needs, compared=lambda text: steady(ADDRESS.sub("0x…", REPORT.sub("", text))))
