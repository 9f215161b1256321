using System.Buffers.Binary;
using Kpio.Contracts.Platform;
using Kpio.Contracts.Values;

namespace Kpio.Platform.X64.Tests.Oracle;

/// <summary>Executes one instruction in the emulated machine, with memory at the same addresses as <see cref="NativeProcessor"/>.</summary>
internal sealed unsafe class GuestProcessor : IDisposable
{
    private const long Budget = 1000;
    private const int MaxRuns = 10_000;
    private const ulong TrapFlag = 0x100;

    private readonly X64Machine _machine;
    private readonly ICpu _cpu;
    private readonly CpuContext _context;
    private readonly AddressSpaceId _space;
    private readonly byte[] _extended;

    public GuestProcessor(TestedEngine engine)
    {
        _machine = TestedMachine.Create(engine, 16 << 20, destination => destination.Clear(), CpuModel.Max);
        _cpu = _machine.CreateCpu();
        _context = _cpu.CreateContext();
        _space = Require(_machine.Mmu.CreateSpace());
        _context.AddressSpace = _space;
        _extended = new byte[_context.ExtendedStateSize];
        Map(OracleMemory.Code, OracleMemory.CodeLength, PageAccess.Read | PageAccess.Write | PageAccess.Execute);
        Map(OracleMemory.Data, OracleMemory.DataLength, PageAccess.Read | PageAccess.Write);
    }

    public void Dispose() => _machine.Dispose();

    /// <summary>Puts bytes into the guest's memory.</summary>
    public void Write(ulong address, ReadOnlySpan<byte> bytes)
    {
        if (!_machine.GuestMemory.TryWrite(_space, address, bytes, out FaultInfo fault)) throw new InvalidOperationException(fault.ToString());
    }

    /// <summary>Takes bytes out of the guest's memory.</summary>
    public void Read(ulong address, Span<byte> bytes)
    {
        if (!_machine.GuestMemory.TryRead(_space, address, bytes, out FaultInfo fault)) throw new InvalidOperationException(fault.ToString());
    }

    /// <summary>Runs from <see cref="ProcessorSnapshot.Rip"/> to the first exit that is more than the end of a budget, or a single step.</summary>
    public void Run(in ProcessorSnapshot input, out ProcessorSnapshot output, long budget = Budget)
    {
        for (int i = 0; i < 16; i++) _context[(GuestRegister)i] = input.Gpr[i];
        _context.Rip = input.Rip;
        _context.Rflags = input.Rflags;
        _context.FsBase = 0;
        _context.GsBase = OracleMemory.GsBase;
        _extended.AsSpan().Clear();
        fixed (byte* fx = input.Fx) new ReadOnlySpan<byte>(fx, 416).CopyTo(_extended);
        fixed (byte* upper = input.Upper) new ReadOnlySpan<byte>(upper, 256).CopyTo(_extended.AsSpan(576));
        const ulong x87AndSseAndAvx = 7;
        BinaryPrimitives.WriteUInt64LittleEndian(_extended.AsSpan(512), x87AndSseAndAvx);
        if (!_context.WriteExtendedState(_extended)) throw new InvalidOperationException("The initial state is refused.");

        CpuExit exit;
        int runs = 0;
        do
        {
            exit = _cpu.Run(_context, budget);
            if (++runs > MaxRuns) throw new InvalidOperationException("The guest does not end.");
        }
        while ((exit.Reason == CpuExitReason.Budget && budget < Budget) || (exit.Reason == CpuExitReason.Exception && exit.Vector == ExceptionVector.Debug && (input.Rflags & TrapFlag) != 0));

        output = default;
        for (int i = 0; i < 16; i++) output.Gpr[i] = _context[(GuestRegister)i];
        output.Rip = _context.Rip;
        output.Rflags = _context.Rflags;
        output.ErrorCode = exit.ErrorCode;
        switch (exit.Reason)
        {
            case CpuExitReason.Fault:
                output.Vector = exit.Fault.NonCanonical ? (ulong)ExceptionVector.GeneralProtection : (ulong)ExceptionVector.PageFault;
                output.FaultAddress = exit.Fault.NonCanonical ? 0 : exit.Fault.Address;
                break;
            case CpuExitReason.Exception:
                output.Vector = (ulong)exit.Vector;
                break;
            default:
                throw new InvalidOperationException($"The guest left with {exit}.");
        }

        _context.ReadExtendedState(_extended);
        fixed (byte* fx = output.Fx) _extended.AsSpan(0, 512).CopyTo(new Span<byte>(fx, 512));
        fixed (byte* upper = output.Upper) _extended.AsSpan(576, 256).CopyTo(new Span<byte>(upper, 256));
    }

    private void Map(ulong address, int length, PageAccess access)
    {
        for (ulong page = address; page < address + (ulong)length; page += FrameNumber.Size)
        {
            FrameNumber frame = Require(_machine.PhysicalMemory.Allocate());
            Errno error = _machine.Mmu.Map(_space, page, frame, access);
            if (error != Errno.None) throw new InvalidOperationException(error.ToString());
        }
    }

    private static T Require<T>(Result<T> result)
        where T : struct
        => result.TryGet(out T value, out Errno error) ? value : throw new InvalidOperationException(error.ToString());
}
