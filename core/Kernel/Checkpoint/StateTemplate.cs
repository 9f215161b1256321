using System.Collections;
using System.Reflection;
using Kpio.Contracts.Abi;
using Kpio.Contracts.Platform;

namespace Kpio.Kernel.Checkpoint;

/// <summary>
/// Records that were read once, in a form from which machines get copies of their own. To read a record costs a call by reflection for each of its
/// values; to copy it, one copy of the object, and a call for each of its fields that leads to something which can change. What is copied, and what is linked to what, is
/// worked out once (<see cref="StateTemplateBuilder"/>). A copy is what <see cref="StateReader"/> would make. Does not change; from any thread.
/// </summary>
internal sealed class StateTemplate
{
    // The base library's own copy of an object of whatever class; also of a boxed structure and of an array.
    private static readonly Func<object, object> CopyOf =
        typeof(object).GetMethod(nameof(MemberwiseClone), BindingFlags.Instance | BindingFlags.NonPublic)!.CreateDelegate<Func<object, object>>();

    private readonly TemplatePart[] _parts;
    private readonly TemplateLink[] _links;

    /// <param name="parts">What is made for each copy; the first is the root.</param>
    /// <param name="links">What is put where then, in this order.</param>
    public StateTemplate(TemplatePart[] parts, TemplateLink[] links) => (_parts, _links) = (parts, links);

    /// <summary>Makes a copy that shares nothing with the template, nor with other copies, but texts.</summary>
    /// <param name="makeRegisters">Makes registers for a task.</param>
    /// <param name="memory">The view of memory that tasks of the machine have.</param>
    /// <exception cref="SnapshotException">The platform does not take the registers.</exception>
    public object Copy(Func<CpuContext> makeRegisters, IUserMemory memory)
    {
        object[] made = new object[_parts.Length];
        for (int i = 0; i < made.Length; i++)
        {
            TemplatePart part = _parts[i];
            made[i] = part.Kind switch
            {
                TemplatePartKind.Copy => CopyOf(part.Value),
                TemplatePartKind.Bytes => CopyBytes((byte[])part.Value),
                TemplatePartKind.Memory => new ReadOnlyMemory<byte>(CopyBytes((byte[])part.Value)),
                TemplatePartKind.Collection => Activator.CreateInstance((Type)part.Value)!,
                TemplatePartKind.Registers => MakeRegisters((byte[])part.Value, makeRegisters),
                _ => memory,
            };
        }

        foreach (TemplateLink link in _links)
            Put(link, made);
        return made[0];
    }

    private static void Put(TemplateLink link, object[] made)
    {
        object owner = made[link.Owner.Number];
        object? value = Resolve(link.Value, made);
        if (link.Field is { } field)
            field.Set(owner, value);
        else if (owner is object?[] references)
            references[link.Index] = value;
        else if (owner is Array array)
            array.SetValue(value, link.Index);
        else if (owner is IList list)
            list.Add(value);
        else
            ((IDictionary)owner)[Resolve(link.Key, made)!] = value;
    }

    private static object? Resolve(object? value, object[] made) => value is TemplatePart part ? made[part.Number] : value;

    // Pages of files are most of the bytes: they are not cleared before they are written.
    private static byte[] CopyBytes(byte[] bytes)
    {
        byte[] copy = GC.AllocateUninitializedArray<byte>(bytes.Length);
        Buffer.BlockCopy(bytes, 0, copy, 0, bytes.Length);
        return copy;
    }

    private static CpuContext MakeRegisters(byte[] image, Func<CpuContext> makeRegisters)
    {
        CpuContext registers = makeRegisters();
        return registers is ICpuContextImage own && own.ReadImage(image) ? registers : throw new SnapshotException("its records are damaged");
    }
}

/// <summary>How a part of a template is made for a copy.</summary>
internal enum TemplatePartKind : byte
{
    /// <summary>An object, a boxed structure or an array: field by field, or element by element.</summary>
    Copy,

    /// <summary>An array of bytes.</summary>
    Bytes,

    /// <summary><see cref="ReadOnlyMemory{T}"/> of bytes, which the value holds.</summary>
    Memory,

    /// <summary>An empty collection of the type that the value is.</summary>
    Collection,

    /// <summary>A task's registers, whose image the value is.</summary>
    Registers,

    /// <summary>The view of memory of the machine.</summary>
    UserMemory,
}

/// <summary>Something that each copy has of its own.</summary>
/// <param name="number">Its number.</param>
/// <param name="kind">How it is made.</param>
/// <param name="value">What from.</param>
internal sealed class TemplatePart(int number, TemplatePartKind kind, object value)
{
    public int Number { get; } = number;

    public TemplatePartKind Kind { get; } = kind;

    public object Value { get; } = value;
}

/// <summary>What is put into a part once all parts are made.</summary>
/// <param name="owner">The part.</param>
/// <param name="value">A part, or what is the same in all copies.</param>
internal sealed class TemplateLink(TemplatePart owner, object? value)
{
    public TemplatePart Owner { get; } = owner;

    public object? Value { get; } = value;

    /// <summary>The field of an object or structure.</summary>
    public StateField? Field { get; init; }

    /// <summary>The place in an array.</summary>
    public int Index { get; init; }

    /// <summary>The key in a dictionary: a part, or what is the same in all copies.</summary>
    public object? Key { get; init; }
}
