using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Kpio.Contracts.Platform;
using Kpio.Contracts.Values;

namespace Kpio.Platform.X64.Mmu;

/// <summary>
/// The machine's frames: one zeroed reservation, which the host backs with memory as it is touched, and a reference count for each
/// frame. Frame 0 is never given out, so that an address space's root is never 0. Changed under the kernel lock only.
/// </summary>
internal sealed unsafe partial class PhysicalMemory : IPhysicalMemory, IDisposable
{
    private readonly byte* _reservation;
    private readonly int* _references;
    private readonly byte* _holdsCode;
    private uint[] _free = new uint[64];
    private int _freeCount;
    private uint _next = 1;

    public PhysicalMemory(long bytes)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(bytes, 16 * FrameNumber.Size);
        TotalFrames = Math.Min(bytes / FrameNumber.Size, uint.MaxValue / 2);
        nuint count = (nuint)TotalFrames + 1;

        // One reservation for everything: a large one comes zeroed from the host, page by page as it is touched, where small ones may be
        // memory that was used before, and be cleared in whole.
        _reservation = (byte*)NativeMemory.AllocZeroed(((count + 1) * FrameNumber.Size) + (count * (sizeof(int) + 1)));
        Base = (byte*)(((nuint)_reservation + FrameNumber.Size - 1) & ~(nuint)(FrameNumber.Size - 1));
        _references = (int*)(Base + (count * FrameNumber.Size));
        _holdsCode = (byte*)(_references + count);
    }

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

    public void Dispose() => NativeMemory.Free(_reservation);

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
