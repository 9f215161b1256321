"""The differences that are known: expected/SUITE.txt, one a line as 'NATIVE KPIO NAME  # CAUSE', where NATIVE and KPIO are pass, fail,
skip or none (it did not run). With 'any any' a test may differ or not: for those whose result hangs on the moment."""

import pathlib
import re

FOLDER = pathlib.Path(__file__).parent / "expected"
LINE = re.compile(r"^(pass|fail|skip|none|any) (pass|fail|skip|none|any) (.+?)  # (\S.*)$")


def read(suite):
    """The known differences: name to (native, kpio, cause)."""
    known = {}
    path = FOLDER / f"{suite}.txt"
    for number, line in enumerate(path.read_text().splitlines() if path.exists() else [], 1):
        if not line or line.startswith("#"):
            continue
        found = LINE.match(line)
        if not found or found[3] in known:
            raise SystemExit(f"external: {path}:{number}: not 'NATIVE KPIO NAME  # CAUSE', or a name that came before")
        known[found[3]] = (found[1], found[2], found[4])
    return known


def compare(suite, native, kpio, complete):
    """Answers the differences (name, native, kpio, cause) and what is unexpected, in words. complete: all tests of the suite ran."""
    known = read(suite)
    differences = []
    unexpected = []
    for name in [*native, *(name for name in kpio if name not in native)]:
        left, right = native.get(name, "none"), kpio.get(name, "none")
        expected = known.pop(name, None)
        if expected and expected[0] == "any":
            differences.append((name, left, right, expected[2]))
        elif expected:
            if (left, right) == expected[:2]:
                differences.append((name, left, right, expected[2]))
            else:
                unexpected.append(f"{name}: native {left}, KPIO {right}, listed as {expected[0]}, {expected[1]}")
        elif left != right:
            differences.append((name, left, right, ""))
            unexpected.append(f"{name}: native {left}, KPIO {right}")
    if complete:
        unexpected += [f"{name}: listed, but there is no such test" for name in known]
    return differences, unexpected
