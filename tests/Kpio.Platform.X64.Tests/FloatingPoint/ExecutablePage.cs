using System.Runtime.InteropServices;
using Iced.Intel;

namespace Kpio.Platform.X64.Tests.FloatingPoint;

/// <summary>A page of the host's memory for machine code; it begins as int3 throughout.</summary>
internal sealed unsafe class ExecutablePage : CodeWriter, IDisposable
{
    private const int Size = 4096;

    private readonly byte* _start;

    private byte* _next;

    public ExecutablePage()
    {
        const int readWriteExecute = 7, privateAnonymous = 0x22;
        nint address = mmap(0, Size, readWriteExecute, privateAnonymous, -1, 0);
        Assert.NotEqual(-1, address);
        _start = _next = (byte*)address;
        Rewind();
    }

    /// <summary>Where the code begins.</summary>
    public ulong Address => (ulong)_start;

    /// <summary>Takes what was written back.</summary>
    public void Rewind()
    {
        new Span<byte>(_start, Size).Fill(0xCC);
        _next = _start;
    }

    public override void WriteByte(byte value)
    {
        Assert.True(_next < _start + Size);
        *_next++ = value;
    }

    public void Dispose() => _ = munmap((nint)_start, Size);

    [DllImport("libc", SetLastError = true)]
    private static extern nint mmap(nint address, nint length, int protection, int flags, int file, nint offset);

    [DllImport("libc", SetLastError = true)]
    private static extern int munmap(nint address, nint length);
}
