using Kpio.Contracts.Abi;
using Kpio.Contracts.Platform;
using Kpio.Contracts.Process;
using Kpio.Contracts.Values;

namespace Kpio.Plugins.Tracing.Tests;

/// <summary>A guest's memory in the test: pages that were given bytes; everything else answers EFAULT.</summary>
internal sealed class FakeMemory : IUserMemory
{
    private const int PageSize = 4096;
    private readonly Dictionary<ulong, byte[]> _pages = [];

    public void Set(ulong address, ReadOnlySpan<byte> bytes)
    {
        foreach (byte b in bytes)
        {
            ulong page = address & ~(ulong)(PageSize - 1);
            if (!_pages.TryGetValue(page, out byte[]? data))
                _pages[page] = data = new byte[PageSize];
            data[address++ - page] = b;
        }
    }

    public bool TryGetSpan(GuestTask task, ulong address, PageAccess access, out Span<byte> span, out SysResult stop)
    {
        ulong page = address & ~(ulong)(PageSize - 1);
        bool found = _pages.TryGetValue(page, out byte[]? data);
        span = found ? data.AsSpan((int)(address - page)) : default;
        stop = found ? default(SysResult) : Errno.EFAULT;
        return found;
    }

    public bool TryRead(GuestTask task, ulong address, Span<byte> destination, out SysResult stop)
    {
        stop = default;
        while (destination.Length > 0)
        {
            if (!TryGetSpan(task, address, PageAccess.Read, out Span<byte> span, out stop))
                return false;
            int count = Math.Min(span.Length, destination.Length);
            span[..count].CopyTo(destination);
            destination = destination[count..];
            address += (ulong)count;
        }

        return true;
    }

    public bool TryWrite(GuestTask task, ulong address, ReadOnlySpan<byte> source, out SysResult stop) =>
        throw new InvalidOperationException("A tracer writes nothing.");
}
