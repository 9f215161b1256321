using System.Runtime.InteropServices;

namespace Kpio.Platform.X64.Mmu;

/// <summary>
/// Keeps the host's memory of machines that are gone for those that come after: the host takes longer to give a page than it takes to clear one.
/// For a program that makes many machines. What a machine left is cleared before another one sees it. From any thread.
/// </summary>
public sealed unsafe class MemoryPool : IDisposable
{
    /// <summary>A machine's memory is kept when it used at most so many frames (32 MiB): a suite keeps little more than it needs.</summary>
    private const uint MostFrames = 8192;

    private readonly object _lock = new();
    private readonly Reservation[] _kept = new Reservation[Environment.ProcessorCount];
    private int _count;
    private bool _isClosed;

    /// <summary>How many machines' memories are kept.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
                return _count;
        }
    }

    /// <summary>Memory of so many bytes: zeroed, but for the first <see cref="Reservation.UsedFrames"/> frames when it was used before.</summary>
    internal Reservation Take(nuint bytes)
    {
        lock (_lock)
        {
            for (int i = _count - 1; i >= 0; i--)
            {
                Reservation found = _kept[i];
                if (found.Bytes != bytes)
                    continue;
                _kept[i] = _kept[--_count];
                return found;
            }
        }

        return Reservation.Make(bytes);
    }

    /// <summary>Takes memory back that nothing points to any more.</summary>
    internal void Give(Reservation reservation)
    {
        lock (_lock)
        {
            if (!_isClosed && _count < _kept.Length && reservation.UsedFrames <= MostFrames)
            {
                _kept[_count++] = reservation;
                return;
            }
        }

        reservation.Free();
    }

    /// <summary>Gives what is kept back to the host, and what machines give from now on.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            _isClosed = true;
            while (_count > 0)
                _kept[--_count].Free();
        }
    }

    /// <summary>A piece of the host's memory.</summary>
    internal readonly struct Reservation(nint start, nuint bytes, uint usedFrames)
    {
        /// <summary>Its address.</summary>
        public nint Start { get; } = start;

        /// <summary>Its size.</summary>
        public nuint Bytes { get; } = bytes;

        /// <summary>How many frames, from the first on, a machine before may have written.</summary>
        public uint UsedFrames { get; init; } = usedFrames;

        /// <summary>A large one comes zeroed from the host, page by page as it is touched, where small ones may be memory that was used before, and be cleared in whole.</summary>
        public static Reservation Make(nuint bytes) => new((nint)NativeMemory.AllocZeroed(bytes), bytes, 0);

        public void Free() => NativeMemory.Free((void*)Start);
    }
}
