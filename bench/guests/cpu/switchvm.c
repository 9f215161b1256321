/* A machine of registers for byte code, a switch in a loop, running a program that counts the steps of Collatz's sequences. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum { SET, MOVE, ADD, ADDI, MUL, SHIFT, AND, LESS, JUMP, JUMPZ, JUMPNZ, LOAD, STORE, XOR, HALT };
struct instruction { uint8_t code, a, b, c; int32_t value; };

static uint64_t memory[256];

static uint64_t run(const struct instruction *program, uint64_t limit)
{
    uint64_t r[16] = { 0 };
    r[15] = limit;
    for (const struct instruction *at = program;; at++) {
        switch (at->code) {
            case SET: r[at->a] = (uint64_t)(int64_t)at->value; break;
            case MOVE: r[at->a] = r[at->b]; break;
            case ADD: r[at->a] = r[at->b] + r[at->c]; break;
            case ADDI: r[at->a] = r[at->b] + (uint64_t)(int64_t)at->value; break;
            case MUL: r[at->a] = r[at->b] * r[at->c]; break;
            case SHIFT: r[at->a] = r[at->b] >> at->value; break;
            case AND: r[at->a] = r[at->b] & (uint64_t)at->value; break;
            case LESS: r[at->a] = r[at->b] < r[at->c]; break;
            case JUMP: at = program + at->value - 1; break;
            case JUMPZ: if (r[at->a] == 0) at = program + at->value - 1; break;
            case JUMPNZ: if (r[at->a] != 0) at = program + at->value - 1; break;
            case LOAD: r[at->a] = memory[r[at->b] & 255]; break;
            case STORE: memory[r[at->b] & 255] = r[at->a]; break;
            case XOR: r[at->a] = r[at->b] ^ r[at->c]; break;
            default: return r[0];
        }
    }
}

int main(int argc, char **argv)
{
    /* r0 sum, r1 number, r2 the sequence's current one, r3 its steps, r4 three, r5 for the moment, r6 one, r15 the limit */
    static const struct instruction program[] = {
        { SET, 4, 0, 0, 3 }, { SET, 1, 0, 0, 1 }, { SET, 6, 0, 0, 1 },
        /*  3, for each number */ { MOVE, 2, 1, 0, 0 }, { SET, 3, 0, 0, 0 },
        /*  5, until it is one */ { XOR, 5, 2, 6, 0 }, { JUMPZ, 5, 0, 0, 15 }, { AND, 5, 2, 0, 1 }, { JUMPNZ, 5, 0, 0, 11 },
        /*  9, even */ { SHIFT, 2, 2, 0, 1 }, { JUMP, 0, 0, 0, 13 },
        /* 11, odd */ { MUL, 2, 2, 4, 0 }, { ADDI, 2, 2, 0, 1 },
        /* 13 */ { ADDI, 3, 3, 0, 1 }, { JUMP, 0, 0, 0, 5 },
        /* 15, count how many have so many steps */ { LOAD, 5, 3, 0, 0 }, { ADDI, 5, 5, 0, 1 }, { STORE, 5, 3, 0, 0 },
        /* 18 */ { ADD, 0, 0, 3, 0 }, { ADDI, 1, 1, 0, 1 }, { LESS, 5, 1, 15, 0 }, { JUMPNZ, 5, 0, 0, 3 }, { HALT, 0, 0, 0, 0 },
    };
    uint64_t sum = run(program, argc > 1 ? strtoull(argv[1], 0, 10) : 100000);
    for (int i = 0; i < 256; i++)
        sum = sum * 31 + memory[i];
    printf("%llu\n", (unsigned long long)sum);
}
