using System.Buffers.Binary;
using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Kpio.Testing;

/// <summary>
/// Makes small static programs for tests, on machines without a compiler for Linux: machine code that Iced's assembler emits, in an ELF file
/// of one segment that may be read, written and executed. System calls are one line each.
/// </summary>
public sealed class AssembledGuest
{
    private const ulong Base = 0x400000;
    private const int HeaderSize = 64 + 56;
    private const int DataSize = 65536;

    private readonly List<byte> _data = [];

    private AssembledGuest() => Code = new Assembler(64);

    /// <summary>The assembler, for what is not a system call.</summary>
    public Assembler Code { get; }

    /// <summary>Makes a program; it exits with 0 where <paramref name="write"/> ends.</summary>
    public static byte[] Make(Action<AssembledGuest> write)
    {
        ArgumentNullException.ThrowIfNull(write);
        var guest = new AssembledGuest();
        write(guest);
        guest.Call(60, 0);
        return guest.Link();
    }

    /// <summary>Makes a system call. The result is in RAX; RBX, RBP and R12 to R15 are kept.</summary>
    /// <param name="number">Its number.</param>
    /// <param name="arguments">Up to six.</param>
    public void Call(int number, params IReadOnlyList<Argument> arguments)
    {
        ArgumentNullException.ThrowIfNull(arguments);
        AssemblerRegister64[] registers = [rdi, rsi, rdx, r10, r8, r9];
        for (int i = 0; i < arguments.Count; i++)
        {
            if (arguments[i].Register is { } register)
                Code.mov(registers[i], register);
            else
                Code.mov(registers[i], arguments[i].Value);
        }

        Code.mov(eax, number);
        Code.syscall();
    }

    /// <summary>Puts bytes into the program's data and answers their address.</summary>
    public long Data(ReadOnlySpan<byte> bytes)
    {
        long address = (long)Base + HeaderSize + _data.Count;
        _data.AddRange(bytes);
        while (_data.Count % 8 != 0)
            _data.Add(0);
        return address;
    }

    /// <summary>The address of some zeros.</summary>
    public long Zeros(int count) => Data(new byte[count]);

    /// <summary>Writes a text to standard output.</summary>
    public void Print(string text)
    {
        byte[] bytes = System.Text.Encoding.UTF8.GetBytes(text);
        Call(1, 1, Data(bytes), bytes.Length);
    }

    /// <summary>Ends the program with <paramref name="code"/> unless RAX is what it should be.</summary>
    public void Expect(long result, int code)
    {
        Label good = Code.CreateLabel();
        Code.mov(rcx, result);
        Code.cmp(rax, rcx);
        Code.je(good);
        Call(60, code);
        Code.Label(ref good);
    }

    private byte[] Link()
    {
        if (_data.Count > DataSize)
            throw new InvalidOperationException($"A small program has at most {DataSize} bytes of data.");
        using var code = new MemoryStream();
        ulong start = Base + HeaderSize + (ulong)_data.Count;
        Code.Assemble(new StreamCodeWriter(code), start);
        byte[] file = [.. new byte[HeaderSize], .. _data, .. code.ToArray()];
        Span<byte> header = file;
        "\u007fELF\u0002\u0001\u0001"u8.CopyTo(header); // 64-bit, little-endian, version 1 (elf(5))
        BinaryPrimitives.WriteUInt16LittleEndian(header[16..], 2); // ET_EXEC
        BinaryPrimitives.WriteUInt16LittleEndian(header[18..], 62); // EM_X86_64
        BinaryPrimitives.WriteInt32LittleEndian(header[20..], 1);
        BinaryPrimitives.WriteUInt64LittleEndian(header[24..], start);
        BinaryPrimitives.WriteUInt64LittleEndian(header[32..], 64);
        BinaryPrimitives.WriteUInt16LittleEndian(header[52..], 64);
        BinaryPrimitives.WriteUInt16LittleEndian(header[54..], 56);
        BinaryPrimitives.WriteUInt16LittleEndian(header[56..], 1);
        Span<byte> segment = header[64..];
        BinaryPrimitives.WriteInt32LittleEndian(segment, 1); // PT_LOAD
        BinaryPrimitives.WriteInt32LittleEndian(segment[4..], 7); // PF_R | PF_W | PF_X
        BinaryPrimitives.WriteUInt64LittleEndian(segment[16..], Base);
        BinaryPrimitives.WriteUInt64LittleEndian(segment[24..], Base);
        BinaryPrimitives.WriteUInt64LittleEndian(segment[32..], (ulong)file.Length);
        BinaryPrimitives.WriteUInt64LittleEndian(segment[40..], (ulong)file.Length);
        BinaryPrimitives.WriteUInt64LittleEndian(segment[48..], 4096);
        return file;
    }

    /// <summary>An argument of a call: a number, or what a register holds.</summary>
    public readonly record struct Argument
    {
        private Argument(long value, AssemblerRegister64? register) => (Value, Register) = (value, register);

        /// <summary>The number.</summary>
        public long Value { get; }

        /// <summary>The register, or null.</summary>
        public AssemblerRegister64? Register { get; }

        /// <summary>A number.</summary>
        public static implicit operator Argument(long value) => new(value, null);

        /// <summary>What a register holds.</summary>
        public static implicit operator Argument(AssemblerRegister64 register) => new(0, register);
    }
}
