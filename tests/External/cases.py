#!/usr/bin/env python3
"""Counts the cases of the conformance guests (tests/Guests/conformance) in a native run, and writes the table of them into
docs/conformance.md. ConformanceTests checks in every run that no file has fewer cases than the table says."""

import pathlib
import re
import subprocess
import tempfile

import runner
import scoreboard

FOLDER = runner.ROOT / "tests" / "Guests" / "conformance"
CASE = re.compile(r"^[^:\n]+: .*$", re.MULTILINE)
ERRNO = re.compile(r": -\d+$")
PAGE = re.compile(r"\b[a-z_]\w*\(\d\)")


def main():
    rows = []
    for source in sorted(FOLDER.glob("*.c")):
        cases = CASE.findall(output(source))
        pages = dict.fromkeys(PAGE.findall(header(source.read_text())))
        rows.append((source.name, len(cases), sum(bool(ERRNO.search(case)) for case in cases), ", ".join(pages)))
        print(*rows[-1], flush=True)
    lines = ["| file | cases | of which errors | manual pages |\n|---|---:|---:|---|\n",
             *(f"| {name} | {cases} | {errors} | {scoreboard.escape(pages)} |\n" for name, cases, errors, pages in rows),
             f"| **all** | **{sum(row[1] for row in rows)}** | **{sum(row[2] for row in rows)}** | |\n"]
    scoreboard.replace("cases", "".join(lines))


def header(text):
    """The file's first comment."""
    return re.match(r"/\*.*?\*/|(?://[^\n]*\n)+", text, re.DOTALL)[0]


def output(source):
    program = subprocess.run(["sh", str(runner.ROOT / "tests/Guests/build.sh"), f"conformance/{source.name}", "musl"], check=True,
                             stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True).stdout.strip()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        # The limits, the environment and the user are those of the tests: root, as they run natively and on KPIO.
        run = subprocess.run([program], cwd=folder, env={"PATH": "/usr/bin:/bin", "LC_ALL": "C"}, stdin=subprocess.DEVNULL,
                             stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=120, check=False)
        subprocess.run(["chmod", "-R", "u+rwx", str(pathlib.Path(folder))], check=False)
        return run.stdout.decode("utf-8", "replace")


if __name__ == "__main__":
    main()
