using Kpio.Contracts.Abi;

namespace Kpio.Plugins.Tracing.Calls;

/// <summary>Writes the named bits or values of a set as strace does, unknown ones in hexadecimal with a comment.</summary>
internal sealed class SetFormat
{
    private readonly KeyValuePair<string, ulong>[] _values;
    private readonly ulong _enumMask;
    private readonly ulong _typeMask;
    private readonly string? _zero;

    public SetFormat(NamedSet set)
    {
        IsBits = set.IsBits;
        _enumMask = set.EnumMask;
        _values = [.. set.Values];
        _typeMask = set.Type switch
        {
            ScalarType.I8 or ScalarType.U8 => 0xFF,
            ScalarType.I16 or ScalarType.U16 => 0xFFFF,
            ScalarType.I32 or ScalarType.U32 => 0xFFFF_FFFF,
            _ => ulong.MaxValue,
        };
        if (_enumMask == 0)
            _zero = _values.FirstOrDefault(v => v.Value == 0).Key;
        Unknown = CommonPrefix(_values) + "???";
    }

    /// <summary>Whether values combine.</summary>
    public bool IsBits { get; }

    /// <summary>What stands in a comment behind a value without a name: <c>PROT_???</c>.</summary>
    public string Unknown { get; init; }

    /// <summary>Whether a value without a name is an address.</summary>
    public bool UnknownIsAddress { get; init; }

    /// <summary>Writes bits that no name covers, behind the names, and answers those still left.</summary>
    public Func<LineBuffer, ulong, ulong>? ExtraBits { get; init; }

    public void Append(LineBuffer line, ulong value)
    {
        value &= _typeMask;
        if (IsBits)
            AppendBits(line, value);
        else
            AppendValue(line, value);
    }

    /// <summary>The bits of a result: as <see cref="Append"/>, but without a comment behind what no name covers.</summary>
    public void AppendNames(LineBuffer line, ulong value)
    {
        int start = line.Length;
        Append(line, value);
        int comment = line.Text[start..].IndexOf(" /*");
        if (comment >= 0)
            line.Truncate(start + comment);
    }

    /// <summary>The name of a value, or null.</summary>
    public string? NameOf(ulong value)
    {
        foreach ((string name, ulong known) in _values)
        {
            if ((known & _typeMask) == (value & _typeMask))
                return name;
        }

        return null;
    }

    private void AppendValue(LineBuffer line, ulong value)
    {
        if (NameOf(value) is { } name)
            line.Append(name);
        else if (UnknownIsAddress)
            line.AppendHex(value);
        else
            line.AppendAlternateHex(value).Append(" /* ").Append(Unknown).Append(" */");
    }

    private void AppendBits(LineBuffer line, ulong value)
    {
        bool any = false;
        if (_enumMask != 0)
        {
            ulong part = value & _enumMask;
            foreach ((string name, ulong known) in _values)
            {
                if ((known & ~_enumMask) == 0 && known == part)
                {
                    line.Append(name);
                    value &= ~_enumMask;
                    any = true;
                    break;
                }
            }
        }
        else if (value == 0)
        {
            line.Append(_zero ?? "0");
            return;
        }

        foreach ((string name, ulong known) in _values)
        {
            if (known == 0 || (known & value) != known || (_enumMask != 0 && (known & ~_enumMask) == 0))
                continue;
            if (any)
                line.Append('|');
            line.Append(name);
            any = true;
            value &= ~known;
        }

        if (any && value != 0 && ExtraBits is { } extra)
            value = extra(line, value);
        if (any && value != 0)
            line.Append('|').AppendHex(value);
        else if (!any && value == 0)
            line.Append('0');
        else if (!any)
            line.AppendHex(value).Append(" /* ").Append(Unknown).Append(" */");
    }

    /// <summary>What all names begin with, up to an underscore: PROT_, MAP_.</summary>
    private static string CommonPrefix(KeyValuePair<string, ulong>[] values)
    {
        if (values.Length == 0)
            return "";
        ReadOnlySpan<char> prefix = values[0].Key;
        foreach ((string name, _) in values)
        {
            int common = prefix.CommonPrefixLength(name);
            prefix = prefix[..common];
        }

        return prefix[..(prefix.LastIndexOf('_') + 1)].ToString();
    }
}
