using System.Reflection;
using Kpio.Contracts.Process;
using Kpio.Contracts.Values;

namespace Kpio.Contracts.Abi;

/// <summary>A system call's handler as a layer's table holds it.</summary>
public delegate SysResult SyscallHandler(GuestTask task, in SyscallFrame frame);

/// <summary>
/// Base of the interfaces that layers put on top of another (<see cref="ISyscallLayer.Stack"/>). Methods with
/// <see cref="SyscallAttribute"/> override calls of the interface below by name, or add calls with a description of their own; what
/// is neither overridden nor removed goes below. Methods are bound once, when the object is made: a call then costs a table look-up
/// and one delegate for each argument.
/// <para>A handler is <c>SysResult Name(GuestTask task, in SyscallFrame frame)</c>, or takes typed arguments behind the task: <see cref="Fd"/>,
/// <see cref="UserBuffer"/> (which stands for address and length), <see cref="UserPointer{T}"/>, <see cref="UserString"/>, and int, uint,
/// long, ulong for numbers. The description of the call says which argument is which; the types are checked against it.</para>
/// </summary>
public abstract class LayeredSyscallAbi : ISyscallAbi
{
    private readonly SyscallHandler?[] _handlers = new SyscallHandler?[1024];
    private readonly Dictionary<uint, SyscallInfo> _changed = [];
    private AbiCatalog? _catalog;

    /// <summary>Binds the methods of the derived class.</summary>
    /// <exception cref="InvalidOperationException">A method does not fit its call's description, or names a call that is not there: a defect of the layer.</exception>
    protected LayeredSyscallAbi(string name, ISyscallAbi below)
    {
        ArgumentNullException.ThrowIfNull(below);
        Name = name;
        Below = below;
        foreach (SyscallAttribute attribute in GetType().GetCustomAttributes<SyscallAttribute>())
            Bind(attribute, null);
        foreach (MethodInfo method in GetType().GetMethods(BindingFlags.Instance | BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic))
        {
            foreach (SyscallAttribute attribute in method.GetCustomAttributes<SyscallAttribute>())
                Bind(attribute, method);
        }
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public AbiCatalog Catalog => _catalog ??= MergeCatalog();

    /// <summary>The interface that this one is put on.</summary>
    protected ISyscallAbi Below { get; }

    /// <inheritdoc/>
    public SysResult Invoke(GuestTask task, in SyscallFrame frame)
    {
        SyscallHandler?[] handlers = _handlers;
        uint number = frame.Number;
        return number < (uint)handlers.Length && handlers[number] is { } handler ? handler(task, in frame) : Below.Invoke(task, in frame);
    }

    /// <inheritdoc/>
    public SyscallInfo? Describe(uint number) => _changed.TryGetValue(number, out SyscallInfo? info) ? info : Below.Describe(number);

    /// <summary>Takes away every call below that <paramref name="predicate"/> holds for and that this layer has no handler for.</summary>
    protected void RemoveWhere(Predicate<SyscallInfo> predicate)
    {
        ArgumentNullException.ThrowIfNull(predicate);
        foreach (SyscallInfo info in Below.Catalog.Syscalls)
        {
            if (info.Number < (uint)_handlers.Length && _handlers[info.Number] is null && predicate(info))
                Remove(info);
        }
    }

    private static SysResult NotImplemented(GuestTask task, in SyscallFrame frame) => Errno.ENOSYS;

    private void Remove(SyscallInfo info)
    {
        _handlers[info.Number] = NotImplemented;
        _changed[info.Number] = info with { Support = SyscallSupport.None, Note = "", Layer = Name };
    }

    private void Bind(SyscallAttribute attribute, MethodInfo? method)
    {
        SyscallInfo info = attribute.Description is null ? FindBelow(attribute.Name) : ReadDescription(attribute);
        if (info.Number >= (uint)_handlers.Length)
            throw new InvalidOperationException($"{Name}: {info.Name}: numbers end at {_handlers.Length - 1}.");
        if (attribute.Remove)
        {
            Remove(info);
            return;
        }

        if (method is null)
            throw new InvalidOperationException($"{Name}: {info.Name}: only a method can handle a call; on a class the attribute must say Remove.");
        _handlers[info.Number] = HandlerBinder.Bind(this, method, info);
        if (attribute.Note is { } note)
            info = info with { Support = attribute.Support, Note = note };
        _changed[info.Number] = info with { Layer = Name };
    }

    private SyscallInfo FindBelow(string name) =>
        Below.Catalog.Syscalls.FirstOrDefault(info => info.Name == name)
        ?? throw new InvalidOperationException($"{Name}: the interface '{Below.Name}' has no call named '{name}'; a new one needs a number and a description.");

    private SyscallInfo ReadDescription(SyscallAttribute attribute)
    {
        if (!AbiReader.TryReadSignature(attribute.Description!, out IReadOnlyList<ArgumentInfo> arguments, out ArgumentInfo result, out string problem))
            throw new InvalidOperationException($"{Name}: {attribute.Name}: {problem}");
        return new SyscallInfo(
            (uint)attribute.Number,
            attribute.Name,
            arguments,
            result,
            attribute.Category,
            SyscallTier.C,
            attribute.Support,
            InterruptKind.Restartable,
            attribute.Note ?? "");
    }

    private AbiCatalog MergeCatalog()
    {
        AbiCatalog below = Below.Catalog;
        var merged = new SortedDictionary<uint, SyscallInfo>();
        foreach (SyscallInfo info in below.Syscalls)
            merged[info.Number] = info;
        foreach ((uint number, SyscallInfo info) in _changed)
            merged[number] = info;
        return below with { Syscalls = [.. merged.Values] };
    }
}
