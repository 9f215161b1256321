// Asks for the system's name; ends with 1 where that fails.
#include <sys/utsname.h>

int main(void)
{
    struct utsname name;
    return uname(&name) != 0;
}
