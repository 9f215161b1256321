using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Kpio.Contracts.Platform;
using Kpio.Contracts.Process;
using Kpio.Contracts.Values;

namespace Kpio.Contracts.Abi;

/// <summary>A descriptor argument.</summary>
/// <param name="Number">The number as the guest gave it: an <c>int</c>, perhaps negative.</param>
public readonly record struct Fd(int Number)
{
    /// <summary>AT_FDCWD: relative paths start at the working directory (openat(2)).</summary>
    public const int AT_FDCWD = -100;
}

/// <summary>A run of guest memory that a call reads or writes.</summary>
/// <param name="Task">The task whose memory it is.</param>
/// <param name="Address">Where it starts.</param>
/// <param name="Length">Its length in bytes as the guest gave it: any 64-bit number.</param>
public readonly record struct UserBuffer(GuestTask Task, ulong Address, ulong Length)
{
    /// <summary>The first address that belongs to no ring-3 program: Linux's TASK_SIZE_MAX for four-level page tables is one page below 1 &lt;&lt; 47.</summary>
    public const ulong AddressLimit = 0x7FFF_FFFF_F000;

    /// <summary>Whether the whole run lies in the part of the address space that programs may use (access_ok).</summary>
    public bool IsInUserSpace => Length <= AddressLimit && Address <= AddressLimit - Length;

    /// <summary>A part of the run.</summary>
    public UserBuffer Slice(ulong offset, ulong length) => new(Task, Address + offset, length);

    /// <summary>Copies the run's first bytes in.</summary>
    public bool TryRead(Span<byte> destination, out SysResult stop) => Task.Memory.TryRead(Task, Address, destination, out stop);

    /// <summary>Copies to the run's start.</summary>
    public bool TryWrite(ReadOnlySpan<byte> source, out SysResult stop) => Task.Memory.TryWrite(Task, Address, source, out stop);

    /// <summary>The run's bytes up to the end of its first page, or to its own end.</summary>
    public bool TryGetSpan(PageAccess access, out Span<byte> span, out SysResult stop)
    {
        if (!Task.Memory.TryGetSpan(Task, Address, access, out span, out stop))
            return false;
        if ((ulong)span.Length > Length)
            span = span[..(int)Length];
        return true;
    }
}

/// <summary>A pointer to a structure in guest memory; 0 is NULL.</summary>
/// <param name="Task">The task whose memory it is.</param>
/// <param name="Address">Where it points.</param>
/// <typeparam name="T">The structure, laid out as Linux lays it out.</typeparam>
public readonly record struct UserPointer<T>(GuestTask Task, ulong Address)
    where T : unmanaged
{
    /// <summary>Whether it is NULL.</summary>
    public bool IsNull => Address == 0;

    /// <summary>The element <paramref name="index"/> behind the pointer.</summary>
    public UserPointer<T> At(long index) => new(Task, Address + ((ulong)index * (ulong)Unsafe.SizeOf<T>()));

    /// <summary>Copies the structure in.</summary>
    public bool TryRead(out T value, out SysResult stop)
    {
        value = default;
        return Task.Memory.TryRead(Task, Address, MemoryMarshal.CreateSpan(ref Unsafe.As<T, byte>(ref value), Unsafe.SizeOf<T>()), out stop);
    }

    /// <summary>Copies the structure out.</summary>
    public bool TryWrite(in T value, out SysResult stop) =>
        Task.Memory.TryWrite(Task, Address, MemoryMarshal.CreateReadOnlySpan(ref Unsafe.As<T, byte>(ref Unsafe.AsRef(in value)), Unsafe.SizeOf<T>()), out stop);
}

/// <summary>A NUL-terminated string argument: a path, a name.</summary>
/// <param name="Task">The task whose memory it is.</param>
/// <param name="Address">Where it starts.</param>
public readonly record struct UserString(GuestTask Task, ulong Address)
{
    /// <summary>PATH_MAX: the longest path, its NUL included.</summary>
    public const int MaximumPath = 4096;

    /// <summary>
    /// Copies the string into <paramref name="buffer"/> and answers it without the NUL. Without a NUL in as many bytes as the buffer
    /// has, the answer is <paramref name="tooLong"/> (ENAMETOOLONG for paths).
    /// </summary>
    public bool TryRead(Span<byte> buffer, out ReadOnlySpan<byte> text, out SysResult stop, Errno tooLong = Errno.ENAMETOOLONG)
    {
        int length = 0;
        text = default;
        while (length < buffer.Length)
        {
            if (!Task.Memory.TryGetSpan(Task, Address + (ulong)length, PageAccess.Read, out Span<byte> page, out stop))
                return false;
            page = page[..Math.Min(page.Length, buffer.Length - length)];
            int end = ByteSearch.First(page, 0);
            page[..(end < 0 ? page.Length : end)].CopyTo(buffer[length..]);
            length += end < 0 ? page.Length : end;
            if (end >= 0)
            {
                text = buffer[..length];
                return true;
            }
        }

        stop = tooLong;
        return false;
    }
}
