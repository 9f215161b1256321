using System.Buffers.Binary;
using Kpio.Contracts.Platform;
using Kpio.Contracts.Process;

namespace Kpio.Plugins.Tracing.Calls;

/// <summary>Reads a traced task's memory. What cannot be read is an answer, never an exception: pointers are whatever the guest passed.</summary>
internal readonly struct GuestReader(GuestTask task)
{
    /// <summary>Copies bytes out of the guest.</summary>
    public bool TryRead(ulong address, Span<byte> destination) => task.Memory.TryRead(task, address, destination, out _);

    /// <summary>A 32-bit number.</summary>
    public bool TryReadInt32(ulong address, out int value)
    {
        Span<byte> bytes = stackalloc byte[4];
        bool ok = TryRead(address, bytes);
        value = ok ? BinaryPrimitives.ReadInt32LittleEndian(bytes) : 0;
        return ok;
    }

    /// <summary>A 64-bit number.</summary>
    public bool TryReadUInt64(ulong address, out ulong value)
    {
        Span<byte> bytes = stackalloc byte[8];
        bool ok = TryRead(address, bytes);
        value = ok ? BinaryPrimitives.ReadUInt64LittleEndian(bytes) : 0;
        return ok;
    }

    /// <summary>
    /// Reads up to a NUL or to the end of <paramref name="buffer"/>; answers how many bytes come before either, or -1 when a byte
    /// before the NUL cannot be read.
    /// </summary>
    public int ReadString(ulong address, Span<byte> buffer, out bool terminated)
    {
        int length = 0;
        terminated = false;
        while (length < buffer.Length)
        {
            if (!task.Memory.TryGetSpan(task, address + (ulong)length, PageAccess.Read, out Span<byte> page, out _))
                return -1;
            page = page[..Math.Min(page.Length, buffer.Length - length)];
            int end = page.IndexOf((byte)0);
            page[..(end < 0 ? page.Length : end)].CopyTo(buffer[length..]);
            length += end < 0 ? page.Length : end;
            if (end >= 0)
            {
                terminated = true;
                return length;
            }
        }

        return length;
    }
}
