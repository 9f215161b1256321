using Mono.Cecil;

namespace Relink;

/// <summary>
/// Lets an assembly refer to the assemblies that hold the base library's types, instead of those that only refer on (netstandard,
/// System.Runtime), each of which the runtime would load at start. What Directory.Build.targets does for our own assemblies when they are
/// compiled, for those that come from packages.
/// <code>Relink ASSEMBLY RESULT FOLDER-OF-THE-BASE-LIBRARY</code>
/// </summary>
internal static class Program
{
    private static int Main(string[] arguments)
    {
        if (arguments is not [var source, var result, var baseLibrary])
        {
            Console.Error.WriteLine("usage: Relink ASSEMBLY RESULT FOLDER-OF-THE-BASE-LIBRARY");
            return 2;
        }

        using var resolver = new DefaultAssemblyResolver();
        resolver.AddSearchDirectory(baseLibrary);
        resolver.AddSearchDirectory(Path.GetDirectoryName(source));
        using var module = ModuleDefinition.ReadModule(source, new ReaderParameters { AssemblyResolver = resolver, InMemory = true });
        var holders = new Dictionary<string, AssemblyNameReference>();
        foreach (TypeReference type in module.GetTypeReferences())
        {
            // A nested type is found through the one around it.
            if (type.IsNested || type.Scope is not AssemblyNameReference)
                continue;
            TypeDefinition definition = type.Resolve() ?? throw new InvalidOperationException($"{source} refers to {type.FullName}, which is nowhere.");
            AssemblyNameDefinition holder = definition.Module.Assembly.Name;
            if (!holders.TryGetValue(holder.Name, out AssemblyNameReference? reference))
                holders.Add(holder.Name, reference = new AssemblyNameReference(holder.Name, holder.Version) { PublicKeyToken = holder.PublicKeyToken });
            type.Scope = reference;
        }

        module.AssemblyReferences.Clear();
        foreach (AssemblyNameReference reference in holders.Values)
            module.AssemblyReferences.Add(reference);
        module.Write(result);
        return 0;
    }
}
