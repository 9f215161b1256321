/* A byte-code machine: an indirect jump for each operation, as interpreters written in C have it. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum { PUSH, ADD, SUB, DUP, SWAP, MUL, JNZ, LOAD, STORE, HALT };

static int64_t run(const uint8_t *code, int64_t count)
{
    static void *labels[] = { &&push, &&add, &&sub, &&dup, &&swap, &&mul, &&jnz, &&load, &&store, &&halt };
    int64_t stack[32], slots[4] = { count, 0, 0, 0 };
    int64_t *top = stack;
    const uint8_t *at = code;
#define NEXT goto *labels[*at++]
    NEXT;
push:  *++top = *at++; NEXT;
add:   top[-1] += top[0]; top--; NEXT;
sub:   top[-1] -= top[0]; top--; NEXT;
dup:   top[1] = top[0]; top++; NEXT;
swap:  { int64_t t = top[0]; top[0] = top[-1]; top[-1] = t; } NEXT;
mul:   top[-1] = (int64_t)((uint64_t)top[-1] * (uint64_t)top[0]); top--; NEXT;
jnz:   at = *top-- ? code + *at : at + 1; NEXT;
load:  *++top = slots[*at++]; NEXT;
store: slots[*at++] = *top--; NEXT;
halt:  return slots[1];
}

int main(int argc, char **argv)
{
    static const uint8_t program[] = {
        LOAD, 1, PUSH, 31, MUL, LOAD, 0, ADD, STORE, 1,
        LOAD, 0, PUSH, 1, SUB, DUP, STORE, 0, JNZ, 0,
        HALT,
    };
    printf("%lld\n", (long long)run(program, argc > 1 ? atol(argv[1]) : 2500000));
}
