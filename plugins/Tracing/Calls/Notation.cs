namespace Kpio.Plugins.Tracing.Calls;

/// <summary>How numbers that differ from run to run are written: as they are, or as placeholders.</summary>
internal class Notation
{
    /// <summary>Whether times and such numbers are hidden.</summary>
    public virtual bool IsNormalized => false;

    /// <summary>An address; 0 is NULL.</summary>
    public virtual void Address(LineBuffer line, ulong address)
    {
        if (address == 0)
            line.Append("NULL");
        else
            line.AppendHex(address);
    }

    /// <summary>An address as the result of a call.</summary>
    public virtual void AddressResult(LineBuffer line, ulong address) => line.AppendAlternateHex(address);

    /// <summary>A process or thread id.</summary>
    public virtual void Pid(LineBuffer line, int pid) => line.AppendDecimal(pid);

    /// <summary>A part of a time, or another measure that no two runs share.</summary>
    public virtual void Measure(LineBuffer line, long value) => line.AppendDecimal(value);

    /// <summary>Writes down what numbers are written as.</summary>
    public virtual void Capture(BinaryWriter writer)
    {
    }

    /// <summary>Reads it.</summary>
    public virtual void Restore(BinaryReader reader)
    {
    }

    /// <summary>Random bytes.</summary>
    public virtual void RandomBytes(LineBuffer line, ReadOnlySpan<byte> bytes) => line.AppendQuoted(bytes, hexadecimal: true);
}

/// <summary>
/// Placeholders numbered by first sight: the same address is the same <c>&lt;addr1&gt;</c> throughout a trace, small numbers that
/// are no addresses (0, 1, -1) stay.
/// </summary>
internal sealed class NormalizedNotation : Notation
{
    private readonly Dictionary<ulong, int> _addresses = [];
    private readonly Dictionary<int, int> _pids = [];

    public override bool IsNormalized => true;

    public override void Address(LineBuffer line, ulong address)
    {
        if (address < 4096 || address == ulong.MaxValue)
            base.Address(line, address);
        else
            Placeholder(line, "addr", Number(_addresses, address));
    }

    public override void AddressResult(LineBuffer line, ulong address)
    {
        if (address < 4096)
            base.AddressResult(line, address);
        else
            Placeholder(line, "addr", Number(_addresses, address));
    }

    public override void Pid(LineBuffer line, int pid)
    {
        if (pid <= 0)
            base.Pid(line, pid);
        else
            Placeholder(line, "pid", Number(_pids, pid));
    }

    public override void Measure(LineBuffer line, long value) => line.Append("<time>");

    public override void RandomBytes(LineBuffer line, ReadOnlySpan<byte> bytes) => line.Append("<random>");

    public override void Capture(BinaryWriter writer)
    {
        writer.Write(_addresses.Count);
        foreach ((ulong address, int number) in _addresses)
        {
            writer.Write(address);
            writer.Write(number);
        }

        writer.Write(_pids.Count);
        foreach ((int pid, int number) in _pids)
        {
            writer.Write(pid);
            writer.Write(number);
        }
    }

    public override void Restore(BinaryReader reader)
    {
        for (int i = reader.ReadInt32(); i > 0; i--)
            _addresses[reader.ReadUInt64()] = reader.ReadInt32();
        for (int i = reader.ReadInt32(); i > 0; i--)
            _pids[reader.ReadInt32()] = reader.ReadInt32();
    }

    private static int Number<T>(Dictionary<T, int> known, T value)
        where T : notnull
    {
        if (!known.TryGetValue(value, out int number))
            known[value] = number = known.Count + 1;
        return number;
    }

    private static void Placeholder(LineBuffer line, string kind, int number) =>
        line.Append('<').Append(kind).AppendDecimal(number).Append('>');
}
