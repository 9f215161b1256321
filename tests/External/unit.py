"""What the campaign needs to know of a part of a suite that is started as one program."""

import dataclasses
import pathlib
import typing


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
    # Seconds; the one for KPIO leaves room for its interpreter.
    # Also compared: whether the program ended with 0 (pass), 4 (skip, as the kernel's selftests do) or anything else (fail).
    exit_code_is_a_test: bool = False
    native_timeout: int = 600
    kpio_timeout: int = 1800


def number_repeats(results):
    """Makes a dictionary of (name, result) pairs: the second test of one name is called 'name #2'."""
    numbered = {}
    count = {}
    for name, result in results:
        count[name] = count.get(name, 0) + 1
        numbered[name if count[name] == 1 else f"{name} #{count[name]}"] = result
    return numbered
