"""Starts a program of a suite natively or on KPIO, in the same folder and with the same environment."""

import os
import pathlib
import shutil
import signal
import subprocess
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
# A copy of the build that ./kpio made, which tests/external.sh makes: a long campaign goes on with it while the sources change and ./kpio
# builds anew, which leaves of older builds only the last.
BUILD = pathlib.Path(os.environ["KPIO_EXTERNAL_BUILD"]) if "KPIO_EXTERNAL_BUILD" in os.environ else (ROOT / "artifacts/kpio/current").resolve()
# As ./kpio starts it: the guest sees none of the variables that the last one names.
SETTINGS = {"DOTNET_EnableWriteXorExecute": "0", "DOTNET_EnableDiagnostics_IPC": "0", "DOTNET_EnableDiagnostics_Debugger": "0", "DOTNET_LTTng": "0"}
SETTINGS["KPIO_RUNTIME_SETTING"] = " ".join(SETTINGS)

# Nobody's user: a suite must not be able to change the host. Its group is root's, to which some hosts' /dev/null is confined.
USER, GROUP = (1000, 0) if os.geteuid() == 0 else (os.geteuid(), os.getegid())

PLAIN_ENVIRONMENT = {"PATH": "/usr/bin:/bin", "HOME": "/nonexistent", "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8", "SHELL": "/bin/sh", "TERM": "dumb"}


class Outcome:
    """What a run printed (standard output and error as they came) and how it ended: its exit code, 128 more than the signal that ended it, or None when its
    time was over."""

    def __init__(self, text, code):
        self.text = text
        self.code = code


class Scratch:
    """A folder that a suite runs in: filled anew for each run, so that both runs find the same files."""

    def __init__(self):
        self.path = pathlib.Path(tempfile.mkdtemp(prefix="kpio-external."))

    def fill(self, set_up):
        """Empties the folder, has set_up(path) fill it and gives all of it to the user of the runs."""
        self.empty()
        set_up(self.path)
        os.chmod(self.path, 0o755)
        for folder, folders, files in os.walk(self.path):
            for name in [".", *folders, *files]:
                os.lchown(os.path.join(folder, name), USER, GROUP)

    def empty(self):
        for entry in self.path.iterdir():
            if entry.is_dir() and not entry.is_symlink():
                shutil.rmtree(entry, onerror=_make_writable_and_retry)
            else:
                entry.unlink()

    def remove(self):
        shutil.rmtree(self.path, onerror=_make_writable_and_retry)


def _make_writable_and_retry(function, path, _):
    os.chmod(os.path.dirname(path), 0o700)
    if os.path.isdir(path) and not os.path.islink(path):
        os.chmod(path, 0o700)
        shutil.rmtree(path)
    else:
        function(path)


def native(command, folder, environment, timeout):
    """Runs a command on this machine. timeout is in seconds."""
    prefix = [] if os.geteuid() != 0 else ["setpriv", f"--reuid={USER}", f"--regid={GROUP}", "--clear-groups", "--"]
    return _run([*prefix, *command], folder, environment, timeout)


def kpio(command, folder, environment, timeout, options=()):
    """Runs a command on KPIO, with options and with what KPIO_EXTERNAL_OPTIONS adds to the options of kpio run. timeout is in seconds."""
    arguments = ["run", "--user", f"{USER}:{GROUP}", *options, *more_options(), "--", *command]
    return _run([*kpio_command(), *arguments], folder, {**environment, **SETTINGS}, timeout)


def more_options():
    return os.environ.get("KPIO_EXTERNAL_OPTIONS", "").split()


def kpio_command():
    """The build's program, with the runtime that it was made for."""
    own = BUILD / ".dotnet"
    return [own.read_text().strip() + "/dotnet", str(BUILD / "Kpio.Cli.dll")] if own.exists() else [str(BUILD / "Kpio.Cli")]


def _run(command, folder, environment, timeout):
    # A file, not a pipe: what a suite leaves running in the background would hold a pipe open.
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(
            command, cwd=folder, env={**PLAIN_ENVIRONMENT, **environment}, stdin=subprocess.DEVNULL, stdout=output,
            stderr=subprocess.STDOUT, start_new_session=True)
        try:
            code = process.wait(timeout)
        except subprocess.TimeoutExpired:
            code = None
        finally:
            # Also when the campaign itself is ended: its programs are in sessions of their own.
            try:
                os.killpg(process.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
            process.wait()
        output.seek(0)
        return Outcome(output.read().decode("utf-8", "replace"), 128 - code if code is not None and code < 0 else code)
