namespace Kpio.Contracts.Plugins;

/// <summary>A <see cref="Slot{T}"/> of whatever service: what the kernel's plugin host does to it without knowing the service's type.</summary>
public abstract class Slot
{
    // No slots but those below.
    private protected Slot()
    {
    }

    /// <summary>Whether a service is bound.</summary>
    public abstract bool IsBound { get; }

    /// <summary>Binds a service, or none. Only the kernel's plugin host calls this, with every CPU stopped.</summary>
    /// <exception cref="InvalidCastException">It is not of the slot's type.</exception>
    public abstract void BindService(object? service);
}

/// <summary>
/// The place where the kernel keeps the current implementation of a service. Consumers hold the slot, never the service, so that
/// a swap needs to change one reference. Reading it is one volatile load.
/// </summary>
/// <typeparam name="T">The service's interface.</typeparam>
public sealed class Slot<T> : Slot
    where T : class
{
    private volatile T? _current;

    /// <summary>The service in force.</summary>
    /// <exception cref="InvalidOperationException">No plugin provides the service yet: a defect in the order of loading.</exception>
    public T Current => _current ?? ThrowEmpty();

    /// <inheritdoc/>
    public override bool IsBound => _current is not null;

    /// <summary>Binds a service, or none. Only the kernel's plugin host calls this, with every CPU stopped.</summary>
    public void Bind(T? service) => _current = service;

    /// <inheritdoc/>
    public override void BindService(object? service) => _current = (T?)service;

    private static T ThrowEmpty() => throw new InvalidOperationException($"No plugin provides {typeof(T).Name}.");
}
