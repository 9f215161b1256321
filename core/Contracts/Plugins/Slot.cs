namespace Kpio.Contracts.Plugins;

/// <summary>
/// The place where the kernel keeps the current implementation of a service. Consumers hold the slot, never the service, so that
/// a swap needs to change one reference. Reading it is one volatile load.
/// </summary>
/// <typeparam name="T">The service's interface.</typeparam>
public sealed class Slot<T>
    where T : class
{
    private volatile T? _current;

    /// <summary>The service in force.</summary>
    /// <exception cref="InvalidOperationException">No plugin provides the service yet: a defect in the order of loading.</exception>
    public T Current => _current ?? ThrowEmpty();

    /// <summary>Whether a service is bound.</summary>
    public bool IsBound => _current is not null;

    /// <summary>Binds a service, or none. Only the kernel's plugin host calls this, with every CPU stopped.</summary>
    public void Bind(T? service) => _current = service;

    private static T ThrowEmpty() => throw new InvalidOperationException($"No plugin provides {typeof(T).Name}.");
}
