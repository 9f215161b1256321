#!/usr/bin/env python3
"""Records what strace prints for the calls in cases.py into calls.golden.

Each case is made by a small program without a C library, whose memory holds what the pointers lead to, under
`strace -e inject=all:…`: no call reaches the kernel, strace prints the result that the case asks for. Run it again after a change
of cases.py; it needs gcc, strace 6.1 and the right to trace.

calls.golden: M ADDRESS HEX   memory (all of it, before the first case)
              C NUMBER SIX-ARGUMENTS RESULT   a call, numbers in hexadecimal, the result as RAX holds it
              E LINE          what strace prints, without the pid and without " (INJECTED)"
"""
import os, re, struct, subprocess, sys, tempfile

BASE = 0x10000000
memory = bytearray()
cases = []
NUMBERS = {}
here = os.path.dirname(os.path.abspath(__file__))
for line in open(os.path.join(here, os.environ.get('ABI','../../../plugins/LinuxAbi/Abi/linux-x86_64.abi'))):
    found = re.match(r'(\d+)\s+(\w+)', line)
    if found:
        NUMBERS[found[2]] = int(found[1])


def mem(data, align=16):
    """Puts bytes into the program's memory and answers their address."""
    while len(memory) % align:
        memory.append(0xEE)
    address = BASE + len(memory)
    memory.extend(data)
    return address



def text(s):
    return mem((s if isinstance(s, bytes) else s.encode()) + b"\0")


def words(form, *values):
    return mem(struct.pack('<' + form, *values))


def call(name, *args, result=0):
    """A call with its result; negative results are errors."""
    number = NUMBERS[name] if isinstance(name, str) else name
    args = [a & 0xFFFFFFFFFFFFFFFF for a in args]
    cases.append((number, args + [0] * (6 - len(args)), result))


exec(open(os.path.join(here, 'cases.py')).read())

PROGRAM = r'''
static long make(const long *c){long r;register long r10 asm("r10")=c[4],r8 asm("r8")=c[5],r9 asm("r9")=c[6];
asm volatile("syscall":"=a"(r):"a"(c[0]),"D"(c[1]),"S"(c[2]),"d"(c[3]),"r"(r10),"r"(r8),"r"(r9):"rcx","r11","memory");return r;}
__attribute__((section(".blob"))) unsigned char blob[] = {%s};
long calls[][7] = {%s};
void _start(void){for(unsigned i=0;i<%d;i++)make(calls[i]);__builtin_trap();}
'''


def record(result, group):
    with tempfile.TemporaryDirectory() as folder:
        calls = ','.join('{' + ','.join(f'0x{v:x}L' for v in [n, *a]) + '}' for n, a, _ in group)
        open(f'{folder}/p.c', 'w').write(PROGRAM % (','.join(map(str, memory)), calls, len(group)))
        subprocess.run(['gcc', '-O1', '-nostdlib', '-static', '-fno-stack-protector', f'-Wl,--section-start=.blob=0x{BASE:x}', '-o', f'{folder}/p', f'{folder}/p.c'], check=True)
        inject = f'retval={result}' if result >= 0 else f'error={-result}'
        subprocess.run(['strace', '-a', '1', '-o', f'{folder}/out', '-e', f'inject=all:{inject}', f'{folder}/p'], stderr=subprocess.DEVNULL, env={'TZ': 'UTC'})
        lines = open(f'{folder}/out', errors='surrogateescape').read().split('\n')[1:]
        lines = [l for l in lines if '(INJECTED)' in l]
        if len(lines) != len(group):
            sys.exit(f'{len(lines)} lines for {len(group)} calls with the result {result}:\n' + '\n'.join(lines))
        return [l.replace(' (INJECTED)', '') for l in lines]


lines = {}
for result in sorted({c[2] for c in cases}):
    group = [(i, c) for i, c in enumerate(cases) if c[2] == result]
    for (i, _), line in zip(group, record(result, [c for _, c in group])):
        lines[i] = line

out = [f'# Recorded by record.py with {subprocess.run(["strace", "--version"], capture_output=True, text=True).stdout.split(chr(10))[0]}.']
for offset in range(0, len(memory), 4096):
    out.append(f'M {BASE + offset:x} {bytes(memory[offset:offset + 4096]).hex()}')
for i, (number, args, result) in enumerate(cases):
    out.append(f'C {number} ' + ' '.join(f'{a:x}' for a in args) + f' {result}')
    out.append('E ' + lines[i])
open(os.path.join(here, 'calls.golden'), 'w').write('\n'.join(out) + '\n')
print(len(cases), 'cases')
