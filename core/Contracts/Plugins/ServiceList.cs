namespace Kpio.Contracts.Plugins;

/// <summary>
/// The services of one interface that all loaded plugins add: file system types, syscall layers, tracer factories. Consumers hold
/// the list, never what is in it; the kernel's plugin host keeps it up to date. Reading it is one volatile load.
/// </summary>
/// <typeparam name="T">The services' interface.</typeparam>
public sealed class ServiceList<T>
    where T : class
{
    private volatile T[] _current = [];

    /// <summary>The services in force, in the order in which their plugins were loaded.</summary>
    public IReadOnlyList<T> Current => _current;

    /// <summary>Replaces the list. Only the kernel's plugin host calls this, with every CPU stopped.</summary>
    public void Set(IEnumerable<T> services) => _current = [.. services];
}
