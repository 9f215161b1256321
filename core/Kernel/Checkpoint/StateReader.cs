using System.Collections;
using System.Runtime.CompilerServices;
using System.Text;
using Kpio.Contracts.Abi;
using Kpio.Contracts.Platform;
using Kpio.Contracts.State;

namespace Kpio.Kernel.Checkpoint;

/// <summary>
/// Reads what <see cref="StateWriter"/> wrote. The bytes may be anybody's: only data classes of the contracts are made, only where they belong, and
/// no more of anything than there are bytes for. A field that this version has and the writer had not is empty, or zero.
/// </summary>
internal sealed class StateReader
{
    private const int MostDepth = 64;
    private const int MostName = 300;
    private static readonly Func<StateShape, long, object> MakeNumber = Make;

    private readonly StateShapes _shapes;
    private readonly byte[] _bytes;
    private readonly IReadOnlyList<byte[]> _blocks;
    private readonly Func<CpuContext> _makeRegisters;
    private readonly IUserMemory? _memory;
    private readonly bool _sharesBlocks;
    private readonly List<object> _objects = [];
    private readonly List<WrittenType> _types = [];
    private int _position;
    private int _depth;

    /// <param name="shapes">Shapes of types.</param>
    /// <param name="bytes">What was written.</param>
    /// <param name="blocks">Its large arrays; they are copied unless <paramref name="sharesBlocks"/> is set.</param>
    /// <param name="makeRegisters">Makes registers for a task.</param>
    /// <param name="memory">The view of memory that tasks of this machine have; null where there is none.</param>
    /// <param name="sharesBlocks">Whether the records get the large arrays themselves: whoever asks for it changes none.</param>
    public StateReader(
        StateShapes shapes,
        byte[] bytes,
        IReadOnlyList<byte[]> blocks,
        Func<CpuContext> makeRegisters,
        IUserMemory? memory,
        bool sharesBlocks = false)
    {
        _shapes = shapes;
        _bytes = bytes;
        _blocks = blocks;
        _makeRegisters = makeRegisters;
        _memory = memory;
        _sharesBlocks = sharesBlocks;
    }

    /// <summary>Reads the object with all that it refers to.</summary>
    /// <exception cref="SnapshotException">The bytes are no such object.</exception>
    public T Read<T>()
        where T : class
    {
        StateShape shape = _shapes.Of(typeof(T));
        return Count() == 1 && ReadObject(shape.Type) is T value && _position == _bytes.Length ? value : throw Damaged();
    }

    private static SnapshotException Damaged() => new("its records are damaged");

    private object? Read(StateShape shape)
    {
        if (++_depth > MostDepth)
            throw Damaged();
        object? value = shape.Kind switch
        {
            ShapeKind.Number => ReadNumber(shape),
            ShapeKind.Text => Sequence() is { } text ? Encoding.UTF8.GetString(text) : null,
            ShapeKind.Bytes => ReadBlock(),
            ShapeKind.Memory => new ReadOnlyMemory<byte>(Sequence() ?? []),
            ShapeKind.Array or ShapeKind.Object => ReadReference(shape),
            ShapeKind.List => ReadList(shape),
            ShapeKind.Dictionary => ReadDictionary(shape),
            ShapeKind.Optional => Count() == 0 ? null : Read(shape.Element!),
            ShapeKind.Structure => ReadStructure(shape),
            ShapeKind.Registers => ReadRegisters(),
            _ => _memory,
        };
        _depth--;
        return value;
    }

    private object? ReadReference(StateShape shape)
    {
        ulong number = Count();
        if (number == 0)
            return null;
        if (number >= 2)
        {
            object known = number - 2 < (ulong)_objects.Count ? _objects[(int)(number - 2)] : throw Damaged();
            return shape.Type.IsInstanceOfType(known) ? known : throw Damaged();
        }

        if (shape.Kind == ShapeKind.Object)
            return ReadObject(shape.Type);
        var array = Array.CreateInstance(shape.Type.GetElementType()!, Length(Count()));
        _objects.Add(array);
        for (int i = 0; i < array.Length; i++)
            array.SetValue(Read(shape.Element!), i);
        return array;
    }

    private object ReadObject(Type declared)
    {
        WrittenType type = ReadType(declared);
        if (!declared.IsAssignableFrom(type.Shape.Type))
            throw Damaged();
        object value = RuntimeHelpers.GetUninitializedObject(type.Shape.Type);
        _objects.Add(value);
        foreach (StateField field in type.Fields)
            field.Set(value, Read(field.Shape));
        foreach (StateField field in type.Missing)
            field.Set(value, MakeEmpty(field.Shape));
        return value;
    }

    /// <summary>What stands for a list that the writer did not know.</summary>
    private static object MakeEmpty(StateShape shape) =>
        shape.Made is { } made ? Activator.CreateInstance(made)! : Array.CreateInstance(shape.Element!.Type, 0);

    private object ReadStructure(StateShape shape)
    {
        WrittenType type = ReadType(shape.Type);
        if (type.Shape != shape)
            throw Damaged();
        object value = RuntimeHelpers.GetUninitializedObject(shape.Type);
        foreach (StateField field in type.Fields)
            field.Set(value, Read(field.Shape));
        return value;
    }

    /// <summary>The type that comes next: one of those before, or a new one with the names of its fields as the writer had them.</summary>
    private WrittenType ReadType(Type declared)
    {
        ulong index = Count();
        if (index > 0)
            return index - 1 < (ulong)_types.Count ? _types[(int)(index - 1)] : throw Damaged();
        string name = Name();
        StateShape shape = _shapes.Of(declared) is var own && own.Name == name ? own : ShapeOf(name);
        var fields = new List<StateField>();
        for (int i = Length(Count()); i > 0; i--)
        {
            string field = Name();
            fields.Add(shape.Find(field) ?? throw new SnapshotException($"it has {name}.{field}, which this version of KPIO does not know"));
        }

        List<StateField> missing = [.. shape.Collections.Where(field => !fields.Contains(field))];
        var type = new WrittenType(shape, fields, missing);
        _types.Add(type);
        return type;
    }

    private StateShape ShapeOf(string name)
    {
        Type? type = typeof(MachineState).Assembly.GetType(name);
        if (type is not { IsClass: true, IsAbstract: false, ContainsGenericParameters: false })
            throw new SnapshotException("it has records that this version of KPIO does not know");
        try
        {
            return _shapes.Of(type);
        }
        catch (NotSupportedException)
        {
            throw Damaged();
        }
    }

    private object? ReadList(StateShape shape)
    {
        ulong count = Count();
        if (count == 0)
            return null;
        int length = Length(count - 1);
        if (shape.Made is { } made)
        {
            var list = (IList)Activator.CreateInstance(made)!;
            for (int i = 0; i < length; i++)
                list.Add(Read(shape.Element!));
            return list;
        }

        var array = Array.CreateInstance(shape.Element!.Type, length);
        for (int i = 0; i < length; i++)
            array.SetValue(Read(shape.Element), i);
        return array;
    }

    private IDictionary? ReadDictionary(StateShape shape)
    {
        ulong count = Count();
        if (count == 0)
            return null;
        var dictionary = (IDictionary)Activator.CreateInstance(shape.Made!)!;
        for (int i = Length(count - 1); i > 0; i--)
            dictionary[Read(shape.Key!) ?? throw Damaged()] = Read(shape.Element!);
        return dictionary;
    }

    private CpuContext ReadRegisters()
    {
        CpuContext registers = _makeRegisters();
        return registers is ICpuContextImage image && Sequence() is { } bytes && image.ReadImage(bytes) ? registers : throw Damaged();
    }

    private byte[]? ReadBlock()
    {
        ulong number = Count();
        if (number < 2)
            return number == 0 ? null : Sequence() ?? throw Damaged();
        byte[] block = number - 2 < (ulong)_blocks.Count ? _blocks[(int)(number - 2)] : throw Damaged();
        return _sharesBlocks ? block : block.AsSpan().ToArray();
    }

    private object ReadNumber(StateShape shape)
    {
        ulong coded = Count();
        long number = (long)(coded >> 1) ^ -(long)(coded & 1);
        return shape.Small(number, MakeNumber) ?? Make(shape, number);
    }

    private static object Make(StateShape shape, long number)
    {
        Type type = shape.Type;
        unchecked
        {
            return shape.Code switch
            {
                TypeCode.Boolean => number != 0,
                TypeCode.Char => (char)number,
                TypeCode.SByte => Of(type, (sbyte)number),
                TypeCode.Byte => Of(type, (byte)number),
                TypeCode.Int16 => Of(type, (short)number),
                TypeCode.UInt16 => Of(type, (ushort)number),
                TypeCode.Int32 => Of(type, (int)number),
                TypeCode.UInt32 => Of(type, (uint)number),
                TypeCode.Int64 => Of(type, number),
                TypeCode.UInt64 => Of(type, (ulong)number),
                _ => throw Damaged(),
            };
        }

        static object Of(Type type, object number) => type.IsEnum ? Enum.ToObject(type, number) : number;
    }

    /// <summary>A name, which may be shown: short and plain.</summary>
    private string Name() =>
        Sequence() is { Length: <= MostName } name && !name.AsSpan().ContainsAnyExceptInRange((byte)'!', (byte)'~') ? Encoding.ASCII.GetString(name) : throw Damaged();

    private byte[]? Sequence()
    {
        ulong count = Count();
        if (count == 0)
            return null;
        int length = Length(count - 1);
        byte[] bytes = _bytes.AsSpan(_position, length).ToArray();
        _position += length;
        return bytes;
    }

    /// <summary>A number of things of which each takes a byte at least.</summary>
    private int Length(ulong count) => count <= (ulong)(_bytes.Length - _position) ? (int)count : throw Damaged();

    private ulong Count()
    {
        ulong number = 0;
        for (int shift = 0; shift < 64; shift += 7)
        {
            if (_position >= _bytes.Length)
                throw Damaged();
            byte next = _bytes[_position++];
            number |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
                return number;
        }

        throw Damaged();
    }

    /// <summary>A type with the fields that the writer had, in its order, and the lists and dictionaries that it had not.</summary>
    private sealed record WrittenType(StateShape Shape, List<StateField> Fields, List<StateField> Missing);
}
