using Kpio.Contracts.Abi;
using Kpio.Contracts.Memory;
using Kpio.Contracts.Platform;
using Kpio.Contracts.Plugins;
using Kpio.Contracts.Process;
using Kpio.Contracts.State;
using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;
using Kpio.Kernel;
using Kpio.Kernel.Hosting;
using Kpio.Kernel.HotSwap;
using Kpio.Platform.Host;
using Kpio.Platform.Host.InMemory;
using Microsoft.Extensions.DependencyInjection;

namespace Kpio.Testing;

/// <summary>
/// A machine with a root and one task that has no program: tests call the kernel's services on its behalf, as handlers of system calls do.
/// Nothing runs; a call that would wait answers so.
/// </summary>
public sealed class TestKernel : FileTestBed
{
    private readonly HostMachine _host = HostMachine.Create();
    private readonly MemoryWaiter _waiter = new();
    private MachinePlatform? _platform;

    /// <summary>Makes the machine.</summary>
    /// <param name="fixture">Its plugins and options; null for the built-in ones.</param>
    /// <param name="rootType">The type of the root, as in <see cref="IVfsMounts.Mount"/>.</param>
    /// <param name="rootOptions">What that is mounted with.</param>
    /// <exception cref="InvalidOperationException">The root cannot be mounted, or the first task not be made.</exception>
    public TestKernel(KernelFixture? fixture = null, string rootType = "tmpfs", MountOptions? rootOptions = null)
    {
        Machine = (fixture ?? new KernelFixture()).CreateMachine(_host, new MemoryConsole([]), _waiter, Reports.Add, platform => _platform = platform);
        try
        {
            Require(Machine.Mount(rootType, rootOptions ?? new MountOptions("test"), "/"u8), "mount");
            Task = CreateTask();
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>The machine.</summary>
    public Machine Machine { get; }

    /// <summary>Lines that the user would have seen.</summary>
    public List<string> Reports { get; } = [];

    /// <inheritdoc/>
    public override GuestTask Task { get; }

    /// <inheritdoc/>
    public override IVfs Names => Machine.Slots.Vfs.Current;

    /// <inheritdoc/>
    public override IOpenFiles Files => Machine.Slots.OpenFiles.Current;

    /// <inheritdoc/>
    public override IFileControl Control => Machine.Slots.FileControl.Current;

    /// <inheritdoc/>
    public override IVfsMounts Mounts => Machine.Slots.Mounts.Current;

    /// <summary>The memory manager.</summary>
    public IMemoryManager Memory => Machine.Slots.Memory.Current;

    /// <summary>Address spaces as wholes.</summary>
    public IAddressSpaces Spaces => Machine.Slots.AddressSpaces.Current;

    /// <summary>The machine's memory.</summary>
    public IPhysicalMemory Physical => _platform!.Memory;

    /// <summary>The ABI in force, with its layers.</summary>
    public ISyscallAbi Abi => Machine.Slots.Abi.Current;

    /// <summary>The record that a plugin hands out for its successor; null when none has such data.</summary>
    public TState? Capture<TState>()
        where TState : PluginState => Machine.Plugins
            .Select(static plugin => plugin.Services.GetService<IStatefulService<TState>>())
            .FirstOrDefault(static service => service is not null)?.Capture();

    /// <summary>Makes a system call of the task by its name. A call that waits, or does not return, is in the answer and not carried out further.</summary>
    /// <exception cref="ArgumentException">The ABI has no such call.</exception>
    public SysResult Call(string name, params ReadOnlySpan<ulong> arguments)
    {
        SyscallInfo call = Abi.Catalog.Syscalls.FirstOrDefault(info => info.Name == name) ?? throw new ArgumentException($"There is no call {name}.", nameof(name));
        Span<ulong> all = stackalloc ulong[6];
        arguments.CopyTo(all);
        Task.Restart.Reset();
        return Abi.Invoke(Task, new SyscallFrame(call.Number, all[0], all[1], all[2], all[3], all[4], all[5]));
    }

    /// <summary>Makes an access to the task's memory as the processor would, faults included.</summary>
    public FaultOutcome Access(ulong address, PageAccess access)
    {
        for (int i = 0; i < 3; i++)
        {
            if (_platform!.GuestMemory.TryProbe(Task.Group.AddressSpace, address, access, out FaultInfo fault))
                return FaultOutcome.Mapped;
            FaultOutcome outcome = Memory.HandleFault(Task, in fault);
            if (outcome != FaultOutcome.Mapped)
                return outcome;
        }

        throw new InvalidOperationException("The fault comes again and again.");
    }

    /// <summary>Whether a page of the task is in memory, so that an access makes no fault.</summary>
    public bool IsPresent(ulong address, PageAccess access = PageAccess.Read) => _platform!.GuestMemory.TryProbe(Task.Group.AddressSpace, address, access, out _);

    /// <summary>Reads a byte of the task's memory.</summary>
    public byte ReadByte(ulong address)
    {
        Assert.Equal(FaultOutcome.Mapped, Access(address, PageAccess.Read));
        Span<byte> one = stackalloc byte[1];
        Assert.True(_platform!.GuestMemory.TryRead(Task.Group.AddressSpace, address, one, out _));
        return one[0];
    }

    /// <summary>Writes a byte of the task's memory.</summary>
    public void WriteByte(ulong address, byte value)
    {
        Assert.Equal(FaultOutcome.Mapped, Access(address, PageAccess.Write));
        Assert.True(_platform!.GuestMemory.TryWrite(Task.Group.AddressSpace, address, [value], out _));
    }

    /// <summary>Replaces every plugin by a new generation of its own.</summary>
    public override void Swap() => Machine.Swapper.Swap([.. Machine.Plugins.Select(static plugin => new PluginSwap(plugin.Source))], new SwapOptions { TimeLimit = TimeSpan.FromSeconds(30) });

    /// <inheritdoc/>
    public override void Dispose()
    {
        Machine?.Dispose();
        _waiter.Dispose();
        _host.Dispose();
    }

    private GuestTask CreateTask()
    {
        Result<FileId> root = Mounts.OpenRoot();
        Require(root.Error, "root");
        var context = new FileSystemContext { Root = root.ValueOrDefault, WorkingDirectory = root.ValueOrDefault };
        Files.AddReference(context.Root);
        Result<GuestTask> task = Machine.Slots.Processes.Current.CreateFirst(new FirstProcess(Credentials.Of(0, 0), context, new DescriptorTable()));
        Require(task.Error, "first task");
        return task.ValueOrDefault!;
    }

    private static void Require(Errno error, string what)
    {
        if (error != Errno.None)
            throw new InvalidOperationException($"{what}: {error}");
    }
}
