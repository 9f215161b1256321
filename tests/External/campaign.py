#!/usr/bin/env python3
"""Runs suites of others natively and on KPIO and compares the results test by test; tests/external.sh starts it.

    campaign.py [--short] [--write] [--only WORD] [--source NAME=FOLDER]… SUITE…

A difference that expected/SUITE.txt does not list, and a listed one that is none any more, fails the campaign. The results go to
artifacts/external/SUITE.json, where what --only runs takes the place of former results; with --write the scoreboard (docs/conformance.md)
is written anew from them.
"""

import argparse
import functools
import json
import os
import pathlib
import signal
import sys
import time

import busybox
import expectations
import gostd
import mksh
import programs
import qemu
import runner
import scoreboard
import selftests
import valgrind
from unit import number_repeats

SUITES = {"busybox": busybox, "mksh": mksh, "go": gostd, "selftests": selftests, "valgrind": valgrind, "qemu": qemu}
# Elsewhere for runs with other options, which are no part of the documented results.
RESULTS = pathlib.Path(os.environ.get("KPIO_EXTERNAL_RESULTS", runner.ROOT / "artifacts" / "external"))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--short", action="store_true")
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--only", help="of the units (Go packages, kernel folders) those whose name holds this")
    parser.add_argument("--source", action="append", default=[], metavar="NAME=FOLDER")
    parser.add_argument("suites", nargs="*")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    sources = {name: pathlib.Path(folder) for name, folder in (text.split("=", 1) for text in options.source)}
    failures = 0
    for name in options.suites:
        failures += run_suite(name, sources, options)
    if options.write:
        scoreboard.write(RESULTS)
    print(f"external: {'all as expected' if failures == 0 else f'{failures} unexpected'}")
    return 0 if failures == 0 else 1


def run_suite(name, sources, options):
    start = time.monotonic()
    target = RESULTS / (f"{name}.part.json" if options.short else f"{name}.json")
    # A part of a suite that runs again takes the place of its former results.
    results = json.loads(target.read_text())["units"] if options.only and target.exists() else {}
    failures = []
    names = []
    for unit in SUITES[name].units(sources, options.short):
        names.append(unit.name)
        if not options.only or options.only in unit.name:
            results[unit.name] = run_unit(unit, failures)
    results = {unit: results[unit] for unit in names if unit in results}
    native, kpio = ({test: result for unit in results.values() for test, result in unit[side].items()} for side in ("native", "kpio"))
    differences, unexpected = expectations.compare(name, native, kpio, complete=not options.short and len(results) == len(names))
    failures += unexpected
    for failure in failures:
        print(f"external: {name}: {failure}")
    print(f"external: {name}: {len(native)} tests, native passes {passes(native)}, KPIO passes {passes(kpio)}, "
          f"{len(differences)} differences, {time.monotonic() - start:.0f} s", flush=True)
    RESULTS.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps({"suite": name, "differences": differences, "units": results}, indent=1) + "\n")
    return len(failures)


def passes(results):
    return sum(result == "pass" for result in results.values())


def run_unit(unit, failures):
    """Runs a unit on both sides; answers the results of its tests and how long it took."""
    scratch = runner.Scratch()
    try:
        outcomes = {}
        seconds = {}
        results = {}
        for side, run in (("native", runner.native), ("kpio", functools.partial(runner.kpio, options=unit.kpio_options))):
            # With a host that lacks something there is nothing to compare with.
            if not (programs.has("native", unit.needs) and programs.has(side, unit.needs)):
                seconds[side], results[side] = 0, {unit.name: "skip"}
                continue
            timeout = unit.native_timeout if side == "native" else unit.kpio_limit(seconds["native"])
            start = time.monotonic()
            outcomes[side] = run_whole(unit, run, scratch, timeout)
            seconds[side] = time.monotonic() - start
            found = number_repeats(unit.results(outcomes[side].text)) if unit.compared is None else {unit.name: agrees(unit, outcomes[side], outcomes["native"])}
            if unit.exit_code_is_a_test:
                found[f"{unit.name}: exit code"] = {0: "pass", 4: "skip"}.get(outcomes[side].code, "fail")
            results[side] = found
            log = RESULTS / "log" / f"{unit.name.replace('/', '-')}.{side}"
            log.parent.mkdir(parents=True, exist_ok=True)
            log.write_text(outcomes[side].text)
            print(f"external: {unit.name}: {side}: {len(found)} tests{'' if unit.compared is None else ' ' + found[unit.name]}, exit code {outcomes[side].code}, "
                  f"{seconds[side]:.0f} s", flush=True)
            if outcomes[side].code == 125:
                failures.append(f"{unit.name}: {side}: KPIO's own failure: {outcomes[side].text[-300:]}")
            if outcomes[side].code is None and not unit.exit_code_is_a_test:
                failures.append(f"{unit.name}: {side}: its time was over")
            if side == "native" and len(found) < unit.least:
                failures.append(f"{unit.name}: only {len(found)} tests natively, at least {unit.least} were expected")
        return {**results, "seconds": [round(seconds["native"], 1), round(seconds["kpio"], 1)]}
    finally:
        scratch.remove()


def agrees(unit, outcome, native):
    """Whether a run printed and ended as the native one did."""
    same = outcome.code == native.code and unit.compared(outcome.text) == unit.compared(native.text)
    return "pass" if same and outcome.code is not None else "fail"


def run_whole(unit, run, scratch, timeout):
    """Runs a unit's program, and where a failure ended it before its last test, once more for the tests that it did not begin."""
    text, codes, command = "", [], unit.command
    while command:
        scratch.fill(unit.set_up)
        outcome = run(command, scratch.path / unit.folder, unit.environment, timeout)
        text += outcome.text
        codes.append(outcome.code)
        command = unit.rest(text) if outcome.code else None
    return runner.Outcome(text, next((code for code in codes if code != 0), 0))


if __name__ == "__main__":
    sys.exit(main())
