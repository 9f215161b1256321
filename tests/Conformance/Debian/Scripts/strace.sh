# strace -ff of a shell and its children, process by process: addresses and pids aside, every line is as on Linux. The shell's waits
# for the pipeline are left out: two children that end together send one SIGCHLD or two.
dir=$(mktemp -d)
cd "$dir" || exit 1
echo text > file
strace -ff -e trace='!getrandom,set_tid_address,prlimit64,arch_prctl' -e signal='!chld' -o trace sh -c 'cat file | tr a-z A-Z; (exit 4); echo $?; kill -TERM $$' 2>/dev/null
echo "exit code $?"
for trace in $(ls trace.* | sort -t. -k2n); do
  echo "== process"
  sed -E "s/\\) += /) = /; s|$dir|DIR|g; s/0x[0-9a-f]+/ADDRESS/g; s/[0-9]+ vars/N vars/" "$trace" |
    grep -E '^(execve|close|dup|pipe|read\(0|write|wait4.*== 4|exit|kill|rt_sig[^r]|clone|vfork|openat.*file|---|\+\+\+)' |
    sed -E 's/^(close|dup2?|pipe2?)\(.*/\1/; s/(si_pid|child_tidptr)=[0-9A-Z]+/\1=N/; s/^(clone.*|vfork.*|rt_sigreturn.*|wait4.*) = [0-9]+$/\1 = PID/; s/^wait4\([0-9]+/wait4(PID/; s/^kill\([0-9]+/kill(PID/; s/rt_sigaction\(([A-Z0-9]+),.*/rt_sigaction(\1)/'
done
rm -r "$dir"
