"""Writes the part of docs/conformance.md between the marks 'scoreboard' from the results that a long campaign left."""

import json
import re

import runner

SLOW_SECONDS = 60
PAGE = runner.ROOT / "docs" / "conformance.md"
TITLES = {
    "busybox": "BusyBox's test suite (`testsuite/`), Debian's static BusyBox",
    "mksh": "MirBSD Korn Shell's `check.t`, Debian's mksh, dynamic",
    "go": "Go 1.19's standard library, static, {programs} packages; six more are in every CI run",
    "selftests": "Linux 6.1's selftests, static part, {programs} programs",
    "valgrind": "valgrind's tests of instructions (`none/tests/amd64`): output and exit code of {programs} programs",
    "qemu": "qemu's tests of translation (`tests/tcg`): output and exit code of {programs} programs",
}


def write(results):
    found = [json.loads(path.read_text()) for name in TITLES if (path := results / f"{name}.json").exists()]
    replace("scoreboard", "".join(table(found)))


def replace(mark, text):
    """Puts text between the lines <!-- MARK --> and <!-- end of MARK -->."""
    page = PAGE.read_text()
    pattern = re.compile(rf"(<!-- {mark} -->\n).*?(<!-- end of {mark} -->)", re.DOTALL)
    if not pattern.search(page):
        raise SystemExit(f"external: {PAGE} has no marks '{mark}'")
    PAGE.write_text(pattern.sub(lambda m: m[1] + text + m[2], page))


def table(found):
    yield "| suite | tests | native passes | KPIO passes | differences | native, s | KPIO, s |\n|---|---:|---:|---:|---:|---:|---:|\n"
    for suite in found:
        units = suite["units"].values()
        tests = sum(len(unit["native"]) for unit in units)
        native, kpio = (sum(result == "pass" for unit in units for result in unit[side].values()) for side in ("native", "kpio"))
        natively, inside = (sum(unit["seconds"][side] for unit in units) for side in (0, 1))
        yield f"| {TITLES[suite['suite']].format(programs=len(units))} | {tests} | {native} | {kpio} | {len(suite['differences'])} | {natively:.0f} | {inside:.0f} |\n"
    yield from slowest(found)
    for suite in found:
        if suite["differences"]:
            yield f"\n### {suite['suite']}: differences\n\n| test | native | KPIO | cause |\n|---|---|---|---|\n"
            for name, native, kpio, cause in suite["differences"]:
                yield f"| {escape(name)} | {native} | {kpio} | {escape(cause or 'unexpected')} |\n"


def slowest(found):
    """The programs that make a campaign long: what their tests say is compared like that of any other."""
    slow = [(name, *times) for suite in found for name, unit in suite["units"].items() if (times := unit["seconds"])[1] >= SLOW_SECONDS]
    if slow:
        yield f"\nPrograms that took {SLOW_SECONDS} seconds or more on KPIO:\n\n| program | native, s | KPIO, s |\n|---|---:|---:|\n"
        for name, native, kpio in sorted(slow, key=lambda row: -row[2]):
            yield f"| {escape(name)} | {native:.0f} | {kpio:.0f} |\n"


def escape(text):
    return text.replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;").replace("*", "\\*").replace("`", "\\`") \
        .replace("_", "\\_")
