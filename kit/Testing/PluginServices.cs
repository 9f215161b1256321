using Kpio.Kernel;
using Microsoft.Extensions.DependencyInjection;

namespace Kpio.Testing;

/// <summary>Makes services of a plugin without a machine, for tests of one service.</summary>
public static class PluginServices
{
    /// <summary>Makes a service.</summary>
    /// <param name="source">The plugin; its assembly stays loaded with the service.</param>
    /// <param name="kernelServices">What the plugin finds of the kernel's, each by its own type and by every interface that it has.</param>
    /// <exception cref="InvalidOperationException">The plugin registers no such service.</exception>
    public static T Make<T>(PluginSource source, params IReadOnlyList<object> kernelServices)
        where T : class
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(kernelServices);
        var services = new ServiceCollection();
        foreach (object service in kernelServices)
        {
            services.AddSingleton(service.GetType(), service);
            foreach (Type contract in service.GetType().GetInterfaces())
                services.AddSingleton(contract, service);
        }

        source.LoadPlugin().ConfigureServices(services);
        return services.BuildServiceProvider().GetRequiredService<T>();
    }
}
