using Iced.Intel;
using Kpio.Contracts.Platform;
using Kpio.Contracts.Values;

namespace Kpio.Platform.X64.Tests.Exceptions;

/// <summary>A machine with one address space and one task, for tests that write their guest code with Iced's assembler.</summary>
internal sealed class GuestMachine : IDisposable
{
    public const ulong Code = 0x40_0000, Data = 0x60_0000, Stack = 0x7F_0000_0000;

    private readonly X64Machine _machine;

    public GuestMachine(TestedEngine engine, CpuModel model = CpuModel.V2)
    {
        _machine = TestedMachine.Create(engine, 64 << 20, destination => destination.Fill(0x5A), model);
        Cpu = _machine.CreateCpu();
        Context = Cpu.CreateContext();
        Space = Require(_machine.Mmu.CreateSpace());
        Context.AddressSpace = Space;
        Map(Code, 2, PageAccess.Read | PageAccess.Execute);
        Map(Data, 2, PageAccess.Read | PageAccess.Write);
        Map(Stack, 2, PageAccess.Read | PageAccess.Write);
        Context[GuestRegister.Rsp] = Stack + 0x1F00;
        Context.Rip = Code;
    }

    public ICpu Cpu { get; }

    public CpuContext Context { get; }

    public AddressSpaceId Space { get; }

    public IMmu Mmu => _machine.Mmu;

    public void Dispose() => _machine.Dispose();

    /// <summary>Maps new pages and gives the first one's frame.</summary>
    public FrameNumber Map(ulong address, int pages, PageAccess access)
    {
        FrameNumber first = default;
        for (int i = 0; i < pages; i++)
        {
            FrameNumber frame = Require(_machine.PhysicalMemory.Allocate());
            if (i == 0) first = frame;
            MapFrame(address + ((ulong)i * FrameNumber.Size), frame, access);
        }

        return first;
    }

    /// <summary>Maps a frame once more.</summary>
    public void MapAlias(ulong address, FrameNumber frame, PageAccess access)
    {
        _machine.PhysicalMemory.AddReference(frame);
        MapFrame(address, frame, access);
    }

    /// <summary>Puts bytes into memory, whatever the guest may do with it.</summary>
    public void Write(ulong address, ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            Assert.True(Mmu.TryGetMapping(Space, address, out PageMapping mapping), $"{address:x} is not mapped.");
            int offset = (int)(address % FrameNumber.Size), length = int.Min(bytes.Length, FrameNumber.Size - offset);
            bytes[..length].CopyTo(_machine.PhysicalMemory.GetSpan(mapping.Frame)[offset..]);
            address += (ulong)length;
            bytes = bytes[length..];
        }
    }

    public void Write(ulong address, ulong value) => Write(address, BitConverter.GetBytes(value));

    public byte[] Read(ulong address, int length)
    {
        byte[] bytes = new byte[length];
        Assert.True(_machine.GuestMemory.TryRead(Space, address, bytes, out FaultInfo fault), fault.ToString());
        return bytes;
    }

    public ulong Read64(ulong address) => BitConverter.ToUInt64(Read(address, 8));

    /// <summary>Writes through the contract, as a system call does.</summary>
    public void WriteAsKernel(ulong address, ReadOnlySpan<byte> bytes)
        => Assert.True(_machine.GuestMemory.TryWrite(Space, address, bytes, out FaultInfo fault), fault.ToString());

    /// <summary>Assembles guest code to an address.</summary>
    public void Assemble(ulong address, Action<Assembler> code) => Write(address, Encode(address, code));

    public static byte[] Encode(ulong address, Action<Assembler> code)
    {
        var assembler = new Assembler(64);
        code(assembler);
        using var stream = new MemoryStream();
        assembler.Assemble(new StreamCodeWriter(stream), address);
        return stream.ToArray();
    }

    public CpuExit Run(long budget = 100_000) => Cpu.Run(Context, budget);

    /// <summary>Runs, and expects an exception with RIP at an address.</summary>
    public void ExpectException(ExceptionVector vector, ulong rip, uint errorCode = 0)
    {
        CpuExit exit = Run();
        Assert.Equal((CpuExitReason.Exception, vector, errorCode, rip), (exit.Reason, exit.Vector, exit.ErrorCode, Context.Rip));
    }

    /// <summary>Runs, and expects a page fault with RIP at an address.</summary>
    public void ExpectFault(ulong rip, ulong address, PageAccess access, bool present)
    {
        CpuExit exit = Run();
        Assert.Equal((CpuExitReason.Fault, rip), (exit.Reason, Context.Rip));
        Assert.Equal(new FaultInfo(address, access, present), exit.Fault);
    }

    private void MapFrame(ulong address, FrameNumber frame, PageAccess access)
        => Assert.Equal(Errno.None, Mmu.Map(Space, address, frame, access));

    private static T Require<T>(Result<T> result)
        where T : struct
    {
        Assert.True(result.TryGet(out T value, out Errno error), error.ToString());
        return value;
    }
}
