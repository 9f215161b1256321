# gdb: a breakpoint, steps, registers, memory, a signal and the stack behind it.
dir=$(mktemp -d)
cd "$dir" || exit 1
cat > prog.c <<'C'
#include <stdlib.h>
static int value = 3;
static int deep(int n) { if (n == 0) abort(); return deep(n - 1) + 1; }
int main(void)
{
    value += 4;
    value *= 2;
    return deep(value / 7);
}
C
gcc -g -O0 -o prog prog.c || exit 1
gdb -batch -nx -ex 'set startup-with-shell off' -ex 'set disable-randomization on' -ex 'break main' -ex run -ex next -ex 'print value' \
  -ex 'set var value = 14' -ex 'break deep if n == 1' -ex continue -ex 'info args' -ex 'stepi' -ex 'print $cs' -ex 'delete' -ex continue -ex 'bt -4' ./prog 2>/dev/null |
  grep -v 'libthread_db\|^\[\|^warning' | sed -E 's/0x[0-9a-f]+/ADDRESS/g'
rm -r "$dir"
