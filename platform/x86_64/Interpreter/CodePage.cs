namespace Kpio.Platform.X64.Interpreter;

/// <summary>The blocks that were decoded from one frame, and the memory of their records.</summary>
internal sealed unsafe class CodePage(uint frame)
{
    private CrossingBlock[]? _crossing;

    public uint Frame { get; } = frame;

    /// <summary>Blocks that lie in the page, by linear address.</summary>
    public AddressTable Blocks { get; } = new();

    /// <summary>The allocations that hold the records.</summary>
    public PointerList Chunks { get; } = new();

    /// <summary>The free part of the last chunk.</summary>
    public byte* Next { get; set; }

    public int Left { get; set; }

    /// <summary>Bytes of all chunks.</summary>
    public int Size { get; set; }

    /// <summary>Whether blocks begin here that depend on the next page too.</summary>
    public bool HasCrossing => _crossing is not null;

    /// <summary>Whether the instruction at an address is one of those.</summary>
    public bool Crosses(ulong rip)
    {
        foreach (CrossingBlock block in _crossing!)
        {
            if (block.Rip == rip) return true;
        }

        return false;
    }

    /// <summary>Whether a block begins in the page of linear addresses with a number (address divided by 4096).</summary>
    public bool HasBlocksIn(ulong page)
    {
        if (Blocks.AnyKeyIn(page)) return true;
        if (_crossing is null) return false;
        foreach (CrossingBlock block in _crossing)
        {
            if (block.Rip >> 12 == page) return true;
        }

        return false;
    }

    /// <summary>The block at an address whose instruction ends in frame <paramref name="second"/>, or null.</summary>
    public Op* FindCrossing(ulong rip, uint second)
    {
        foreach (CrossingBlock block in _crossing!)
        {
            if (block.Rip == rip && block.Second == second) return block.Records;
        }

        return null;
    }

    public void AddCrossing(ulong rip, uint second, Op* records)
    {
        int count = _crossing?.Length ?? 0;
        var blocks = new CrossingBlock[count + 1];
        for (int i = 0; i < count; i++) blocks[i] = _crossing![i];
        blocks[^1] = new CrossingBlock { Rip = rip, Second = second, Records = records };
        _crossing = blocks;
    }

    /// <summary>Forgets the blocks that end in a frame.</summary>
    public void DropCrossing(uint second)
    {
        if (_crossing is null) return;
        for (int i = 0; i < _crossing.Length; i++)
        {
            if (_crossing[i].Second == second) _crossing[i].Rip = 0;
        }
    }

    private struct CrossingBlock
    {
        public ulong Rip;
        public Op* Records;
        public uint Second;
    }
}
