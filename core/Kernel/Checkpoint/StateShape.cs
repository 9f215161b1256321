using System.Reflection;
using Kpio.Contracts.Abi;
using Kpio.Contracts.Platform;
using Kpio.Contracts.State;
using FieldInfo = System.Reflection.FieldInfo;

namespace Kpio.Kernel.Checkpoint;

/// <summary>How a value is written.</summary>
internal enum ShapeKind : byte
{
    /// <summary>A whole number, a truth value or an enumeration: up to 64 bits.</summary>
    Number,

    /// <summary>Text, or none.</summary>
    Text,

    /// <summary>An array of bytes, or none.</summary>
    Bytes,

    /// <summary><see cref="ReadOnlyMemory{T}"/> of bytes.</summary>
    Memory,

    /// <summary>An array, or none; known by its identity.</summary>
    Array,

    /// <summary>A list, or none.</summary>
    List,

    /// <summary>A dictionary, or none.</summary>
    Dictionary,

    /// <summary>A value, or none.</summary>
    Optional,

    /// <summary>A structure: its fields.</summary>
    Structure,

    /// <summary>An object of the contracts, or none; known by its identity, and of its own class.</summary>
    Object,

    /// <summary>A task's registers.</summary>
    Registers,

    /// <summary>A task's view of its memory, which is the machine's.</summary>
    UserMemory,
}

/// <summary>How the values of one type are written: worked out from the type's fields, so that what is added to a contract is kept without a line here.</summary>
internal sealed class StateShape
{
    private const int MostSmall = 256;

    // Two threads may make the same value: either is right.
    private readonly object?[] _small;
    private bool _isPlain;
    private readonly Dictionary<string, StateField> _bySignature = new(StringComparer.Ordinal);

    private StateShape(Type type, ShapeKind kind)
    {
        Type = type;
        Kind = kind;
        _isPlain = kind is ShapeKind.Number or ShapeKind.Text;
        Code = Type.GetTypeCode(type);
        _small = kind == ShapeKind.Number ? new object?[MostSmall] : [];
        Name = kind is ShapeKind.Structure or ShapeKind.Object ? NameOf(type) : "";
    }

    /// <summary>What kind of number it is.</summary>
    public TypeCode Code { get; }

    /// <summary>A small number as a value of the type, made once: most numbers are small, and what reads them copies the value out. Null for one that is not small.</summary>
    public object? Small(long number, Func<StateShape, long, object> make)
    {
        if (Kind != ShapeKind.Number || (ulong)number >= MostSmall)
            return null;
        return _small[number] ??= make(this, number);
    }

    /// <summary>The name under which a structure or an object is written.</summary>
    public string Name { get; }

    public Type Type { get; }

    public ShapeKind Kind { get; }

    /// <summary>What an array, list, dictionary or optional value is of.</summary>
    public StateShape? Element { get; private set; }

    /// <summary>The keys of a dictionary.</summary>
    public StateShape? Key { get; private set; }

    /// <summary>The fields of a structure or object, those of its bases first.</summary>
    public IReadOnlyList<StateField> Fields { get; private set; } = [];

    /// <summary>Whether the value leads to nothing that can change, so that a copy of its owner has it already.</summary>
    public bool IsPlain => _isPlain || (Kind == ShapeKind.Optional && Element!.IsPlain);

    /// <summary>The type of list that is made: of the interfaces that only read an array is enough.</summary>
    public Type? Made { get; private set; }

    /// <summary>The field that was written under a signature (<see cref="StateField.Signature"/>), or null.</summary>
    public StateField? Find(string signature) => _bySignature.GetValueOrDefault(signature);

    /// <summary>The fields that are empty lists and dictionaries, and not null, where the writer had none.</summary>
    public IReadOnlyList<StateField> Collections { get; private set; } = [];

    /// <summary>The name under which a type is written.</summary>
    public static string NameOf(Type type)
    {
        if (type.IsArray)
            return NameOf(type.GetElementType()!) + "[]";
        return type.IsGenericType
            ? $"{type.Name}<{string.Join(',', type.GetGenericArguments().Select(NameOf))}>"
            : type.FullName!;
    }

    internal static StateShape Make(Type type, Func<Type, StateShape> find)
    {
        if (type.IsPrimitive || type.IsEnum)
            return new StateShape(type, ShapeKind.Number);
        if (type == typeof(string))
            return new StateShape(type, ShapeKind.Text);
        if (type == typeof(byte[]))
            return new StateShape(type, ShapeKind.Bytes);
        if (type == typeof(ReadOnlyMemory<byte>))
            return new StateShape(type, ShapeKind.Memory);
        if (type == typeof(CpuContext))
            return new StateShape(type, ShapeKind.Registers);
        if (type == typeof(IUserMemory))
            return new StateShape(type, ShapeKind.UserMemory);
        if (type.IsArray)
            return new StateShape(type, ShapeKind.Array) { Element = find(type.GetElementType()!) };
        if (type.IsGenericType && !type.IsValueType && type.Assembly != typeof(MachineState).Assembly)
            return MakeCollection(type, find);
        if (Nullable.GetUnderlyingType(type) is { } underlying)
            return new StateShape(type, ShapeKind.Optional) { Element = find(underlying) };
        bool isOwn = type.Assembly == typeof(MachineState).Assembly;
        if (!isOwn && !(type.IsValueType && type.IsGenericType))
            throw new NotSupportedException($"{type} is no type of the contracts: it cannot be kept.");
        if (typeof(Delegate).IsAssignableFrom(type) || type.IsInterface)
            throw new NotSupportedException($"{type} is no data: it cannot be kept.");
        return new StateShape(type, type.IsValueType ? ShapeKind.Structure : ShapeKind.Object);
    }

    /// <summary>Finds the fields; after the shape is known by its type, since types may contain themselves.</summary>
    internal void Complete(Func<Type, StateShape> find)
    {
        if (Kind is not (ShapeKind.Structure or ShapeKind.Object))
            return;
        var fields = new List<StateField>();
        var types = new Stack<Type>();
        for (Type? type = Type; type is not null && type != typeof(object) && type != typeof(ValueType); type = type.BaseType)
            types.Push(type);
        foreach (Type type in types)
        {
            foreach (FieldInfo field in type.GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
                fields.Add(new StateField(field, find(field.FieldType)));
        }

        Fields = fields;
        _isPlain = Kind == ShapeKind.Structure && fields.TrueForAll(static own => own.Shape.IsPlain);
        Collections = [.. fields.Where(static field => field.Shape.Kind is ShapeKind.List or ShapeKind.Dictionary)];
        foreach (StateField field in fields)
            _bySignature.TryAdd(field.Signature, field);
    }

    private static StateShape MakeCollection(Type type, Func<Type, StateShape> find)
    {
        Type definition = type.GetGenericTypeDefinition();
        Type[] arguments = type.GetGenericArguments();
        if (definition == typeof(Dictionary<,>) || definition == typeof(IReadOnlyDictionary<,>))
        {
            return new StateShape(type, ShapeKind.Dictionary)
            {
                Key = find(arguments[0]),
                Element = find(arguments[1]),
                Made = typeof(Dictionary<,>).MakeGenericType(arguments),
            };
        }

        if (definition == typeof(List<>) || definition == typeof(IList<>))
            return new StateShape(type, ShapeKind.List) { Element = find(arguments[0]), Made = typeof(List<>).MakeGenericType(arguments) };
        if (definition == typeof(IReadOnlyList<>))
            return new StateShape(type, ShapeKind.List) { Element = find(arguments[0]) };
        throw new NotSupportedException($"{type} is no collection that can be kept.");
    }
}

/// <summary>A field of a structure or object.</summary>
internal sealed class StateField
{
    private const string BackingEnd = ">k__BackingField";
    private readonly FieldInfo _field;

    public StateField(FieldInfo field, StateShape shape)
    {
        _field = field;
        Shape = shape;
        Name = field.Name.EndsWith(BackingEnd, StringComparison.Ordinal) ? field.Name[1..^BackingEnd.Length] : field.Name;
        Signature = $"{Name}:{StateShape.NameOf(field.FieldType)}";
    }

    /// <summary>The name of the property that it is behind, or its own.</summary>
    public string Name { get; }

    /// <summary>What the field is written under: its name with what it is, so that a reader of another version sees what has changed.</summary>
    public string Signature { get; }

    public Type Type => _field.FieldType;

    public StateShape Shape { get; }

    public object? Get(object owner) => _field.GetValue(owner);

    public void Set(object owner, object? value) => _field.SetValue(owner, value);
}

/// <summary>The shapes of the types that are written or read, each worked out once. From any thread.</summary>
internal sealed class StateShapes
{
    private readonly Dictionary<Type, StateShape> _shapes = [];
    private readonly object _lock = new();

    /// <summary>The shape of a type's values.</summary>
    /// <exception cref="NotSupportedException">They cannot be kept.</exception>
    public StateShape Of(Type type)
    {
        lock (_lock)
            return Find(type);
    }

    private StateShape Find(Type type)
    {
        if (_shapes.TryGetValue(type, out StateShape? shape))
            return shape;
        shape = StateShape.Make(type, Find);
        _shapes[type] = shape;
        shape.Complete(Find);
        return shape;
    }
}
