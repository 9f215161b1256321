using System.Buffers.Binary;
using Kpio.Contracts.Abi;

namespace Kpio.Plugins.Tracing.Calls;

/// <summary>Writes a value that was copied out of the guest's memory.</summary>
internal delegate void ValueWriter(Call call, ReadOnlySpan<byte> bytes);

/// <summary>A structure or scalar that pointers lead to.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Size">Its size in bytes.</param>
/// <param name="Write">Writes one.</param>
internal sealed record ValueFormat(string Name, int Size, ValueWriter Write)
{
    /// <summary>The largest value that is copied to the stack.</summary>
    public const int MaximumSize = 2048;

    /// <summary>
    /// How many elements of an array are shown before "...": as many as strings have bytes.
    /// </summary>
    private const int ArrayLimit = QuotedText.Limit;

    /// <summary>Writes what <paramref name="address"/> points to, or the address where that cannot be read.</summary>
    public void WriteAt(Call call, ulong address)
    {
        Span<byte> bytes = stackalloc byte[Math.Min(Size, MaximumSize)];
        if (address != 0 && Size <= MaximumSize && call.Memory.TryRead(address, bytes))
            Write(call, bytes);
        else
            call.Notation.Address(call.Line, address);
    }

    /// <summary>Writes an array of values.</summary>
    public void WriteArray(Call call, ulong address, ulong count)
    {
        LineBuffer line = call.Line;
        if (address == 0)
        {
            call.Notation.Address(line, address);
            return;
        }

        if (count == 0)
        {
            line.Append("[]");
            return;
        }

        Span<byte> bytes = stackalloc byte[Math.Min(Size, MaximumSize)];
        for (ulong i = 0; i < count; i++, address += (ulong)Size)
        {
            if (i >= ArrayLimit)
            {
                line.Append(", ...");
                break;
            }

            if (Size > MaximumSize || !call.Memory.TryRead(address, bytes))
            {
                if (i == 0)
                {
                    call.Notation.Address(line, address);
                    return;
                }

                line.Append(", ... /* ");
                call.Notation.Address(line, address);
                line.Append(" */");
                break;
            }

            line.Append(i == 0 ? "[" : ", ");
            Write(call, bytes);
        }

        line.Append(']');
    }
}

/// <summary>Makes the formats of structures from their descriptions.</summary>
internal sealed class ValueFormats(AbiCatalog catalog)
{
    private readonly Dictionary<string, ValueFormat> _values = [];
    private readonly Dictionary<string, SetFormat> _sets = [];

    /// <summary>The set of a name; null for one that is not described.</summary>
    public SetFormat? Set(string? name)
    {
        if (name is null)
            return null;
        if (_sets.TryGetValue(name, out SetFormat? known))
            return known;
        if (!catalog.Sets.TryGetValue(name, out NamedSet? set))
            return null;
        return _sets[name] = IrregularSets.Create(set);
    }

    /// <summary>A set with changes; null for one that is not described.</summary>
    public SetFormat? Variation(string name, Func<NamedSet, NamedSet> change) =>
        catalog.Sets.TryGetValue(name, out NamedSet? set) ? new SetFormat(change(set)) : null;

    /// <summary>The structure or scalar of a name; null for one that is not described.</summary>
    public ValueFormat? Value(string? name)
    {
        if (name is null)
            return null;
        if (_values.TryGetValue(name, out ValueFormat? known))
            return known;
        ValueFormat? made = Scalar(name);
        if (made is null && catalog.Structs.TryGetValue(name, out StructInfo? info))
            made = IrregularStructs.Create(info, this) ?? new ValueFormat(name, info.Size, Fields(info));
        if (made is not null)
            _values[name] = made;
        return made;
    }

    /// <summary>A structure written field by field: <c>{name=value, …}</c>.</summary>
    public ValueWriter Fields(StructInfo info, Predicate<string>? shown = null)
    {
        var fields = new List<(string Name, int Offset, int Size, ValueWriter Write)>();
        foreach (FieldInfo field in info.Fields)
        {
            if (!field.Name.StartsWith("__", StringComparison.Ordinal) && (shown is null || shown(field.Name)))
                fields.Add((field.Name, field.Offset, field.Size, Field(field)));
        }

        return (call, bytes) =>
        {
            call.Line.Append('{');
            bool first = true;
            foreach ((string name, int offset, int size, ValueWriter write) in fields)
            {
                if (!first)
                    call.Line.Append(", ");
                first = false;
                call.Line.Append(name).Append('=');
                write(call, bytes.Slice(offset, size));
            }

            call.Line.Append('}');
        };
    }

    /// <summary>How a field is written.</summary>
    public ValueWriter Field(FieldInfo field)
    {
        if (field.Count > 1 && field.Scalar is not (ScalarType.Char or ScalarType.None) && field.Kind != ArgumentKind.In)
        {
            ValueWriter element = Field(field with { Count = 1, Size = field.Size / field.Count });
            int size = field.Size / field.Count;
            return (call, bytes) =>
            {
                call.Line.Append('[');
                for (int offset = 0; offset < bytes.Length; offset += size)
                {
                    if (offset > 0)
                        call.Line.Append(", ");
                    element(call, bytes.Slice(offset, size));
                }

                call.Line.Append(']');
            };
        }

        ScalarType scalar = field.Scalar;
        SetFormat? set = Set(field.Set);
        return field.Kind switch
        {
            ArgumentKind.InOutStruct when Value(field.Set) is { } nested => nested.Write,
            ArgumentKind.String => static (call, bytes) => WriteText(call, bytes),
            ArgumentKind.In => static (call, bytes) => call.Line.AppendQuoted(bytes, hexadecimal: true),
            ArgumentKind.Flags or ArgumentKind.Enum when set is not null => (call, bytes) => set.Append(call.Line, Unsigned(bytes)),
            ArgumentKind.Address => static (call, bytes) => call.Notation.Address(call.Line, Unsigned(bytes)),
            ArgumentKind.Hex => static (call, bytes) => call.Line.AppendAlternateHex(Unsigned(bytes)),
            ArgumentKind.Mode => static (call, bytes) => call.Line.AppendOctal(Unsigned(bytes)),
            ArgumentKind.Device => static (call, bytes) => ArgumentWriters.AppendDevice(call.Line, Unsigned(bytes)),
            ArgumentKind.Pid => static (call, bytes) => call.Notation.Pid(call.Line, (int)Unsigned(bytes)),
            ArgumentKind.Uid or ArgumentKind.Gid => static (call, bytes) => ArgumentWriters.AppendId(call.Line, Unsigned(bytes)),
            ArgumentKind.Signal => static (call, bytes) => SignalText.Append(call.Line, (int)Unsigned(bytes)),
            _ when scalar == ScalarType.Sigset => static (call, bytes) => SignalText.AppendSet(call.Line, Unsigned(bytes)),
            _ when scalar is ScalarType.I8 or ScalarType.I16 or ScalarType.I32 or ScalarType.I64 =>
                static (call, bytes) => call.Line.AppendDecimal(Signed(bytes)),
            _ => static (call, bytes) => call.Line.AppendDecimal(Unsigned(bytes)),
        };
    }

    /// <summary>A little-endian number of 1, 2, 4 or 8 bytes.</summary>
    public static ulong Unsigned(ReadOnlySpan<byte> bytes) => bytes.Length switch
    {
        1 => bytes[0],
        2 => BinaryPrimitives.ReadUInt16LittleEndian(bytes),
        4 => BinaryPrimitives.ReadUInt32LittleEndian(bytes),
        >= 8 => BinaryPrimitives.ReadUInt64LittleEndian(bytes),
        _ => 0,
    };

    /// <summary>A signed little-endian number of 1, 2, 4 or 8 bytes.</summary>
    public static long Signed(ReadOnlySpan<byte> bytes) => bytes.Length switch
    {
        1 => (sbyte)bytes[0],
        2 => BinaryPrimitives.ReadInt16LittleEndian(bytes),
        4 => BinaryPrimitives.ReadInt32LittleEndian(bytes),
        >= 8 => BinaryPrimitives.ReadInt64LittleEndian(bytes),
        _ => 0,
    };

    private static void WriteText(Call call, ReadOnlySpan<byte> bytes)
    {
        int end = bytes.IndexOf((byte)0);
        call.Line.AppendQuoted(end < 0 ? bytes : bytes[..end]);
        if (end < 0)
            call.Line.Append("...");
    }

    /// <summary>A scalar behind a pointer stands in brackets, a signal set in its own.</summary>
    private static ValueFormat? Scalar(string name) => name switch
    {
        "sigset" => new ValueFormat(name, 8, static (call, bytes) => SignalText.AppendSet(call.Line, Unsigned(bytes))),
        "i32" => new ValueFormat(name, 4, WriteSigned),
        "i64" => new ValueFormat(name, 8, WriteSigned),
        "u32" => new ValueFormat(name, 4, WriteUnsigned),
        "u64" => new ValueFormat(name, 8, WriteUnsigned),
        _ => null,
    };

    private static void WriteSigned(Call call, ReadOnlySpan<byte> bytes) => call.Line.Append('[').AppendDecimal(Signed(bytes)).Append(']');

    private static void WriteUnsigned(Call call, ReadOnlySpan<byte> bytes) => call.Line.Append('[').AppendDecimal(Unsigned(bytes)).Append(']');
}
