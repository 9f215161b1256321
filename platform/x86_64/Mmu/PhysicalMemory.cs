using System.IO.MemoryMappedFiles;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Kpio.Contracts.Platform;
using Kpio.Contracts.Values;

namespace Kpio.Platform.X64.Mmu;

/// <summary>
/// The machine's frames: one zeroed reservation, which the host backs with memory as it is touched, or a view of a store's frames, and a reference count
/// for each frame. Frame 0 is never given out, so that an address space's root is never 0. Changed under the kernel lock only.
/// </summary>
internal sealed unsafe partial class PhysicalMemory : IPhysicalMemory, IDisposable
{
    private readonly MemoryPool? _pool;
    private readonly MemoryPool.Reservation _reservation;
    private readonly FrameStore? _store;
    private readonly MemoryMappedViewAccessor? _view;
    private readonly int* _references;
    private readonly byte* _holdsCode;
    private uint[] _free = new uint[64];
    private int _freeCount;
    private uint _next = 1;

    public PhysicalMemory(long bytes, MemoryPool? pool = null)
        : this(CountFrames(bytes), null, pool)
    {
    }

    /// <summary>Memory that is to be restored from a store's image, with the store's frames in it already when they are shared.</summary>
    public PhysicalMemory(FrameStore store, MemoryPool? pool = null)
        : this(store.TotalFrames, store.Map(), pool) => _store = store;

    private PhysicalMemory(long frames, MemoryMappedViewAccessor? view, MemoryPool? pool)
    {
        TotalFrames = frames;
        _view = view;
        _pool = pool;
        if (view is null)
        {
            nuint bytes = (nuint)SizeOf(frames) + FrameNumber.Size;
            _reservation = pool is null ? MemoryPool.Reservation.Make(bytes) : pool.Take(bytes);
            Base = (byte*)(((nuint)_reservation.Start + FrameNumber.Size - 1) & ~(nuint)(FrameNumber.Size - 1));
        }
        else
        {
            byte* start = null;
            view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
            Base = start;
        }

        _references = (int*)(Base + ReferencesAt(frames));
        _holdsCode = (byte*)(_references + frames + 1);
        if (_reservation.UsedFrames != 0)
        {
            new Span<int>(_references, (int)_reservation.UsedFrames).Clear();
            new Span<byte>(_holdsCode, (int)_reservation.UsedFrames).Clear();
        }
    }

    /// <summary>How many frames a memory of that size has.</summary>
    internal static long CountFrames(long bytes)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(bytes, 16 * FrameNumber.Size);
        return Math.Min(bytes / FrameNumber.Size, uint.MaxValue / 2);
    }

    /// <summary>Where the reference counts lie behind the frames, frame 0 counted in.</summary>
    internal static long ReferencesAt(long frames) => (frames + 1) * FrameNumber.Size;

    /// <summary>How many bytes the frames take with what is kept of each.</summary>
    internal static long SizeOf(long frames) => ReferencesAt(frames) + ((frames + 1) * (sizeof(int) + 1));

    /// <summary>The host address of frame 0.</summary>
    internal byte* Base { get; }

    /// <summary>Called with a frame whose decoded code is no longer what the frame holds.</summary>
    internal Action<uint>? CodeLost { get; set; }

    /// <inheritdoc/>
    public long TotalFrames { get; }

    /// <inheritdoc/>
    public long UsedFrames => _next - 1 - _freeCount;

    /// <inheritdoc/>
    public Result<FrameNumber> Allocate()
    {
        if (TryAllocate(out uint frame)) return new FrameNumber(frame);
        return Errno.ENOMEM;
    }

    /// <summary>The same without a result to unpack.</summary>
    internal bool TryAllocate(out uint frame)
    {
        if (_freeCount != 0)
        {
            frame = _free[--_freeCount];
            new Span<byte>(Base + ((nuint)frame * FrameNumber.Size), FrameNumber.Size).Clear();
        }
        else if (_next <= TotalFrames)
        {
            frame = _next++;
            if (frame < _reservation.UsedFrames)
                new Span<byte>(Base + ((nuint)frame * FrameNumber.Size), FrameNumber.Size).Clear();
        }
        else
        {
            frame = 0;
            return false;
        }

        _references[frame] = 1;
        return true;
    }

    /// <inheritdoc/>
    public void AddReference(FrameNumber frame) => _references[Check(frame)]++;

    /// <inheritdoc/>
    public void Release(FrameNumber frame)
    {
        uint number = Check(frame);
        if (--_references[number] != 0) return;
        if (_holdsCode[number] != 0) DropCode(number);
        if (_freeCount == _free.Length)
        {
            var free = new uint[_freeCount * 2];
            Array.Copy(_free, free, _freeCount);
            _free = free;
        }

        _free[_freeCount++] = number;
    }

    /// <inheritdoc/>
    public int ReferenceCount(FrameNumber frame) => frame.Value > TotalFrames ? 0 : _references[frame.Value];

    /// <inheritdoc/>
    public Span<byte> GetSpan(FrameNumber frame)
    {
        uint number = Check(frame);
        if (_holdsCode[number] != 0) DropCode(number);
        return new Span<byte>(Base + ((nuint)number * FrameNumber.Size), FrameNumber.Size);
    }

    /// <inheritdoc/>
    public ReadOnlySpan<byte> GetReadOnlySpan(FrameNumber frame) => new(Host(Check(frame)), FrameNumber.Size);

    public void Dispose()
    {
        if (_view is null)
        {
            if (_pool is null)
                _reservation.Free();
            else
                _pool.Give(_reservation with { UsedFrames = Math.Max(_reservation.UsedFrames, _next) });
            return;
        }

        _view.SafeMemoryMappedViewHandle.ReleasePointer();
        _view.SafeMemoryMappedViewHandle.Dispose(); // not the view, which would write back what is not written back
        _view.Dispose();
    }

    /// <summary>The frame's bytes for reading: unlike <see cref="GetSpan"/> this keeps the code decoded from it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal byte* Host(uint frame) => Base + ((nuint)frame * FrameNumber.Size);

    /// <summary>Whether code was decoded from the frame: writes to it must be told to <see cref="DropCode"/> first.</summary>
    internal bool HoldsCode(uint frame) => _holdsCode[frame] != 0;

    /// <summary>Marks a frame as one that code was decoded from.</summary>
    internal void MarkCode(uint frame) => _holdsCode[frame] = 1;

    /// <summary>Forgets the code decoded from a frame.</summary>
    internal void DropCode(uint frame)
    {
        _holdsCode[frame] = 0;
        CodeLost?.Invoke(frame);
    }

    /// <summary>Takes the mark from a frame whose code was dropped by other means.</summary>
    internal void UnmarkCode(uint frame) => _holdsCode[frame] = 0;

    private uint Check(FrameNumber frame)
    {
        if (frame.Value > TotalFrames || _references[frame.Value] <= 0)
            throw new ArgumentOutOfRangeException(nameof(frame), frame.Value, "The frame is not in use.");
        return frame.Value;
    }
}
