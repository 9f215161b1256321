using System.Text;
using Iced.Intel;

namespace Kpio.Platform.X64.Tests.Oracle;

/// <summary>Executes cases on both sides and tells the differences.</summary>
internal sealed unsafe class OracleComparison : IDisposable
{
    private const ulong ResumeFlag = 0x1_0000, TrapFlag = 0x100;

    private readonly NativeProcessor _native = NativeProcessor.Instance;
    private readonly GuestProcessor _guest;
    private readonly byte[] _guestData = new byte[OracleMemory.DataLength];

    public OracleComparison(TestedEngine engine)
    {
        _guest = new GuestProcessor(engine);
        NativeProcessor.Code.Fill(0xCC);
        _guest.Write(OracleMemory.Code, NativeProcessor.Code);
        NativeProcessor.Data.Clear();
    }

    public void Dispose() => _guest.Dispose();

    /// <summary>Runs <paramref name="count"/> cases of a form; null, or the first differences as text.</summary>
    public string? Compare(Code code, int count)
    {
        var maker = new CaseMaker(new OperandValues((int)code));
        for (int i = 0; i < count; i++)
        {
            FormCase made = maker.Make(code);
            if (Compare(made) is { } difference) return $"{code}, case {i} of {count}: {made}\n{difference}";
        }

        return null;
    }

    private string? Compare(FormCase made)
    {
        foreach ((ulong address, byte[] bytes) in made.Memory) Put(address, bytes);
        Span<byte> place = NativeProcessor.Code.Slice((int)(made.Input.Rip - OracleMemory.Code), made.Bytes.Length);
        made.Bytes.CopyTo(place);
        _guest.Write(made.Input.Rip, made.Bytes);

        _native.Run(made.Input, out ProcessorSnapshot expected);
        _guest.Run(made.Input, out ProcessorSnapshot actual);

        place.Fill(0xCC);
        _guest.Write(made.Input.Rip, place);
        return Describe(made, expected, actual);
    }

    /// <summary>
    /// Runs a program of <see cref="SequenceMaker"/> on the host, and in the guest at once, in small slices, and step by step; null, or
    /// the differences.
    /// </summary>
    public string? CompareSequence(int seed)
    {
        var values = new OperandValues(seed);
        FormCase made = new SequenceMaker(values).Make();
        byte[] data = new byte[OracleMemory.DataLength];
        values.FillVector(data);
        data.CopyTo(NativeProcessor.Data);
        made.Bytes.CopyTo(NativeProcessor.Code);
        _native.Run(made.Input, out ProcessorSnapshot expected);
        ProcessorSnapshot stepped = made.Input;
        stepped.Rflags |= TrapFlag;

        string? difference = null;
        foreach ((string way, ProcessorSnapshot input, long budget) in new[] { ("at once", made.Input, 1000), ("in slices", made.Input, values.Next(1, 9)), ("in steps", stepped, 1000) })
        {
            _guest.Write(OracleMemory.Code, made.Bytes);
            _guest.Write(OracleMemory.Data, data);
            _guest.Run(input, out ProcessorSnapshot actual, budget);
            actual.Rflags &= ~TrapFlag;
            if (Describe(made, expected, actual) is { } found) difference ??= $"Sequence {seed}, {way}:\n{made}\n{found}";
        }

        NativeProcessor.Code.Fill(0xCC);
        return difference;
    }

    /// <summary>Puts bytes into the memory of both, as far as there is memory.</summary>
    private void Put(ulong address, byte[] bytes)
    {
        for (int i = 0; i < bytes.Length; i++)
        {
            ulong offset = address + (ulong)i - OracleMemory.Data;
            if (offset < OracleMemory.DataLength) NativeProcessor.Data[(int)offset] = bytes[i];
        }

        ulong first = ulong.Max(address, OracleMemory.Data), end = ulong.Min(address + (ulong)bytes.Length, OracleMemory.Data + OracleMemory.DataLength);
        if (first < end) _guest.Write(first, bytes.AsSpan((int)(first - address), (int)(end - first)));
    }

    private string? Describe(FormCase made, ProcessorSnapshot expected, ProcessorSnapshot actual)
    {
        ProcessorSnapshot before = made.Input;
        var text = new StringBuilder();
        for (int i = 0; i < 16; i++) Check(text, ((Register)((int)Register.RAX + i)).ToString(), before.Gpr[i], expected.Gpr[i], actual.Gpr[i]);
        Check(text, "RIP", before.Rip, expected.Rip, actual.Rip);
        bool same = expected.Vector == 3;
        ulong flags = ~(ResumeFlag | (same ? made.UndefinedFlags : 0));
        Check(text, "RFLAGS", before.Rflags & flags, expected.Rflags & flags, actual.Rflags & flags);
        Check(text, "vector", 0, expected.Vector, actual.Vector);
        CheckFault(text, made, expected, actual);
        CheckExtended(text, new ReadOnlySpan<byte>(before.Fx, 512), new ReadOnlySpan<byte>(expected.Fx, 512), new ReadOnlySpan<byte>(actual.Fx, 512));
        for (int i = 0; i < 16; i++)
        {
            ReadOnlySpan<byte> wanted = new ReadOnlySpan<byte>(expected.Upper + (i * 16), 16), found = new(actual.Upper + (i * 16), 16);
            if (!wanted.SequenceEqual(found)) text.Append($"  YMM{i}, upper half: {Hex(found)} instead of {Hex(wanted)}, before {Hex(new ReadOnlySpan<byte>(before.Upper + (i * 16), 16))}\n");
        }

        CheckMemory(text, made);
        return text.Length == 0 ? null : text.ToString();
    }

    /// <summary>
    /// Of operands of many bytes processors tell different bytes of the page that is missing; and Linux tells programs that
    /// every page of the kernel's half is present.
    /// </summary>
    private static void CheckFault(StringBuilder text, FormCase made, in ProcessorSnapshot expected, in ProcessorSnapshot actual)
    {
        ulong addressMask = made.Instruction.MemorySize is MemorySize.Fxsave_512Byte or MemorySize.Fxsave64_512Byte or MemorySize.Xsave or MemorySize.Xsave64
            or MemorySize.FpuState94 or MemorySize.FpuState108 or MemorySize.FpuEnv14 or MemorySize.FpuEnv28 ? ~4095UL : ~0UL;
        ulong present = expected.FaultAddress >> 63;
        Check(text, "error code", 0, expected.ErrorCode | present, actual.ErrorCode | present);
        Check(text, "fault address", 0, expected.FaultAddress & addressMask, actual.FaultAddress & addressMask);
    }

    private static void Check(StringBuilder text, string name, ulong before, ulong expected, ulong actual)
    {
        if (expected != actual) text.Append($"  {name}: {actual:x} instead of {expected:x}, before {before:x}\n");
    }

    /// <summary>
    /// Compares the FXSAVE images but for the pointers to the last x87 instruction, which processors keep differently, the mask of
    /// MXCSR, and what is reserved.
    /// </summary>
    private static void CheckExtended(StringBuilder text, ReadOnlySpan<byte> before, ReadOnlySpan<byte> expected, ReadOnlySpan<byte> actual)
    {
        Part("FCW", 0, 2, before, expected, actual);
        Part("FSW", 2, 2, before, expected, actual);
        Part("FTW", 4, 1, before, expected, actual);
        Part("MXCSR", 24, 4, before, expected, actual);
        for (int i = 0; i < 8; i++) Part($"ST{i}", 32 + (i * 16), 10, before, expected, actual);
        for (int i = 0; i < 16; i++) Part($"XMM{i}", 160 + (i * 16), 16, before, expected, actual);

        void Part(string name, int offset, int length, ReadOnlySpan<byte> before, ReadOnlySpan<byte> expected, ReadOnlySpan<byte> actual)
        {
            if (expected.Slice(offset, length).SequenceEqual(actual.Slice(offset, length))) return;
            text.Append($"  {name}: {Hex(actual.Slice(offset, length))} instead of {Hex(expected.Slice(offset, length))}, before {Hex(before.Slice(offset, length))}\n");
        }
    }

    private void CheckMemory(StringBuilder text, FormCase made)
    {
        _guest.Read(OracleMemory.Data, _guestData);
        Span<byte> native = NativeProcessor.Data;
        HideReserved(made, native);
        if (native.SequenceEqual(_guestData)) return;
        HideReserved(made, _guestData);
        int at = native.CommonPrefixLength(_guestData);
        if (at != native.Length)
        {
            int length = int.Min(16, native.Length - at);
            text.Append($"  [{OracleMemory.Data + (ulong)at:x}]: {Convert.ToHexString(_guestData, at, length)} instead of {Convert.ToHexString(native.Slice(at, length))}\n");
        }

        // Both sides begin the next case alike.
        _guest.Write(OracleMemory.Data, native);
    }

    /// <summary>Clears what processors store differently: pointers to the last x87 instruction, the mask of MXCSR, reserved bytes.</summary>
    private static void HideReserved(FormCase made, Span<byte> data)
    {
        (int from, int to)[] hidden = made.Instruction.Mnemonic switch
        {
            Mnemonic.Fnstenv or Mnemonic.Fnsave => made.Instruction.Code is Code.Fnstenv_m14byte or Code.Fnsave_m94byte ? [(6, 14)] : [(12, 28)],
            Mnemonic.Fxsave or Mnemonic.Fxsave64 => [(5, 24), (28, 32), (416, 512)],
            Mnemonic.Xsave or Mnemonic.Xsave64 => [(5, 24), (28, 32), (416, 512)],
            _ => [],
        };
        foreach ((int from, int to) in hidden)
        {
            for (int i = from; i < to; i++)
            {
                ulong offset = made.Address + (ulong)i - OracleMemory.Data;
                if (offset < (ulong)data.Length) data[(int)offset] = 0;
            }
        }
    }

    /// <summary>Most significant byte first.</summary>
    private static string Hex(ReadOnlySpan<byte> bytes)
    {
        byte[] reversed = bytes.ToArray();
        Array.Reverse(reversed);
        return Convert.ToHexString(reversed);
    }
}
