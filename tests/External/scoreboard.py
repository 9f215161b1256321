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
    """Writes the scoreboard anew: of suites without results what the page says stays."""
    found = {name: json.loads(path.read_text()) for name in TITLES if (path := results / f"{name}.json").exists()}
    former = re.search(r"<!-- scoreboard -->\n(.*?)<!-- end of scoreboard -->", PAGE.read_text(), re.DOTALL)
    replace("scoreboard", "".join(table(found, former[1] if former else "")))


def replace(mark, text):
    """Puts text between the lines <!-- MARK --> and <!-- end of MARK -->."""
    page = PAGE.read_text()
    pattern = re.compile(rf"(<!-- {mark} -->\n).*?(<!-- end of {mark} -->)", re.DOTALL)
    if not pattern.search(page):
        raise SystemExit(f"external: {PAGE} has no marks '{mark}'")
    PAGE.write_text(pattern.sub(lambda m: m[1] + text + m[2], page))


def table(found, former):
    yield "| suite | tests | native passes | KPIO passes | differences | native, s | KPIO, s |\n|---|---:|---:|---:|---:|---:|---:|\n"
    for name, title in TITLES.items():
        yield row(found[name], title) if name in found else match(rf"^\| {re.escape(title.partition('{')[0])}.*\n", former)
    yield from slowest(found, former)
    for name in TITLES:
        if name not in found:
            yield match(rf"^\n### {name}: differences\n(?:[^#\n].*\n|\n(?!#))*", former)
        elif found[name]["differences"]:
            yield f"\n### {name}: differences\n\n| test | native | KPIO | cause |\n|---|---|---|---|\n"
            for test, native, kpio, cause in found[name]["differences"]:
                yield f"| {escape(test)} | {native} | {kpio} | {escape(cause or 'unexpected')} |\n"


def row(suite, title):
    units = suite["units"].values()
    tests = sum(len(unit["native"]) for unit in units)
    native, kpio = (sum(result == "pass" for unit in units for result in unit[side].values()) for side in ("native", "kpio"))
    natively, inside = (sum(unit["seconds"][side] for unit in units) for side in (0, 1))
    return f"| {title.format(programs=len(units))} | {tests} | {native} | {kpio} | {len(suite['differences'])} | {natively:.0f} | {inside:.0f} |\n"


def match(pattern, text):
    found = re.search(pattern, text, re.MULTILINE)
    return found[0] if found else ""


def slowest(found, former):
    """The programs that make a campaign long: what their tests say is compared like that of any other."""
    times = {escape(name): tuple(unit["seconds"]) for suite in found.values() for name, unit in suite["units"].items()}
    slow = [(name, *seconds) for name, seconds in times.items() if seconds[1] >= SLOW_SECONDS]
    slow += [(name, int(native), int(kpio)) for name, native, kpio in re.findall(r"^\| ([^|]+) \| (\d+) \| (\d+) \|$", former, re.MULTILINE) if name not in times]
    if slow:
        yield f"\nPrograms that took {SLOW_SECONDS} seconds or more on KPIO:\n\n| program | native, s | KPIO, s |\n|---|---:|---:|\n"
        for name, native, kpio in sorted(slow, key=lambda row: -row[2]):
            yield f"| {name} | {native:.0f} | {kpio:.0f} |\n"


def escape(text):
    return text.replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;").replace("*", "\\*").replace("`", "\\`") \
        .replace("_", "\\_")
