using Kpio.Contracts.Abi;
using Kpio.Contracts.Host;
using Kpio.Contracts.Platform;
using Kpio.Contracts.Plugins;
using Kpio.Contracts.Process;
using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;
using Kpio.Kernel.Hosting;

namespace Kpio.Kernel.HotSwap;

/// <summary>
/// A swap on a small machine of its own, with the same assemblies and some data of every kind, before the one that counts: it shows
/// early that the new generation takes the old one's data over, and all code of both sides has run once, so that no guest waits for it
/// to be compiled. The machine's guests run meanwhile.
/// </summary>
internal sealed class Rehearsal : IDisposable
{
    /// <summary>No guest waits for a rehearsal, and all of its code is cold: on a busy host that takes longer than any pause may.</summary>
    private static readonly TimeSpan TimeLimit = TimeSpan.FromMinutes(1);

    private readonly Machine _machine;
    private readonly GuestTask _task;
    private readonly Dictionary<string, uint> _numbers = [];
    private ulong _memory;

    private Rehearsal(Machine machine, GuestTask task)
    {
        _machine = machine;
        _task = task;
        foreach (SyscallInfo call in machine.Slots.Abi.Current.Catalog.Syscalls)
            _numbers[call.Name] = call.Number;
    }

    /// <summary>Rehearses the swap of some plugins of a machine.</summary>
    /// <param name="setup">What the machine was made from.</param>
    /// <param name="loaded">Its plugins.</param>
    /// <param name="abi">Its stack of interfaces.</param>
    /// <param name="replacements">What is to change.</param>
    /// <exception cref="SwapException">The new generation cannot take the data over.</exception>
    public static void Perform(MachineSetup setup, IReadOnlyList<PluginGeneration> loaded, AbiStack abi, IReadOnlyList<PluginReplacement> replacements)
    {
        using Machine machine = CreateMachine(setup, loaded, abi);
        if (machine.Mount("tmpfs", new MountOptions("rehearsal", ReadOnly: false), "/"u8) != Errno.None
            || machine.CreateFirst(Credentials.Of(0, 0), out _).TryGet(out GuestTask? task, out _) is false)
        {
            throw new SwapException(SwapStep.Load, "the plugins that are in force do not make a machine of their own");
        }

        using var rehearsal = new Rehearsal(machine, task);
        rehearsal.MakeData();
        machine.Swapper.SwapInPlace([.. replacements.Select(static replacement => new PluginSwap(Again(replacement.Incoming), replacement.Outgoing?.Manifest.Name))], new SwapOptions { Warms = false, TimeLimit = TimeLimit });
        rehearsal.MakeData();
    }

    /// <inheritdoc/>
    public void Dispose() => Call("exit_group");

    private static Machine CreateMachine(MachineSetup setup, IReadOnlyList<PluginGeneration> loaded, AbiStack abi)
    {
        var sources = new PlainList<PluginSource>();
        var byName = new Dictionary<string, PluginSource>();
        foreach (PluginGeneration plugin in loaded)
        {
            sources.Add(Again(plugin));
            byName[plugin.Manifest.Name] = sources[^1];
        }

        return Machine.Create(new MachineSetup
        {
            Platform = setup.Platform,
            Console = new NoConsole(),
            Waiter = new NoWaiter(),
            HostClock = setup.HostClock,
            Options = setup.Options,
            Clock = ClockSource.Virtual,
            Plugins = sources,
            HostServices = [.. setup.HostServices.ToArray().Where(static service => service.Contract != typeof(IHostTerminal))],
            AbiTiers = abi.Describe(name => byName[name]),
        });
    }

    /// <summary>The same plugin for another machine.</summary>
    private static PluginSource Again(PluginGeneration plugin) => PluginSource.Instance(plugin.CreateAgain);

    /// <summary>Files, pipes, mappings and whatever else has data, by the calls that guests make it with. A call that fails is none of a rehearsal's business.</summary>
    private void MakeData()
    {
        const ulong Length = 65536, ReadWrite = 3, PrivateAnonymous = 0x22, SharedAnonymous = 0x21, Shared = 1;
        const ulong CurrentDirectory = unchecked((ulong)-100L), CreateReadWrite = 0x42, None = unchecked((ulong)-1L);
        const ulong SIGCHLD = 17, WNOHANG = 1;
        _memory = Call("mmap", 0, Length, ReadWrite, PrivateAnonymous, None, 0);
        for (ulong offset = 0; offset < Length; offset += 4096)
            Put(offset, [1]);
        ulong name = Put(0, "/file\0"u8), other = Put(64, "/other\0"u8), buffer = Put(4096, [1, 0, 0, 0, 1, 0, 0, 0]), pair = _memory + 8192;
        ulong file = Call("openat", CurrentDirectory, name, CreateReadWrite, 0x180);
        Call("write", file, buffer, 4096);
        Call("pwrite64", file, buffer, 4096, 100_000);
        Call("lseek", file, 0, 0);
        Call("read", file, buffer, 4096);
        Call("fstat", file, buffer);
        Call("newfstatat", CurrentDirectory, name, buffer, 0);
        Call("statx", CurrentDirectory, name, 0, 0xFFF, buffer);
        Call("linkat", CurrentDirectory, name, CurrentDirectory, other, 0);
        Call("renameat2", CurrentDirectory, other, CurrentDirectory, Put(128, "/third\0"u8), 0);
        Call("symlinkat", name, CurrentDirectory, Put(192, "/link\0"u8));
        Call("mkdirat", CurrentDirectory, Put(256, "/directory\0"u8), 0x1ED);
        ulong directory = Call("openat", CurrentDirectory, Put(320, "/\0"u8), 0x10000);
        Call("getdents64", directory, buffer, 4096);
        Call("flock", file, 2);
        ulong mapped = Call("mmap", 0, 8192, ReadWrite, Shared, file, 0);
        Fault(mapped);
        Fault(Call("mmap", 0, 8192, ReadWrite, SharedAnonymous, None, 0));
        Call("pipe2", pair, 0);
        (uint reader, uint writer) = Pair(pair);
        Call("write", writer, buffer, 100);
        Call("read", reader, buffer, 50);
        Call("read", file, buffer, 100);
        Call("fcntl", reader, 4, 0x800);
        ulong poll = Call("epoll_create1", 0);
        Call("epoll_ctl", poll, 1, reader, Put(12288, [1, 0, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0]));
        Call("epoll_wait", poll, buffer, 4, 0);
        Call("eventfd2", 3, 0);
        Call("timerfd_create", 1, 0);
        Call("socketpair", 1, 1, 0, pair);
        (uint near, _) = Pair(pair);
        Call("write", near, buffer, 10);
        ulong watches = Call("inotify_init1", 0);
        Call("inotify_add_watch", watches, name, 0xFFF);
        Call("memfd_create", name, 0);
        Call("semget", 0, 2, 0x3FF);
        Call("shmget", 0, 4096, 0x3FF);
        Call("msgget", 0, 0x3FF);
        Call("rt_sigprocmask", 0, 0, buffer, 8);
        Call("rt_sigaction", SIGCHLD, 0, buffer, 8);
        Call("clock_gettime", 1, buffer);
        Call("dup", file);
        Call("poll", Put(16384, [0, 0, 0, 0, 1, 0, 0, 0]), 1, 0);
        ulong child = Call("clone", SIGCHLD, 0, 0, 0, 0);
        Call("kill", child, 9);
        Call("wait4", child, buffer, WNOHANG, 0);
        Call("munmap", mapped, 4096);
        Call("close", reader);
    }

    private (uint First, uint Second) Pair(ulong address)
    {
        Span<byte> bytes = stackalloc byte[8];
        return _task.Memory.TryRead(_task, address, bytes, out _)
            ? (BitConverter.ToUInt32(bytes), BitConverter.ToUInt32(bytes[4..]))
            : (0, 0);
    }

    private ulong Put(ulong offset, ReadOnlySpan<byte> bytes)
    {
        _machine.Slots.AddressSpaces.Current.Write(_task.Group.AddressSpace, _memory + offset, bytes);
        return _memory + offset;
    }

    private void Fault(ulong address)
    {
        var fault = new FaultInfo(address, PageAccess.Write, false, false);
        _machine.Slots.Memory.Current.HandleFault(_task, in fault);
    }

    private ulong Call(string name, params ReadOnlySpan<ulong> arguments)
    {
        if (!_numbers.TryGetValue(name, out uint number))
            return 0;
        Span<ulong> all = stackalloc ulong[6];
        arguments.CopyTo(all);
        var frame = new SyscallFrame(number, all[0], all[1], all[2], all[3], all[4], all[5]);
        _task.Restart.Reset();
        SysResult result = _machine.Slots.Abi.Current.Invoke(_task, in frame);
        return result.IsCompleted ? (ulong)result.Raw : 0;
    }

    /// <summary>Streams that nothing comes from and nothing goes to.</summary>
    private sealed class NoConsole : IHostConsole
    {
        public Result<int> Read(HostFileId stream, Span<byte> destination) => 0;

        public Result<int> Write(HostFileId stream, ReadOnlySpan<byte> source) => source.Length;

        public PollEvents Poll(HostFileId stream, PollEvents interests) => interests;

        public Result<NodeAttributes> Stat(HostFileId stream) => Errno.EBADF;

        public Result<long> Seek(HostFileId stream, long offset, int whence) => Errno.ESPIPE;

        public Errno TerminalSettings(HostFileId stream, uint request, Span<byte> data) => Errno.ENOTTY;

        public bool TryGetTerminalSize(HostFileId stream, out (int Columns, int Rows) size)
        {
            size = default;
            return false;
        }
    }

    private sealed class NoWaiter : IHostWaiter
    {
        public HostFileId Wait(ReadOnlySpan<HostFileId> handles, long timeoutNanoseconds) => default;

        public void Interrupt()
        {
        }
    }
}
