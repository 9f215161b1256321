"""The MirBSD Korn Shell's regression tests (check.t) with their own driver (check.pl), shell and driver in one machine."""

import re

from unit import Unit

RESULT = re.compile(r"^(pass|fail|PASS|FAIL) \./check\.t:(\S+)( \(.*\))?$", re.MULTILINE)
# Tests that need a longer time than KPIO's interpreter has are given one; the driver's own limit is for a native run.
SECONDS_EACH = 60
SHORT_SHARE = 12


def units(sources, short):
    source = sources["mksh"]

    def set_up(folder):
        (folder / "check.pl").write_bytes((source / "check.pl").read_bytes())
        tests = (source / "check.t").read_text("latin-1")
        (folder / "check.t").write_text(share(tests) if short else tests, "latin-1")
        (folder / "mksh").write_bytes((sources["mksh-binary"] / "bin/mksh").read_bytes())
        (folder / "mksh").chmod(0o755)
        (folder / "tmp").mkdir()

    # What the shell was built with: the package says so for its own tests.
    categories = re.search(r"^cat=(.*)$", (sources["mksh-binary"] / "usr/share/doc/mksh/testdata.full").read_text(), re.MULTILINE)[1]
    yield Unit("mksh", ["perl", "./check.pl", "-s", "./check.t", "-p", "./mksh", "-C", categories, "-T", "./tmp", "-t", str(SECONDS_EACH),
                        "-U", "C.UTF-8"], set_up, results, least=30 if short else 400)


def share(tests):
    """Every twelfth test of a test file: they are separated by lines of three hyphens."""
    blocks = re.split(r"(?<=^---\n)", tests, flags=re.MULTILINE)
    return "".join(blocks[::SHORT_SHARE])


def results(text):
    for state, name, _ in RESULT.findall(text):
        yield name, state.lower()
