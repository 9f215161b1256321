using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

[assembly: DisableRuntimeMarshalling]

namespace Kpio.Platform.Host.Linux;

/// <summary>The functions of the C library that the host needs on Linux. Blittable signatures only, so that they are compiled ahead of time.</summary>
internal static unsafe partial class LibC
{
    // The base library's own, which is loaded already and depends on the C library: dlsym(3) looks in what a library depends on too. For "libc" the
    // runtime tries ten other names first, at each start.
    private const string Library = "libSystem.Native";

    public const int AT_FDCWD = -100;
    public const int AT_SYMLINK_NOFOLLOW = 0x100;
    public const int AT_REMOVEDIR = 0x200;
    public const int AT_EMPTY_PATH = 0x1000;

    public const int O_WRONLY = 1;
    public const int O_RDWR = 2;
    public const int O_ACCMODE = 3;
    public const int O_CREAT = 0x40;
    public const int O_EXCL = 0x80;
    public const int O_NOCTTY = 0x100;
    public const int O_TRUNC = 0x200;
    public const int O_NONBLOCK = 0x800;
    public const int O_CLOEXEC = 0x80000;
    public const int O_PATH = 0x200000;

    // O_DIRECTORY and O_NOFOLLOW have other values on Arm than on x86 (asm/fcntl.h).
    public static int O_DIRECTORY => IsArm ? 0x4000 : 0x10000;
    public static int O_NOFOLLOW => IsArm ? 0x8000 : 0x20000;

    public const short POLLIN = 1;
    public const short POLLOUT = 4;
    public const short POLLERR = 8;
    public const short POLLHUP = 0x10;

    public const int EINTR = 4;
    public const int EAGAIN = 11;
    public const int ENOSYS = 38;
    public const int EOPNOTSUPP = 95;

    public const int SIGKILL = 9;
    public const short POSIX_SPAWN_SETSID = 0x80;

    public const int F_GETFL = 3;
    public const int RWF_NOWAIT = 8;

    public const uint MFD_CLOEXEC = 1;
    public const int PROT_READ = 1;
    public const int PROT_WRITE = 2;
    public const int PROT_EXEC = 4;
    public const int MAP_SHARED = 1;

    public const nuint TCGETS = 0x5401;
    public const nuint TCSETS = 0x5402;
    public const nuint TCSETSF = 0x5404;
    public const nuint TIOCGPGRP = 0x540F;
    public const nuint TIOCGWINSZ = 0x5413;

    // openat2(2) is number 437 on every architecture.
    private const nint SYS_openat2 = 437;

    // These have no function in every C library.
    private static nint SYS_getcwd => IsArm ? 17 : 79;
    private static nint SYS_getdents64 => IsArm ? 61 : 217;
    private static nint SYS_preadv2 => IsArm ? 286 : 327;
    private static nint SYS_pwritev2 => IsArm ? 287 : 328;
    private static nint SYS_renameat2 => IsArm ? 276 : 316;
    private static nint SYS_statx => IsArm ? 291 : 332;

    private static bool IsArm => RuntimeInformation.ProcessArchitecture == Architecture.Arm64;

    public static int Openat2(int directory, byte* path, OpenHow* how) =>
        (int)Syscall(SYS_openat2, directory, (nint)path, (nint)how, sizeof(OpenHow), 0, 0);

    /// <summary>getcwd(2): the path's length with its NUL.</summary>
    public static nint Getcwd(byte* buffer, int size) => Syscall(SYS_getcwd, (nint)buffer, size, 0, 0, 0, 0);

    public static nint Getdents64(int directory, byte* buffer, int size) =>
        Syscall(SYS_getdents64, directory, (nint)buffer, size, 0, 0, 0);

    public static nint Preadv2(int fd, IoVector* vectors, int count, long offset, int flags) =>
        Syscall(SYS_preadv2, fd, (nint)vectors, count, (nint)offset, (nint)(offset >> 63), flags);

    public static nint Pwritev2(int fd, IoVector* vectors, int count, long offset, int flags) =>
        Syscall(SYS_pwritev2, fd, (nint)vectors, count, (nint)offset, (nint)(offset >> 63), flags);

    public static int Statx(int directory, byte* path, int flags, uint mask, StatxBuffer* buffer) =>
        (int)Syscall(SYS_statx, directory, (nint)path, flags, (nint)mask, (nint)buffer, 0);

    public static int Renameat2(int sourceDirectory, byte* source, int targetDirectory, byte* target, uint flags) =>
        (int)Syscall(SYS_renameat2, sourceDirectory, (nint)source, targetDirectory, (nint)target, (nint)flags, 0);

    [LibraryImport(Library, EntryPoint = "syscall", SetLastError = true)]
    private static partial nint Syscall(nint number, nint a, nint b, nint c, nint d, nint e, nint f);

    [LibraryImport(Library, EntryPoint = "openat", SetLastError = true)]
    public static partial int Openat(int directory, byte* path, int flags, uint mode);

    [LibraryImport(Library, EntryPoint = "faccessat", SetLastError = true)]
    public static partial int Faccessat(int directory, byte* path, int mode, int flags);

    [LibraryImport(Library, EntryPoint = "getrandom", SetLastError = true)]
    public static partial nint Getrandom(byte* buffer, nuint size, uint flags);

    [LibraryImport(Library, EntryPoint = "geteuid")]
    public static partial uint Geteuid();

    [LibraryImport(Library, EntryPoint = "_exit")]
    public static partial void ExitNow(int code);

    [LibraryImport(Library, EntryPoint = "execve", SetLastError = true)]
    public static partial int Execve(byte* path, byte** arguments, byte** environment);

    [LibraryImport(Library, EntryPoint = "close", SetLastError = true)]
    public static partial int Close(int fd);

    [LibraryImport(Library, EntryPoint = "read", SetLastError = true)]
    public static partial nint Read(int fd, byte* buffer, nuint count);

    [LibraryImport(Library, EntryPoint = "write", SetLastError = true)]
    public static partial nint Write(int fd, byte* buffer, nuint count);

    [LibraryImport(Library, EntryPoint = "pread", SetLastError = true)]
    public static partial nint Pread(int fd, byte* buffer, nuint count, long offset);

    [LibraryImport(Library, EntryPoint = "pwrite", SetLastError = true)]
    public static partial nint Pwrite(int fd, byte* buffer, nuint count, long offset);

    [LibraryImport(Library, EntryPoint = "lseek", SetLastError = true)]
    public static partial long Lseek(int fd, long offset, int whence);

    [LibraryImport(Library, EntryPoint = "fstatfs", SetLastError = true)]
    public static partial int Fstatfs(int fd, StatfsBuffer* buffer);

    [LibraryImport(Library, EntryPoint = "readlinkat", SetLastError = true)]
    public static partial nint Readlinkat(int directory, byte* path, byte* buffer, nuint size);

    [LibraryImport(Library, EntryPoint = "mkdirat", SetLastError = true)]
    public static partial int Mkdirat(int directory, byte* path, uint mode);

    [LibraryImport(Library, EntryPoint = "mknodat", SetLastError = true)]
    public static partial int Mknodat(int directory, byte* path, uint mode, ulong device);

    [LibraryImport(Library, EntryPoint = "symlinkat", SetLastError = true)]
    public static partial int Symlinkat(byte* target, int directory, byte* path);

    [LibraryImport(Library, EntryPoint = "linkat", SetLastError = true)]
    public static partial int Linkat(int sourceDirectory, byte* source, int targetDirectory, byte* target, int flags);

    [LibraryImport(Library, EntryPoint = "unlinkat", SetLastError = true)]
    public static partial int Unlinkat(int directory, byte* path, int flags);

    [LibraryImport(Library, EntryPoint = "fchmod", SetLastError = true)]
    public static partial int Fchmod(int fd, uint mode);

    [LibraryImport(Library, EntryPoint = "fchmodat", SetLastError = true)]
    public static partial int Fchmodat(int directory, byte* path, uint mode, int flags);

    [LibraryImport(Library, EntryPoint = "fchownat", SetLastError = true)]
    public static partial int Fchownat(int directory, byte* path, uint user, uint group, int flags);

    [LibraryImport(Library, EntryPoint = "utimensat", SetLastError = true)]
    public static partial int Utimensat(int directory, byte* path, TimeSpec* times, int flags);

    [LibraryImport(Library, EntryPoint = "futimens", SetLastError = true)]
    public static partial int Futimens(int fd, TimeSpec* times);

    [LibraryImport(Library, EntryPoint = "memfd_create", SetLastError = true)]
    public static partial int MemfdCreate(byte* name, uint flags);

    [LibraryImport(Library, EntryPoint = "mmap", SetLastError = true)]
    public static partial nint Mmap(nint address, nuint length, int protection, int flags, int fd, long offset);

    [LibraryImport(Library, EntryPoint = "munmap", SetLastError = true)]
    public static partial int Munmap(nint address, nuint length);

    [LibraryImport(Library, EntryPoint = "ftruncate", SetLastError = true)]
    public static partial int Ftruncate(int fd, long length);

    [LibraryImport(Library, EntryPoint = "fallocate", SetLastError = true)]
    public static partial int Fallocate(int fd, int mode, long offset, long length);

    [LibraryImport(Library, EntryPoint = "fsync", SetLastError = true)]
    public static partial int Fsync(int fd);

    [LibraryImport(Library, EntryPoint = "poll", SetLastError = true)]
    public static partial int Poll(PollDescriptor* descriptors, nuint count, int timeoutMilliseconds);

    [LibraryImport(Library, EntryPoint = "ppoll", SetLastError = true)]
    public static partial int Ppoll(PollDescriptor* descriptors, nuint count, TimeSpec* timeout, void* signals);

    [LibraryImport(Library, EntryPoint = "ioctl", SetLastError = true)]
    public static partial int Ioctl(int fd, nuint request, void* argument);

    [LibraryImport(Library, EntryPoint = "fcntl", SetLastError = true)]
    public static partial int Fcntl(int fd, int command, nint argument);

    [LibraryImport(Library, EntryPoint = "eventfd", SetLastError = true)]
    public static partial int Eventfd(uint initial, int flags);

    [LibraryImport(Library, EntryPoint = "pipe2", SetLastError = true)]
    public static partial int Pipe2(int* ends, int flags);

    [LibraryImport(Library, EntryPoint = "kill", SetLastError = true)]
    public static partial int Kill(int pid, int signal);

    [LibraryImport(Library, EntryPoint = "waitpid", SetLastError = true)]
    public static partial int Waitpid(int pid, int* status, int options);

    [LibraryImport(Library, EntryPoint = "posix_spawn")]
    public static partial int PosixSpawn(int* pid, byte* path, SpawnObject* actions, SpawnObject* attributes, byte** arguments, byte** environment);

    [LibraryImport(Library, EntryPoint = "posix_spawnattr_init")]
    public static partial int SpawnAttributesInit(SpawnObject* attributes);

    [LibraryImport(Library, EntryPoint = "posix_spawnattr_setflags")]
    public static partial int SpawnAttributesSetFlags(SpawnObject* attributes, short flags);

    [LibraryImport(Library, EntryPoint = "posix_spawnattr_destroy")]
    public static partial int SpawnAttributesDestroy(SpawnObject* attributes);

    [LibraryImport(Library, EntryPoint = "posix_spawn_file_actions_init")]
    public static partial int SpawnActionsInit(SpawnObject* actions);

    [LibraryImport(Library, EntryPoint = "posix_spawn_file_actions_adddup2")]
    public static partial int SpawnActionsAddDup2(SpawnObject* actions, int fd, int newFd);

    [LibraryImport(Library, EntryPoint = "posix_spawn_file_actions_addopen")]
    public static partial int SpawnActionsAddOpen(SpawnObject* actions, int fd, byte* path, int flags, uint mode);

    [LibraryImport(Library, EntryPoint = "posix_spawn_file_actions_destroy")]
    public static partial int SpawnActionsDestroy(SpawnObject* actions);

    [LibraryImport(Library, EntryPoint = "getpgrp")]
    public static partial int Getpgrp();

    [LibraryImport(Library, EntryPoint = "clock_gettime", SetLastError = true)]
    public static partial int ClockGettime(int clock, TimeSpec* time);
}
