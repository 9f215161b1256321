using System.Buffers;
using System.Collections;
using System.Text;
using Kpio.Contracts.Platform;

namespace Kpio.Kernel.Checkpoint;

/// <summary>
/// Writes records of the contracts with all that they refer to: each object once, so that what several share they share again when it is read. A
/// type's fields are named where it first occurs. Pages and other large arrays of bytes go into <see cref="Blocks"/>, copied.
/// </summary>
internal sealed class StateWriter
{
    /// <summary>From how many bytes on an array goes into <see cref="Blocks"/>.</summary>
    public const int LeastBlock = 1024;

    private readonly StateShapes _shapes;
    private readonly ArrayBufferWriter<byte> _output = new(64 << 10);
    private readonly Dictionary<object, int> _objects = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<Type, int> _types = [];

    public StateWriter(StateShapes shapes) => _shapes = shapes;

    /// <summary>What was written.</summary>
    public byte[] Bytes => _output.WrittenSpan.ToArray();

    /// <summary>Large arrays.</summary>
    public List<byte[]> Blocks { get; } = [];

    /// <summary>Writes an object and all that it refers to.</summary>
    /// <exception cref="NotSupportedException">Something is no plain data.</exception>
    public void Write(object root) => Write(_shapes.Of(root.GetType()), root);

    private void Write(StateShape shape, object? value)
    {
        switch (shape.Kind)
        {
            case ShapeKind.Number:
                Number(value!);
                break;
            case ShapeKind.Text:
                Sequence(value is string text ? Encoding.UTF8.GetBytes(text) : null);
                break;
            case ShapeKind.Bytes:
                Block((byte[]?)value);
                break;
            case ShapeKind.Memory:
                Sequence(((ReadOnlyMemory<byte>)value!).ToArray());
                break;
            case ShapeKind.Array or ShapeKind.Object when value is null:
                Count(0);
                break;
            case ShapeKind.Array or ShapeKind.Object:
                if (!IsKnown(value))
                    WriteNew(shape, value);
                break;
            case ShapeKind.List:
                WriteList(shape, (IEnumerable?)value);
                break;
            case ShapeKind.Dictionary:
                WriteDictionary(shape, (IEnumerable?)value);
                break;
            case ShapeKind.Optional:
                Count(value is null ? 0u : 1);
                if (value is not null)
                    Write(shape.Element!, value);
                break;
            case ShapeKind.Structure:
                WriteFields(shape, value!);
                break;
            case ShapeKind.Registers:
                WriteRegisters((CpuContext)value!);
                break;
            default:
                break;
        }
    }

    /// <summary>Writes the number of an object that was written before; else 0 and gives it the next number.</summary>
    private bool IsKnown(object value)
    {
        if (_objects.TryGetValue(value, out int number))
        {
            Count((uint)number + 2);
            return true;
        }

        Count(1);
        _objects.Add(value, _objects.Count);
        return false;
    }

    private void WriteNew(StateShape shape, object value)
    {
        if (shape.Kind == ShapeKind.Object)
        {
            WriteFields(_shapes.Of(value.GetType()), value);
            return;
        }

        var array = (Array)value;
        Count((uint)array.Length);
        foreach (object? item in array)
            Write(shape.Element!, item);
    }

    private void WriteFields(StateShape shape, object value)
    {
        if (_types.TryGetValue(shape.Type, out int index))
        {
            Count((uint)index + 1);
        }
        else
        {
            Count(0);
            _types.Add(shape.Type, _types.Count);
            Sequence(Encoding.UTF8.GetBytes(shape.Name));
            Count((uint)shape.Fields.Count);
            foreach (StateField field in shape.Fields)
                Sequence(Encoding.UTF8.GetBytes(field.Signature));
        }

        foreach (StateField field in shape.Fields)
            Write(field.Shape, field.Get(value));
    }

    private void WriteList(StateShape shape, IEnumerable? list)
    {
        if (list is null)
        {
            Count(0);
            return;
        }

        uint count = 0;
        foreach (object? _ in list)
            count++;
        Count(count + 1);
        foreach (object? item in list)
            Write(shape.Element!, item);
    }

    private void WriteDictionary(StateShape shape, IEnumerable? dictionary)
    {
        if (dictionary is null)
        {
            Count(0);
            return;
        }

        var pairs = (IDictionary)dictionary;
        Count((uint)pairs.Count + 1);
        foreach (DictionaryEntry pair in pairs)
        {
            Write(shape.Key!, pair.Key);
            Write(shape.Element!, pair.Value);
        }
    }

    private void WriteRegisters(CpuContext registers)
    {
        if (registers is not ICpuContextImage image)
            throw new NotSupportedException("The platform's registers cannot be kept.");
        byte[] bytes = new byte[image.ImageSize];
        image.WriteImage(bytes);
        Sequence(bytes);
    }

    private void Block(byte[]? bytes)
    {
        if (bytes is null || bytes.Length < LeastBlock)
        {
            Count(bytes is null ? 0u : 1);
            if (bytes is not null)
                Sequence(bytes);
            return;
        }

        Count((uint)Blocks.Count + 2);
        Blocks.Add(bytes.AsSpan().ToArray());
    }

    private void Number(object value)
    {
        long number = value switch
        {
            bool truth => truth ? 1 : 0,
            char letter => letter,
            ulong large => (long)large,
            Enum name => Convert.GetTypeCode(name) == TypeCode.UInt64 ? (long)Convert.ToUInt64(name, null) : Convert.ToInt64(name, null),
            _ => Convert.ToInt64(value, null),
        };
        Count((ulong)(number << 1 ^ number >> 63));
    }

    private void Sequence(byte[]? bytes)
    {
        Count(bytes is null ? 0u : (uint)bytes.Length + 1);
        if (bytes is not null)
            _output.Write(bytes);
    }

    private void Count(ulong number)
    {
        Span<byte> span = _output.GetSpan(10);
        int length = 0;
        while (number >= 0x80)
        {
            span[length++] = (byte)(number | 0x80);
            number >>= 7;
        }

        span[length++] = (byte)number;
        _output.Advance(length);
    }
}
