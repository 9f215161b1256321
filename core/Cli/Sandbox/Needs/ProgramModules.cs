using Kpio.Cli.Sandbox.Recording;

namespace Kpio.Cli.Sandbox.Needs;

/// <summary>A program with the libraries that it names, as the dynamic linker would find them in the usual folders of the guest's tree.</summary>
internal static class ProgramModules
{
    private const int MostBytes = 256 << 20;
    private static readonly string[] Folders = ["/lib/x86_64-linux-gnu", "/usr/lib/x86_64-linux-gnu", "/lib64", "/usr/lib64", "/lib", "/usr/lib", "/usr/local/lib"];

    /// <summary>The program first; <paramref name="missing"/> names what was not found. Empty when the program is no ELF file.</summary>
    public static List<CodeModule> Read(RecordedRun run, string path, List<string> missing)
    {
        var modules = new List<CodeModule>();
        if (run.ReadFile(path, MostBytes) is not { } content || CodeModule.Read(path, content) is not { } program)
            return modules;
        modules.Add(program);
        var known = new HashSet<string>();
        if (program.File.Interpreter is { } linker)
        {
            known.Add(linker[(linker.LastIndexOf('/') + 1)..]);
            if (run.ReadFile(linker, MostBytes) is { } code && CodeModule.Read(linker, code) is { } module)
                modules.Add(module);
            else
                missing.Add(linker);
        }

        for (int i = 0; i < modules.Count; i++)
        {
            foreach (string name in modules[i].File.ReadNeeded())
            {
                if (!known.Add(name))
                    continue;
                if (Find(run, name) is { } library)
                    modules.Add(library);
                else
                    missing.Add(name);
            }
        }

        return modules;
    }

    private static CodeModule? Find(RecordedRun run, string name)
    {
        foreach (string folder in Folders)
        {
            string path = $"{folder}/{name}";
            if (run.ReadFile(path, MostBytes) is { } content && CodeModule.Read(path, content) is { } module)
                return module;
        }

        return null;
    }
}
