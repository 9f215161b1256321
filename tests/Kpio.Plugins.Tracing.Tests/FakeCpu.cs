using Kpio.Contracts.Platform;
using Kpio.Contracts.Process;
using Kpio.Contracts.Values;

namespace Kpio.Plugins.Tracing.Tests;

/// <summary>Registers of a task that never runs.</summary>
internal sealed class FakeCpu : CpuContext
{
    private readonly ulong[] _registers = new ulong[16];

    public override int ExtendedStateSize => 0;

    public override AddressSpaceId AddressSpace { get; set; }

    public override ulong Rip { get; set; }

    public override ulong Rflags { get; set; }

    public override ulong FsBase { get; set; }

    public override ulong GsBase { get; set; }

    public override ulong this[GuestRegister register]
    {
        get => _registers[(int)register];
        set => _registers[(int)register] = value;
    }

    public override void ReadExtendedState(Span<byte> destination)
    {
    }

    public override bool WriteExtendedState(ReadOnlySpan<byte> source) => true;

    public override void Reset()
    {
    }

    public override void CopyFrom(CpuContext source)
    {
    }

    /// <summary>A task with memory of its own.</summary>
    public static GuestTask Task(int tid, FakeMemory memory, int? pid = null) => Task(tid, memory, new ThreadGroup(pid ?? tid, 1));

    /// <summary>A task of a process that is there.</summary>
    public static GuestTask Task(int tid, FakeMemory memory, ThreadGroup group) => new(tid, group, new FakeCpu(), memory)
    {
        Descriptors = new DescriptorTable(),
        FileSystem = new FileSystemContext(),
        Credentials = Credentials.Of(0, 0),
    };
}
