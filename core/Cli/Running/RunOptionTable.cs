using System.Globalization;
using Kpio.Cli.Checkpointing;
using Kpio.Cli.Swapping;
using Kpio.Contracts.Platform;
using Kpio.Contracts.Process;
using Kpio.Kernel;
using Kpio.Platform.Host;

namespace Kpio.Cli.Running;

/// <summary>Every option of <c>kpio run</c>.</summary>
internal static class RunOptionTable
{
    public static RunOption[] All { get; } =
    [
        new("root", OptionValue.Required, "host|empty|DIR|TAR", "The guest's file tree. host (default): this machine's, readable, with changes kept in memory; without its /proc, /sys, /dev and home directory, but with the working directory and the program. empty: nothing. Or a directory, or an archive, with changes kept in memory.", (o, v) => o.Root = v),
        new("mount", OptionValue.Repeated, "[TYPE[,OPTION=VALUE]:]SRC:DST[:ro|rw]", "Mount SRC of this machine at DST, read-only unless :rw is said; or a file system of TYPE, as in tmpfs,size=4m::/scratch:rw, or one on another, as in sealed+host:./vault:/vault.", (o, v) => o.Mounts.Add(MountArgument.Parse(v))),
        new("user", OptionValue.Required, "UID[:GID]", "User and group ids of the program (default 0:0).", ApplyUser),
        new("cwd", OptionValue.Required, "DIR", "The working directory (default: this one with --root host, else /).", (o, v) => o.WorkingDirectory = v),
        new("env", OptionValue.Repeated, "NAME=VALUE", "Set a variable of the program; NAME alone passes this machine's on. With --root host all of them are passed on, else PATH, HOME and TERM.", ApplyEnvironment),
        new("uname-release", OptionValue.Required, "RELEASE", "The kernel release that uname tells (default 6.1.0-kpio).", (o, v) => o.Release = v),
        new("pids-max", OptionValue.Required, "N", "How many tasks there may be at once: more are refused with EAGAIN.", (o, v) => o.MaximumTasks = ParseCount(v)),
        new("memory", OptionValue.Required, "SIZE", "Physical memory of the machine: 512M, 4G (default).", (o, v) => o.MemoryBytes = ParseMemory(v)),
        new("abi", OptionValue.Required, "NAME|PATH", "The system call interface: linux (default), kpio-tier-a, or a plugin that layers on linux: an assembly, or one .cs file. Tiers may follow behind colons: linux:A+B:variant.cs.", AbiPart.Apply),
        new("tier", OptionValue.Repeated, "A|A+B|+N,-N|NAME|PATH", "Only system calls of these tiers, plus and minus single ones by number or name, all else being ENOSYS; or a variant by its name or file. Several lie on one another in their order.", (o, v) => o.Tiers.Add(AbiPart.ReadTier(v))),
        new("plugin", OptionValue.Repeated, "PATH", "Load a plugin: an assembly, or one .cs file, which is compiled in memory.", (o, v) => o.Plugins.Add(v)),
        new("trace", OptionValue.Optional, "FILE", "Trace system calls to stderr, or to FILE.", ApplyTrace),
        new("linux-trace", OptionValue.Optional, "FILE", "The same as --trace.", ApplyTrace),
        new("trace-format", OptionValue.Required, "FORMAT", "kpio (default), strace (as strace -f, or -f -o with a FILE), json or normalized.", (o, v) => o.TraceFormat = v),
        new("trace-filter", OptionValue.Required, "SET", "Trace these calls only: names and classes as in strace -e trace=.", (o, v) => o.TraceFilter = v),
        new("inject", OptionValue.Repeated, "SET:error=ERRNO[:when=N+]", "Inject a fault into system calls, as strace --inject: SET is one of --trace-filter, behind it error=, retval=, signal=, syscall=, delay_enter=, delay_exit= and when=FIRST[..LAST][+[STEP]], parted by colons.", (o, v) => o.Injections.Add(InjectionArgument.Parse(v))),
        new("stats", OptionValue.None, "", "Print how often each system call was made to stderr at the end.", (o, v) => o.Statistics = IsOn(v)),
        new("json", OptionValue.None, "", "Print --stats as JSON.", (o, v) => o.Json = IsOn(v)),
        new("engine", OptionValue.Required, "auto|interpreter|translator", "How code is run: by the interpreter (auto, for now), or what is executed often as machine code of this host (translator; x64 Linux). Output, traces and cycles do not depend on it.", ApplyEngine),
        new("cpu", OptionValue.Required, "v2|v3|max", "The processor's instruction set: v2 (default), x86-64-v2; v3, x86-64-v3 with AVX2, FMA and BMI; max, v3 with AES, PCLMULQDQ and SHA.", ApplyCpu),
        new("cpus", OptionValue.Required, "N", "Virtual processors: this version has one.", (_, v) => RequireOneOf(v, "1")),
        new("timing", OptionValue.Required, "none", "The timing model: this version has none, one cycle per instruction.", (_, v) => RequireOneOf(v, "none")),
        new("clock", OptionValue.Required, "host|virtual", "Where time comes from: this machine (default), or the cycle count, which jumps while all tasks sleep.", ApplyClock),
        new("deterministic", OptionValue.None, "", "Time, random numbers and order depend on --seed and the program alone.", (o, v) => o.Deterministic = IsOn(v)),
        new("scheduler", OptionValue.Required, "round-robin|chaos", "The order of tasks: round-robin (default), or chaos, which draws tasks, time slices and priorities at random from --seed, to find races; with --deterministic each seed is one order.", ApplyScheduler),
        new("seed", OptionValue.Required, "N", "The seed of --deterministic and of --scheduler chaos (default 0).", ApplySeed),
        new("timeout", OptionValue.Required, "SECONDS", "End the machine after this time, with exit code 124.", ApplyTimeout),
        new("core", OptionValue.Required, "DIR", "Write a core file DIR/core.PID of each process that a signal such as SIGSEGV ends.", (o, v) => o.CoreFolder = v),
        new("gdb", OptionValue.Required, "PORT|SOCKET", "Wait at the program's entry for gdb (target remote) on a TCP port of the loopback address, 0 for any, or on a socket. When gdb detaches or its connection is lost the program runs on.", (o, v) => o.Gdb = v),
        new("swap", OptionValue.Repeated, "after=Nsyscalls:NAME=PATH[,...]", "Replace plugins after N system calls, several of them together: by an assembly, a .cs file, or builtin.", (o, v) => o.Swaps.Add(ScheduledSwap.Parse(v))),
        new("swap-every", OptionValue.Required, "N", "Replace every plugin by a new generation of itself each N system calls, for tests.", (o, v) => o.SwapEvery = ScheduledSwap.ParseCalls(v)),
        new("checkpoint", OptionValue.Repeated, "after=Nsyscalls:FILE", "Write the machine into FILE after N system calls, and go on; kpio restore FILE goes on from there.", (o, v) => o.Checkpoints.Add(ScheduledCheckpoint.Parse(v))),
        new("checkpoint-stop", OptionValue.None, "", "End the run when its first checkpoint is written, with exit code 0.", (o, v) => o.EndsAtCheckpoint = IsOn(v)),
        new("control", OptionValue.Optional, "SOCKET", "Listen on a socket for kpio swap and others, for this user alone. Without =SOCKET, or a name that ends in .sock, it gets a name by the process, which --pid finds.", (o, v) => o.Control = v is "0" or "false" or "no" or "off" ? null : v is "1" or "true" or "yes" or "on" ? "" : v) { ValueEnding = ".sock" },
        new("watch", OptionValue.None, "", "Replace a plugin that came from a file when the file changes; a .cs file is compiled. What does not compile is shown, and the plugin stays.", (o, v) => o.WatchesPlugins = IsOn(v)),
        new("shadow", OptionValue.Required, "NAME|PATH|NAME=PATH", "Run deterministically, and have a second machine do the same with another system call interface, or another plugin as in kpio swap (vfs=PATH); where its calls answer otherwise, say so (docs/sandbox.md).", (o, v) => o.Shadow = v.Length > 0 ? v : throw new UsageException("it is empty")),
        new("shadow-on-diff", OptionValue.Required, "report|stop", "What happens where the shadow differs: a report (default), after which it starts from the live state again, or the end of the run.", (o, v) => o.ShadowStops = v == "stop" || (v == "report" ? false : throw new UsageException($"'{v}' is neither report nor stop"))),
        new("shadow-every", OptionValue.Required, "N", "How many system calls the shadow does from one state before it starts from the live one again (default 1000).", (o, v) => o.ShadowEvery = ParseCount(v)),
        new("verbose", OptionValue.None, "", "Print KPIO's own log to stderr.", (o, v) => o.Verbose = IsOn(v)),
    ];

    public static RunOption? Find(ReadOnlySpan<char> name)
    {
        foreach (RunOption option in All)
        {
            if (name.SequenceEqual(option.Name))
                return option;
        }

        return null;
    }

    private static bool IsOn(string value) => value switch
    {
        "" or "1" or "true" or "yes" or "on" => true,
        "0" or "false" or "no" or "off" => false,
        _ => throw new UsageException($"'{value}' is neither true nor false"),
    };

    private static void RequireOneOf(string value, params ReadOnlySpan<string> known)
    {
        if (!known.Contains(value))
            throw new UsageException($"'{value}' cannot be had in this version: it has {string.Join(", ", known.ToArray())}");
    }

    private static void ApplyUser(RunOptions options, string value)
    {
        int colon = value.IndexOf(':', StringComparison.Ordinal);
        string user = colon < 0 ? value : value[..colon];
        if (!uint.TryParse(user, NumberStyles.None, CultureInfo.InvariantCulture, out uint uid))
            throw new UsageException($"'{user}' is no user id: use numbers, UID or UID:GID");
        uint gid = uid;
        if (colon >= 0 && !uint.TryParse(value.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out gid))
            throw new UsageException($"'{value[(colon + 1)..]}' is no group id: use numbers, UID or UID:GID");
        (options.User, options.Group) = (uid, gid);
    }

    private static void ApplyEnvironment(RunOptions options, string value)
    {
        int equals = value.IndexOf('=', StringComparison.Ordinal);
        if (equals == 0 || value.Length == 0)
            throw new UsageException($"'{value}' has no name: use NAME=VALUE");
        options.Environment.Add(equals < 0
            ? new VariableChoice(value, Environment.GetEnvironmentVariable(value))
            : new VariableChoice(value[..equals], value[(equals + 1)..]));
    }

    private static long ParseMemory(string value)
    {
        const long Least = 8L << 20;
        const long Most = 1L << 40;
        int shift = value.Length == 0 ? 0 : char.ToUpperInvariant(value[^1]) switch { 'K' => 10, 'M' => 20, 'G' => 30, 'T' => 40, _ => 0 };
        ReadOnlySpan<char> digits = shift == 0 ? value : value.AsSpan(0, value.Length - 1);
        if (!long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out long number) || number > Most >> shift)
            throw new UsageException($"'{value}' is no size up to 1T: use a number with K, M or G");
        long bytes = (number << shift) & ~4095L;
        return bytes >= Least ? bytes : throw new UsageException($"'{value}' is too little: a machine needs at least 8M");
    }

    private static int ParseCount(string value) =>
        int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out int count) && count > 0
            ? count
            : throw new UsageException($"'{value}' is no number of tasks: use 1 or more");

    private static void ApplyTrace(RunOptions options, string value)
    {
        // In the environment and the configuration file a truth value turns it on and off; anything else is the file.
        options.Trace = value is not ("0" or "false" or "no" or "off");
        options.TraceFile = value is "" or "0" or "1" or "true" or "yes" or "on" or "false" or "no" or "off" ? null : value;
    }

    private static void ApplyCpu(RunOptions options, string value) => options.Cpu = value switch
    {
        "v2" => CpuModel.V2,
        "v3" => CpuModel.V3,
        "max" => CpuModel.Max,
        _ => throw new UsageException($"'{value}' is no processor: use v2, v3 or max"),
    };

    private static void ApplyClock(RunOptions options, string value) => options.Clock = value switch
    {
        "host" => ClockSource.Host,
        "virtual" => ClockSource.Virtual,
        _ => throw new UsageException($"'{value}' is no clock: use host or virtual"),
    };

    private static void ApplyEngine(RunOptions options, string value)
    {
        RequireOneOf(value, "auto", "interpreter", "translator");
        options.Translates = value == "translator";
        if (options.Translates && HostMachine.FindCodeMemory() is null)
            throw new UsageException("this host cannot run the translator: it needs Linux on x64");
    }

    private static void ApplyScheduler(RunOptions options, string value) => options.Scheduler = value switch
    {
        "round-robin" => SchedulerKind.RoundRobin,
        "chaos" => SchedulerKind.Chaos,
        _ => throw new UsageException($"'{value}' is no scheduler: use round-robin or chaos"),
    };

    private static void ApplySeed(RunOptions options, string value)
    {
        bool isHex = value.StartsWith("0x", StringComparison.OrdinalIgnoreCase);
        ReadOnlySpan<char> digits = isHex ? value.AsSpan(2) : value;
        if (!ulong.TryParse(digits, isHex ? NumberStyles.AllowHexSpecifier : NumberStyles.None, CultureInfo.InvariantCulture, out ulong seed))
            throw new UsageException($"'{value}' is no number below 2^64");
        options.Seed = seed;
    }

    private static void ApplyTimeout(RunOptions options, string value)
    {
        if (!double.TryParse(value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double seconds) || seconds is <= 0 or > 2e6)
            throw new UsageException($"'{value}' is no number of seconds");
        options.Timeout = TimeSpan.FromSeconds(seconds);
    }
}
