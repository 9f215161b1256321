using System.Reflection;
using System.Runtime.CompilerServices;
using Kpio.Kernel.Hosting;

namespace Kpio.Kernel.HotSwap;

/// <summary>
/// Compiles the methods of a plugin before it is put in force. Code that was compiled ahead of time is not used in a context that can
/// be unloaded, so each method would be compiled when a guest first needs it, at half a millisecond each.
/// </summary>
internal static class MethodWarmer
{
    private const BindingFlags Own = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    /// <summary>Compiles what can be: generic code is compiled for the types that it is used with, which are not known.</summary>
    public static void Prepare(PluginGeneration plugin)
    {
        Assembly assembly = plugin.PluginType.Assembly;
        Type[] types = assembly.GetTypes();

        // Static data first: code that is compiled after it need not ask at each use whether it is there.
        foreach (Type type in types)
        {
            if (!type.ContainsGenericParameters && type.TypeInitializer is not null)
                RuntimeHelpers.RunClassConstructor(type.TypeHandle);
        }

        foreach (Type type in types)
        {
            if (type.ContainsGenericParameters || type.IsInterface)
                continue;
            foreach (MethodInfo method in type.GetMethods(Own))
                Prepare(method);
            foreach (ConstructorInfo constructor in type.GetConstructors(Own))
                Prepare(constructor);
        }
    }

    private static void Prepare(MethodBase method)
    {
        if (!method.IsAbstract && !method.ContainsGenericParameters && (method.GetMethodImplementationFlags() & MethodImplAttributes.InternalCall) == 0)
            RuntimeHelpers.PrepareMethod(method.MethodHandle);
    }
}
