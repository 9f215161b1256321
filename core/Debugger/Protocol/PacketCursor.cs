namespace Kpio.Debugger.Protocol;

/// <summary>Which threads a packet means; -1 stands for all, 0 for any.</summary>
/// <param name="Pid">The process.</param>
/// <param name="Tid">The thread.</param>
internal readonly record struct ThreadId(int Pid, int Tid)
{
    /// <summary>All threads of all processes.</summary>
    public static ThreadId All { get; } = new(-1, -1);

    /// <summary>Whether a thread is meant.</summary>
    public bool Includes(int pid, int tid) => (Pid <= 0 || Pid == pid) && (Tid <= 0 || Tid == tid);
}

/// <summary>Reads a packet from left to right. What does not fit is told by false, with nothing taken.</summary>
internal ref struct PacketCursor
{
    public PacketCursor(ReadOnlySpan<byte> packet) => Rest = packet;

    /// <summary>What has not been read.</summary>
    public ReadOnlySpan<byte> Rest { get; private set; }

    public readonly bool IsAtEnd => Rest.IsEmpty;

    /// <summary>Takes a fixed text.</summary>
    public bool Take(ReadOnlySpan<byte> text)
    {
        if (!Rest.StartsWith(text))
            return false;
        Rest = Rest[text.Length..];
        return true;
    }

    /// <summary>Takes the bytes up to a separator, which is taken too, or to the end.</summary>
    public ReadOnlySpan<byte> TakeUntil(byte separator)
    {
        int end = Rest.IndexOf(separator);
        ReadOnlySpan<byte> taken = end < 0 ? Rest : Rest[..end];
        Rest = end < 0 ? [] : Rest[(end + 1)..];
        return taken;
    }

    /// <summary>Takes a hexadecimal number of up to 16 digits.</summary>
    public bool TakeNumber(out ulong value)
    {
        value = 0;
        int count = 0;
        while (count < Rest.Length && HexText.Digit(Rest[count]) is >= 0 and var digit)
        {
            if (++count > 16)
                return false;
            value = (value << 4) | (uint)digit;
        }

        Rest = Rest[count..];
        return count > 0;
    }

    /// <summary>Takes a number below 2^31.</summary>
    public bool TakeInt32(out int value)
    {
        PacketCursor before = this;
        bool isNumber = TakeNumber(out ulong number) && number <= int.MaxValue;
        value = (int)number;
        if (!isNumber)
            this = before;
        return isNumber;
    }

    /// <summary>Takes "ADDRESS,LENGTH".</summary>
    public bool TakeRange(out ulong address, out ulong length)
    {
        length = 0;
        return TakeNumber(out address) && Take(","u8) && TakeNumber(out length);
    }

    /// <summary>Takes a thread: <c>pPID.TID</c>, <c>pPID</c>, <c>TID</c>, each number -1 for all.</summary>
    public bool TakeThread(out ThreadId thread)
    {
        thread = ThreadId.All;
        if (!Take("p"u8))
        {
            if (!TakeSigned(out int only))
                return false;
            thread = new ThreadId(only == -1 ? -1 : 0, only);
            return true;
        }

        if (!TakeSigned(out int pid))
            return false;
        int tid = -1;
        if (Take("."u8) && !TakeSigned(out tid))
            return false;
        thread = new ThreadId(pid, tid);
        return true;
    }

    private bool TakeSigned(out int value)
    {
        if (Take("-1"u8))
        {
            value = -1;
            return true;
        }

        return TakeInt32(out value);
    }
}
