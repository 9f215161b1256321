using System.Reflection;
using Kpio.Contracts.Values;
using Microsoft.Extensions.DependencyInjection;

namespace Kpio.Kernel.Hosting;

/// <summary>
/// The services of one plugin generation, when all of them are singletons: made on first use by factory, or by the one public
/// constructor of their type. It does what the general container does for such services, at a tenth of its cost at start; plugins
/// that register anything else get the general one (<see cref="CanServe"/>). Services are disposed of in reverse order.
/// </summary>
internal sealed class DirectServiceProvider : IServiceProvider, IDisposable
{
    private readonly ServiceDescriptor[] _descriptors;
    private readonly object?[] _instances;
    private readonly bool[] _isBeingMade;
    private readonly PlainList<IDisposable> _disposables = new();

    public DirectServiceProvider(IList<ServiceDescriptor> descriptors)
    {
        _descriptors = new ServiceDescriptor[descriptors.Count];
        descriptors.CopyTo(_descriptors, 0);
        _instances = new object?[_descriptors.Length];
        _isBeingMade = new bool[_descriptors.Length];
    }

    /// <summary>Whether this provider can make everything that was registered.</summary>
    public static bool CanServe(IList<ServiceDescriptor> descriptors)
    {
        for (int i = 0; i < descriptors.Count; i++)
        {
            ServiceDescriptor descriptor = descriptors[i];
            if (descriptor.Lifetime != ServiceLifetime.Singleton || descriptor.IsKeyedService || descriptor.ServiceType.IsGenericTypeDefinition)
                return false;
            if (descriptor.ImplementationType is { } type && type.GetConstructors().Length != 1)
                return false;
        }

        return true;
    }

    public object? GetService(Type serviceType)
    {
        if (serviceType == typeof(IServiceProvider))
            return this;

        // The last registration wins, as in every container.
        for (int i = _descriptors.Length - 1; i >= 0; i--)
        {
            if (ReferenceEquals(_descriptors[i].ServiceType, serviceType))
                return Get(i);
        }

        return serviceType.IsGenericType && serviceType.GetGenericTypeDefinition() == typeof(IEnumerable<>)
            ? GetAll(serviceType.GenericTypeArguments[0])
            : null;
    }

    public void Dispose()
    {
        for (int i = _disposables.Count - 1; i >= 0; i--)
            _disposables[i].Dispose();
        _disposables.Clear();
    }

    private Array GetAll(Type serviceType)
    {
        var found = new List<object>();
        for (int i = 0; i < _descriptors.Length; i++)
        {
            if (ReferenceEquals(_descriptors[i].ServiceType, serviceType))
                found.Add(Get(i));
        }

        var result = Array.CreateInstance(serviceType, found.Count);
        for (int i = 0; i < found.Count; i++)
            result.SetValue(found[i], i);
        return result;
    }

    private object Get(int index)
    {
        if (_instances[index] is { } instance)
            return instance;
        ServiceDescriptor descriptor = _descriptors[index];
        if (descriptor.ImplementationInstance is { } given)
            return _instances[index] = given;
        if (_isBeingMade[index])
            throw new InvalidOperationException($"The service {descriptor.ServiceType} needs itself to be made.");
        _isBeingMade[index] = true;
        object made = descriptor.ImplementationFactory is { } factory ? factory(this) : Construct(descriptor.ImplementationType!);
        _isBeingMade[index] = false;

        // A factory may hand out what another registration has made: it is disposed of once.
        if (made is IDisposable disposable && !_disposables.Contains(disposable))
            _disposables.Add(disposable);
        return _instances[index] = made;
    }

    private object Construct(Type type)
    {
        ConstructorInfo constructor = type.GetConstructors()[0];
        ParameterInfo[] parameters = constructor.GetParameters();
        object?[] arguments = new object?[parameters.Length];
        for (int i = 0; i < parameters.Length; i++)
        {
            arguments[i] = GetService(parameters[i].ParameterType)
                ?? (parameters[i].HasDefaultValue
                    ? parameters[i].DefaultValue
                    : throw new InvalidOperationException($"{type} needs a {parameters[i].ParameterType}, which nobody registered."));
        }

        return constructor.Invoke(BindingFlags.DoNotWrapExceptions, null, arguments, null);
    }
}
