"""What the campaign needs to know of a part of a suite that is started as one program."""

import dataclasses
import pathlib
import typing

# How much longer than natively a program may take on KPIO: about three times what its interpreter needs for pure computing, for a busy machine.
SLOWNESS = 45


@dataclasses.dataclass(frozen=True)
class Unit:
    name: str
    command: list
    # Fills the scratch folder before each run.
    set_up: typing.Callable[[pathlib.Path], None]
    # The results in a run's output: pairs of a test's name and pass, fail or skip, in order; a name may come several times.
    results: typing.Callable
    # Below this number of tests natively something is wrong with the suite itself.
    least: int = 1
    folder: str = "."
    environment: dict = dataclasses.field(default_factory=dict)
    # What of a run's output is compared as a whole, together with the exit code: a single test, which passes natively however it ends, on KPIO when it ends
    # the same way. None: results are compared.
    compared: typing.Callable = None
    # Words of features.c: a unit that needs what the processor lacks is skipped there.
    needs: tuple = ()
    # More options of kpio run.
    kpio_options: tuple = ()
    # Also compared: whether the program ended with 0 (pass), 4 (skip, as the kernel's selftests do) or anything else (fail).
    exit_code_is_a_test: bool = False
    # Seconds. KPIO's interpreter has at least kpio_timeout, and more for a program that takes long natively too: SLOWNESS times as much.
    native_timeout: int = 600
    kpio_timeout: int = 900
    # Where one failure ends the program: answers the command that runs what the output so far does not have, or None.
    rest: typing.Callable = lambda text: None

    def kpio_limit(self, native_seconds):
        """The time limit on KPIO, in seconds, of a program that took so long natively."""
        return max(self.kpio_timeout, SLOWNESS * native_seconds)


def number_repeats(results):
    """Makes a dictionary of (name, result) pairs: the second test of one name is called 'name #2'."""
    numbered = {}
    count = {}
    for name, result in results:
        count[name] = count.get(name, 0) + 1
        numbered[name if count[name] == 1 else f"{name} #{count[name]}"] = result
    return numbered
