# The compiler driver and its processes (cc1, as, collect2, ld), and the programs that they make.
cat > main.c <<'C'
#include <stdio.h>
#include "part.h"
int main(int argc, char **argv) { printf("%d %s\n", part(argc), argv[0]); return part(2); }
C
echo 'int part(int n);' > part.h
printf '#include "part.h"\nint part(int n) { int s = 0; for (int i = 0; i <= n; i++) s += i * i; return s; }\n' > part.c
gcc -O1 -Wall -c main.c && gcc -O1 -c part.c && gcc -o program main.o part.o && ./program a b
echo "exit code $?"
gcc -O1 -shared -fPIC -o libpart.so part.c && gcc -o linked main.c -L. -lpart -Wl,-rpath,'$ORIGIN' && ./linked
echo "exit code $?"
ar rcs libstatic.a part.o && gcc -static -pipe -o whole main.o libstatic.a && ./whole; echo "exit code $?"
printf 'int main(void) { return missing(1) }\n' > bad.c
gcc -c bad.c; echo "exit code $?"
gcc -o bad main.c 2>&1 | sed 's/\/tmp\/cc[^:]*/OBJECT/'
nm part.o; size program | tail -1; objdump -d part.o | tail -3
