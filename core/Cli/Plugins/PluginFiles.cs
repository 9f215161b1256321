using System.Runtime.CompilerServices;
using Kpio.Cli.Running;
using Kpio.Kernel;

namespace Kpio.Cli.Plugins;

/// <summary>Makes plugin sources of the files that users name: an assembly, or one C# file that is compiled in memory.</summary>
internal sealed class PluginFiles
{
    private readonly Action<string> _report;
    private readonly object _compiling = new();
    private SourceCompiler? _compiler;

    /// <summary>Makes one that tells what the compiler says.</summary>
    public PluginFiles(Action<string> report) => _report = report;

    /// <summary>Whether a path names a source file, by its ending.</summary>
    public static bool IsSource(string path) => path.EndsWith(".cs", StringComparison.OrdinalIgnoreCase);

    /// <summary>The plugin in a file.</summary>
    /// <exception cref="UsageException">A source file that cannot be read or does not compile; what the compiler says has been told.</exception>
    public PluginSource Open(string path) => Open(path, _report);

    /// <summary>The same, with somebody else to tell.</summary>
    public PluginSource Open(string path, Action<string> report)
    {
        string full = Path.GetFullPath(path);
        return IsSource(full) ? Compile(full, report) : PluginSource.Assembly(full);
    }

    // Apart, so that the compiler's assemblies are loaded only where something is compiled.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private PluginSource Compile(string path, Action<string> report)
    {
        lock (_compiling)
        {
            _compiler ??= new SourceCompiler();
            return _compiler.Compile(path, report);
        }
    }
}
