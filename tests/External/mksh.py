"""The MirBSD Korn Shell's regression tests (check.t) with their own driver (check.pl), shell and driver in one machine."""

import re

from unit import Unit

RESULT = re.compile(r"^(pass|fail|PASS|FAIL) \./check\.t:(\S+)( \(.*\))?$", re.MULTILINE)
# Against tests that hang: some compute for seconds natively, and the driver's own limit is for a native run.
SECONDS_EACH = 600
SHORT_SHARE = 12


def units(sources, short):
    source = sources["mksh"]

    def set_up(folder):
        (folder / "check.pl").write_bytes((source / "check.pl").read_bytes())
        tests = (source / "check.t").read_bytes()
        (folder / "check.t").write_bytes(share(tests) if short else tests)
        (folder / "mksh").write_bytes((sources["mksh-binary"] / "bin/mksh").read_bytes())
        (folder / "mksh").chmod(0o755)
        (folder / "tmp").mkdir()

    # What the shell was built with: the package says so for its own tests.
    categories = re.search(r"^cat=(.*)$", (sources["mksh-binary"] / "usr/share/doc/mksh/testdata.full").read_text(), re.MULTILINE)[1]
    driver = f"perl ./check.pl -s ./check.t -p ./mksh -C {categories} -T ./tmp -t {SECONDS_EACH} -U C.UTF-8"
    # The tests of the history and of job control want a terminal.
    yield Unit("mksh", ["script", "-qec", driver, "/dev/null"], set_up, results, least=30 if short else 500)


def share(tests):
    """Every twelfth test of a test file: they are separated by lines of three hyphens."""
    blocks = re.split(rb"(?<=^---\n)", tests, flags=re.MULTILINE)
    return b"".join(blocks[::SHORT_SHARE])


def results(text):
    for state, name, _ in RESULT.findall(text.replace("\r\n", "\n")):
        yield name, state.lower()
