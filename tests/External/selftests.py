"""The part of the Linux kernel's selftests that is programs of user space alone: no hardware, no module, no mounted file system, and no
setting of the clock. Each is compiled with gcc, statically, and its lines of the Test Anything Protocol and its exit code are compared."""

import pathlib
import re
import shutil
import subprocess

import runner
from unit import Unit

# FOLDER/SOURCE [SOURCE…] [: ARGUMENT…]. What is not here sets the clock (timers/adjtick, set-tai, leap-a-day …), suspends the machine,
# needs a device, a module, a mount, cgroups, huge pages, debug registers, performance counters, root or libcap, is for another processor, runs in 32 bits,
# or takes more than a minute on Linux itself (timers/nsleep-lat, set-timer-lat, inconsistency-check and raw_skew, ptrace/vmaccess,
# rseq/basic_percpu_ops_test and param_test, vm/transhuge-stress …).
PROGRAMS = """
clone3/clone3
clone3/clone3_clear_sighand
clone3/clone3_set_tid
core/close_range_test
exec/non-regular
exec/null-argv
exec/recursion-depth
filesystems/devpts_pts
filesystems/epoll/epoll_wakeup_test
futex/functional/futex_requeue
futex/functional/futex_requeue_pi
futex/functional/futex_requeue_pi : -b
futex/functional/futex_requeue_pi : -b -l
futex/functional/futex_requeue_pi_mismatched_ops
futex/functional/futex_requeue_pi_signal_restart
futex/functional/futex_wait
futex/functional/futex_wait_private_mapped_file
futex/functional/futex_wait_timeout
futex/functional/futex_wait_uninitialized_heap
futex/functional/futex_wait_wouldblock
futex/functional/futex_waitv
ipc/msgque
kcmp/kcmp_test
membarrier/membarrier_test_multi_thread
membarrier/membarrier_test_single_thread
memfd/memfd_test common
mincore/mincore_selftest
nolibc/nolibc-test
nsfs/owner
nsfs/pidns
openat2/openat2_test helpers
openat2/rename_attack_test helpers
openat2/resolve_test helpers
pid_namespace/regression_enomem
pidfd/pidfd_fdinfo_test
pidfd/pidfd_getfd_test
pidfd/pidfd_open_test
pidfd/pidfd_poll_test
pidfd/pidfd_setns_test
pidfd/pidfd_test
pidfd/pidfd_wait
prctl/disable-tsc-test
proc/fd-001-lookup
proc/fd-002-posix-eq
proc/proc-loadavg-001
proc/proc-pid-vm
proc/proc-self-map-files-001
proc/proc-self-map-files-002
proc/proc-self-syscall
proc/proc-self-wchan
proc/proc-tid0
proc/proc-uptime-001
proc/proc-uptime-002
proc/read
proc/self
proc/setns-dcache
proc/setns-sysvipc
proc/thread-self
ptrace/get_syscall_info
ptrace/peeksiginfo
rlimits/rlimits-per-userns
rseq/basic_test rseq
sigaltstack/sas
splice/default_file_splice_read
splice/splice_read
syscall_user_dispatch/sud_test
timers/mqueue-lat
timers/nanosleep
timers/posix_timers
timers/threadtest
vDSO/vdso_test_abi parse_vdso
vDSO/vdso_test_clock_getres
vDSO/vdso_test_correctness
vDSO/vdso_test_getcpu parse_vdso
vDSO/vdso_test_gettimeofday parse_vdso
vm/madv_populate vm_util
vm/map_fixed_noreplace
vm/map_populate
vm/mlock2-tests
vm/mrelease_test
vm/mremap_dontunmap
vm/mremap_test
vm/on-fault-limit
vm/virtual_address_range
x86/check_initial_reg_state
x86/corrupt_xstate_header
x86/fsgsbase
x86/fsgsbase_restore
x86/ioperm
x86/iopl
x86/ldt_gdt
x86/mov_ss_trap
x86/ptrace_syscall
x86/sigaltstack
x86/sigreturn
x86/sigtrap_loop
x86/single_step_syscall
x86/syscall_arg_fault
x86/syscall_nt
x86/syscall_numbering
x86/sysret_rip thunks.S
x86/sysret_ss_attrs thunks.S
x86/test_mremap_vdso
x86/test_vsyscall
"""
FLAGS = {
    "futex/functional": ["-I", "{tests}/futex/include"],
    "memfd": ["-D_FILE_OFFSET_BITS=64"],
    "vDSO": ["-std=gnu99"],
    "rseq": ["-I", "{root}/tools/include"],
    "x86/check_initial_reg_state": ["-Wl,-ereal_start"],
    "x86": ["-std=gnu99", "-no-pie", "-DCAN_BUILD_64"],
}
NATIVE_SECONDS, KPIO_SECONDS = 150, 200
TAP = re.compile(r"^(not ok|ok) +\d+[ \t]*(?:- )?(.*)$", re.MULTILINE)


def units(sources, short):
    if not short:
        for line in PROGRAMS.split("\n"):
            if line:
                yield unit(sources["linux"], *line.partition(":")[::2])


def unit(root, files, arguments):
    first, *others = files.split()
    name = " ".join([first, *arguments.split()])
    program = build(root, first, others)

    def set_up(folder):
        shutil.copy(program, folder / program.name)

    def results(text):
        for state, description in TAP.findall(text):
            yield f"{name}: {steady(description.replace('# SKIP', ''))}", "skip" if "# SKIP" in description else "pass" if state == "ok" else "fail"

    return Unit(name, ["sh", "-c", '"$@"; code=$?; echo; echo "exit code $code"; exit $code', "sh", f"./{program.name}", *arguments.split()],
                set_up, results, least=0, native_timeout=NATIVE_SECONDS, kpio_timeout=KPIO_SECONDS, exit_code_is_a_test=True)


def steady(description):
    """A test's name without what differs between two runs: numbers of processes, times, addresses."""
    return re.sub(r"\[\d+\]", "[N]", re.sub(r"\b(0x[0-9a-f]+|\d{3,})\b", "N", description)).strip() or "(no name)"


def build(root, first, others):
    tests = root / "tools/testing/selftests"
    folder = tests / pathlib.PurePath(first).parent
    output = runner.ROOT / "artifacts/external/selftests" / first
    if output.exists():
        return output
    output.parent.mkdir(parents=True, exist_ok=True)
    flags = [flag.format(root=root, tests=tests) for key in (str(pathlib.PurePath(first).parent), first) for flag in FLAGS.get(key, [])]
    files = [f"{tests / first}.c", *(str(folder / (other if "." in other else other + ".c")) for other in others)]
    subprocess.run(["gcc", "-static", "-O2", "-w", "-pthread", "-D_GNU_SOURCE=", "-I", str(tests), "-I", str(folder), *flags, *files, "-o",
                    str(output), "-lrt"], check=True)
    return output
