using System.Globalization;
using System.Text;
using Kpio.Contracts.Platform;
using Kpio.Contracts.Process;
using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;
using Kpio.Plugins.Vfs.OpenFiles.Leases;
using Kpio.Plugins.Vfs.OpenFiles.Locks;

namespace Kpio.Plugins.Vfs.FileSystems.Proc;

/// <summary>A file of /proc that belongs to no process.</summary>
/// <param name="Parent">The index of its directory.</param>
/// <param name="Name">Its name.</param>
/// <param name="Kind">Its type.</param>
/// <param name="Permissions">Its permission bits.</param>
/// <param name="Target">A link's target.</param>
internal sealed record SystemFile(int Parent, string Name, FileKind Kind = FileKind.Regular, uint Permissions = 0x124, string? Target = null);

/// <summary>The files of /proc that belong to no process. A file's index in the table, from 1, is its node.</summary>
internal sealed class SystemFiles
{
    /// <summary>Stands for the process that looks.</summary>
    public const string SelfTarget = "self";

    /// <summary>Stands for the thread that looks.</summary>
    public const string ThreadSelfTarget = "thread-self";

    private const int Sys = 2;
    private const int Kernel = 3;
    private const int Random = 4;
    private const int Vm = 5;
    private const int Fs = 6;

    private static readonly SystemFile[] Table =
    [
        new(1, string.Empty, FileKind.Directory, 0x16D),
        new(1, "sys", FileKind.Directory, 0x16D),
        new(Sys, "kernel", FileKind.Directory, 0x16D),
        new(Kernel, "random", FileKind.Directory, 0x16D),
        new(Sys, "vm", FileKind.Directory, 0x16D),
        new(Sys, "fs", FileKind.Directory, 0x16D),
        new(1, "self", FileKind.SymbolicLink, 0x1FF, SelfTarget),
        new(1, "thread-self", FileKind.SymbolicLink, 0x1FF, ThreadSelfTarget),
        new(1, "mounts", FileKind.SymbolicLink, 0x1FF, "self/mounts"),
        new(1, "cmdline"),
        new(1, "cpuinfo"),
        new(1, "filesystems"),
        new(1, "loadavg"),
        new(1, "meminfo"),
        new(1, "stat"),
        new(1, "swaps"),
        new(1, "uptime"),
        new(1, "version"),
        new(Kernel, "ostype"),
        new(Kernel, "osrelease"),
        new(Kernel, "version"),
        new(Kernel, "hostname"),
        new(Kernel, "domainname"),
        new(Kernel, "pid_max"),
        new(Kernel, "threads-max"),
        new(Kernel, "cap_last_cap"),
        new(Kernel, "ngroups_max"),
        new(Kernel, "overflowuid"),
        new(Kernel, "overflowgid"),
        new(Kernel, "randomize_va_space"),
        new(Random, "uuid"),
        new(Random, "boot_id"),
        new(Random, "entropy_avail"),
        new(Random, "poolsize"),
        new(Vm, "overcommit_memory"),
        new(Vm, "max_map_count"),
        new(Vm, "mmap_min_addr"),
        new(Fs, "file-max"),
        new(Fs, "nr_open"),
        new(Fs, "pipe-max-size"),
        new(1, "locks"),
        new(1, "net", FileKind.SymbolicLink, 0x1FF, "self/net"),
        new(Fs, "lease-break-time"),
        new(Fs, "leases-enable"),
        new(Fs, "dir-notify-enable"),
    ];

    private readonly VfsCore _core;
    private readonly MachineOptions _options;
    public SystemFiles(VfsCore core)
    {
        _core = core;
        _options = core.Services.Options;
    }

    /// <summary>random/boot_id, once somebody has read it. It is drawn then and not before: keeping the machine must draw no random numbers.</summary>
    public string? SeenBootId { get; set; }

    private string BootId => SeenBootId ??= NewUuid();

    public static SystemFile? Find(int index) => index >= 1 && index <= Table.Length ? Table[index - 1] : null;

    /// <summary>The index of a name in a directory, or 0.</summary>
    public static int IndexOf(int directory, ReadOnlySpan<byte> name)
    {
        for (int i = 1; i < Table.Length; i++)
        {
            if (Table[i].Parent == directory && ByteSearch.Equals(name, Table[i].Name))
                return i + 1;
        }

        return 0;
    }

    public Result<byte[]> Generate(int index)
    {
        if (Find(index) is not { Kind: FileKind.Regular } file)
            return Errno.EINVAL;
        var text = new ByteText();
        if (file.Parent == 1)
            WriteTop(file.Name, text);
        else
            text.Add(Setting(file)).Add("\n");
        return text.ToArray();
    }

    private void WriteTop(string name, ByteText text)
    {
        switch (name)
        {
            case "cmdline":
                text.Add("\n");
                break;
            case "cpuinfo":
                WriteProcessors(text);
                break;
            case "filesystems":
                text.Add("nodev\tsysfs\nnodev\ttmpfs\nnodev\tproc\nnodev\tdevtmpfs\nnodev\tdevpts\nnodev\toverlay\n");
                break;
            case "loadavg":
                WriteLoad(text);
                break;
            case "meminfo":
                WriteMemory(text);
                break;
            case "stat":
                WriteStatistics(text);
                break;
            case "swaps":
                text.Add("Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n");
                break;
            case "uptime":
                long uptime = _core.Services.Clock.Now(ClockId.CLOCK_BOOTTIME).ValueOrDefault;
                text.Add(Hundredths(uptime)).Add(" ").Add(Hundredths(IdleNanoseconds(uptime))).Add("\n");
                break;
            case "locks":
                WriteLocks(text);
                break;
            case "version":
                text.Add($"{_options.SystemName} version {_options.Release} (kpio@kpio) {_options.KernelVersion}\n");
                break;
        }
    }

    private string Setting(SystemFile file) => (file.Parent, file.Name) switch
    {
        (Kernel, "ostype") => _options.SystemName,
        (Kernel, "osrelease") => _options.Release,
        (Kernel, "version") => _options.KernelVersion,
        (Kernel, "hostname") => _options.HostName,
        (Kernel, "domainname") => "(none)",
        (Kernel, "pid_max") => "4194304",
        (Kernel, "threads-max") => "4194304",
        (Kernel, "cap_last_cap") => "40",
        (Kernel, "ngroups_max") => "65536",
        (Kernel, "overflowuid" or "overflowgid") => "65534",
        (Kernel, "randomize_va_space") => _options.RandomizeAddresses ? "2" : "0",
        (Random, "uuid") => NewUuid(),
        (Random, "boot_id") => BootId,
        (Random, "entropy_avail" or "poolsize") => "256",
        (Vm, "overcommit_memory") => "0",
        (Vm, "max_map_count") => "65530",
        (Vm, "mmap_min_addr") => "65536",
        (Fs, "pipe-max-size") => "1048576",
        (Fs, "lease-break-time") => $"{FileLeases.BreakSeconds}",
        (Fs, "leases-enable" or "dir-notify-enable") => "1",
        (Fs, "nr_open") => "1048576",
        _ => "9223372036854775807",
    };

    private string NewUuid()
    {
        Span<byte> bytes = stackalloc byte[16];
        _core.Services.Entropy.Fill(bytes);

        // Version 4, variant 1 (RFC 4122).
        bytes[6] = (byte)((bytes[6] & 0x0F) | 0x40);
        bytes[8] = (byte)((bytes[8] & 0x3F) | 0x80);
        return new Guid(bytes, true).ToString("D");
    }

    private void WriteProcessors(ByteText text)
    {
        // What the emulated processor's CPUID says, in Linux's order.
        bool hasAvx = _options.Cpu >= CpuModel.V3;
        bool hasCrypto = _options.Cpu == CpuModel.Max;
        string flags = "fpu tsc cx8 cmov clflush mmx fxsr sse sse2 syscall nx rdtscp lm constant_tsc nonstop_tsc cpuid pni "
            + (hasCrypto ? "pclmulqdq " : "") + "ssse3 " + (hasAvx ? "fma " : "") + "cx16 sse4_1 sse4_2 " + (hasAvx ? "movbe " : "") + "popcnt "
            + (hasCrypto ? "aes " : "") + "xsave " + (hasAvx ? "avx f16c " : "") + "rdrand hypervisor lahf_lm " + (hasAvx ? "abm " : "") + "3dnowprefetch "
            + (hasAvx ? "bmi1 avx2 bmi2 " : "") + "rdseed" + (hasCrypto ? " sha_ni" : "");
        string model = _options.Cpu switch { CpuModel.V2 => "x86-64-v2", CpuModel.V3 => "x86-64-v3", _ => "x86-64-v3, AES, SHA" };
        for (int i = 0; i < _options.Cpus; i++)
        {
            text.Add($"processor\t: {i}\nvendor_id\t: AuthenticAMD\ncpu family\t: 25\nmodel\t\t: 1\n");
            text.Add($"model name\t: KPIO virtual processor ({model})\nstepping\t: 0\ncpu MHz\t\t: 1000.000\ncache size\t: 512 KB\n");
            text.Add($"physical id\t: 0\nsiblings\t: {_options.Cpus}\ncore id\t\t: {i}\ncpu cores\t: {_options.Cpus}\napicid\t\t: {i}\ninitial apicid\t: {i}\n");
            text.Add($"fpu\t\t: yes\nfpu_exception\t: yes\ncpuid level\t: 13\nwp\t\t: yes\nflags\t\t: {flags}\nbugs\t\t:\nbogomips\t: 2000.00\n");
            text.Add("clflush size\t: 64\ncache_alignment\t: 64\naddress sizes\t: 48 bits physical, 48 bits virtual\npower management:\n\n");
        }
    }

    private void WriteMemory(ByteText text)
    {
        long total = _options.MemoryBytes / 1024;
        long used = _core.Services.PhysicalMemory is { } memory ? memory.UsedFrames * 4 : 0;
        long free = Math.Max(0, total - used);
        (string Name, long Value)[] lines =
        [
            ("MemTotal", total), ("MemFree", free), ("MemAvailable", free), ("Buffers", 0), ("Cached", 0), ("SwapCached", 0),
            ("Active", used), ("Inactive", 0), ("SwapTotal", 0), ("SwapFree", 0), ("Dirty", 0), ("Writeback", 0), ("AnonPages", used),
            ("Mapped", 0), ("Shmem", 0), ("Slab", 0), ("SReclaimable", 0), ("SUnreclaim", 0), ("PageTables", 0),
            ("CommitLimit", total / 2), ("Committed_AS", used), ("VmallocTotal", 34359738367), ("VmallocUsed", 0), ("VmallocChunk", 0),
        ];
        foreach ((string name, long value) in lines)
            text.Add($"{name + ":",-16}{value,8} kB\n");
    }

    private void WriteStatistics(ByteText text)
    {
        long uptime = _core.Services.Clock.Now(ClockId.CLOCK_BOOTTIME).ValueOrDefault;
        long realtime = _core.Services.Clock.Now(ClockId.CLOCK_REALTIME).ValueOrDefault;
        long idle = IdleNanoseconds(uptime) / 10_000_000;
        long busy = Math.Max(0, uptime / 10_000_000 * _options.Cpus - idle);
        text.Add($"cpu  {busy} 0 0 {idle} 0 0 0 0 0 0\n");
        for (int i = 0; i < _options.Cpus; i++)
            text.Add($"cpu{i} {busy / _options.Cpus} 0 0 {idle / _options.Cpus} 0 0 0 0 0 0\n");
        (int running, int all) = Count();
        text.Add($"intr 0\nctxt 0\nbtime {(realtime - uptime) / 1_000_000_000}\nprocesses {all}\nprocs_running {running}\nprocs_blocked 0\n");
    }

    private void WriteLoad(ByteText text)
    {
        (int running, int all) = Count();
        int last = 0;
        foreach (GuestTask task in _core.Services.Tasks.All)
            last = Math.Max(last, task.Tid);
        text.Add($"0.00 0.00 0.00 {running}/{all} {last}\n");
    }

    private (int Running, int All) Count()
    {
        int running = 0;
        int all = 0;
        foreach (GuestTask task in _core.Services.Tasks.All)
        {
            all++;
            if (task.State == TaskState.Runnable)
                running++;
        }

        return (running, all);
    }

    /// <summary>The idle time of all processors that the machine shows: one runs tasks, the others never do. It never goes back.</summary>
    private long IdleNanoseconds(long uptime) => _core.Services.Clock.Now(ClockId.IdleTime).ValueOrDefault + (uptime * (_options.Cpus - 1));

    private static string Hundredths(long nanoseconds) =>
        string.Create(CultureInfo.InvariantCulture, $"{nanoseconds / 1_000_000_000}.{nanoseconds / 10_000_000 % 100:D2}");

    private void WriteLocks(ByteText text)
    {
        int number = 0;
        foreach ((LockedNode node, FileLock held) in _core.Locks.All)
        {
            string kind = held.Kind switch
            {
                LockKind.Whole => "FLOCK ",
                LockKind.Record => "POSIX ",
                _ => "OFDLCK",
            };
            ulong device = node.Mount?.ShownDevice ?? 0;
            ulong major = (device >> 8) & 0xFFF;
            ulong minor = (device & 0xFF) | ((device >> 12) & ~0xFFUL);
            ulong inode = node.Mount?.Tree.GetAttributes(node.Node).ValueOrDefault.Inode ?? node.Unnamed;
            string end = held.End == long.MaxValue ? "EOF" : held.End.ToString(CultureInfo.InvariantCulture);
            text.Add($"{++number}: {kind} ADVISORY  {(held.IsExclusive ? "WRITE" : "READ ")} {held.Pid} {major:x2}:{minor:x2}:{inode} {held.Start} {end}\n");
        }
    }
}
