"""BusyBox's own test suite (testsuite/ of Debian's source package) on Debian's static BusyBox, as that package's build runs it."""

import re
import shutil
import subprocess

from unit import Unit

# Takes long natively too: a unit of its own, with a time limit of its own.
SLOW = ["bc"]
SHORT = ["basename", "cat", "cut", "dirname", "expand", "factor", "head", "sed", "sort", "tail", "uniq", "xargs"]
RESULT = re.compile(r"^(UNIT|PASS|FAIL|SKIPPED|UNTESTED): (.*)$", re.MULTILINE)
STATES = {"PASS": "pass", "FAIL": "fail", "SKIPPED": "skip", "UNTESTED": "skip"}
# SKIP_INTERNET_TESTS and SKIP_KNOWN_BUGS: as Debian's debian/rules sets them.
ENVIRONMENT = {"SKIP_KNOWN_BUGS": "y", "SKIP_INTERNET_TESTS": "y", "ECHO": "/bin/echo"}


def units(sources, short):
    source = sources["busybox"]

    def set_up(folder):
        shutil.copytree(source / "testsuite", folder / "testsuite", symlinks=True)
        shutil.copy("/bin/busybox", folder / "busybox")
        # What the static BusyBox was configured with: the tests ask it which of them apply.
        (folder / ".config").write_text("".join((source / "debian/config" / name).read_text() for name in ("os/linux", "pkg/static")))
        runtest = folder / "testsuite/runtest"
        runtest.write_text(adapt(runtest.read_text()))

    def unit(name, applets, seconds, least):
        # SECONDS_EACH keeps an applet that hangs from taking the rest of the unit along.
        return Unit(name, ["sh", "./runtest", *applets], set_up, results, least=least, folder="testsuite",
                    environment={**ENVIRONMENT, "SECONDS_EACH": str(seconds)})

    if short:
        yield unit("busybox", SHORT, 300, 40)
    else:
        # In the order and with the choice of runtest without arguments: what was built in.
        built = subprocess.run(["/bin/busybox", "--list"], check=True, stdout=subprocess.PIPE, text=True).stdout.split()
        tests = source / "testsuite"
        applets = [name for name in built if (tests / name).is_dir() or (tests / f"{name}.tests").exists()]
        yield unit("busybox", [name for name in applets if name not in SLOW], 300, 600)
        for name in SLOW:
            yield unit(f"busybox {name}", [name], 7200, 10)


def adapt(script):
    """Has the suite's driver say which applet comes, and gives each applet's tests a time limit."""
    for old, new in (
            ("for applet in $applets; do\n", 'for applet in $applets; do\n\techo "UNIT: $applet"\n'),
            ('\t\t\t"$tsdir/$applet.tests"\n', '\t\t\ttimeout "$SECONDS_EACH" "$tsdir/$applet.tests"\n'),
            ('\t\tsh -x -e "$testcase" ', '\t\ttimeout 60 sh -x -e "$testcase" ')):
        if script.count(old) != 1:
            raise SystemExit(f"external: busybox's runtest is not the one that is known: no single '{old.strip()}'")
        script = script.replace(old, new)
    return script


def results(text):
    applet = ""
    for kind, name in RESULT.findall(text):
        if kind == "UNIT":
            applet = name
        else:
            # A skip that names the applet alone ("(not built)") says that there are no tests of it.
            yield f"{applet}: {name}", STATES[kind]
