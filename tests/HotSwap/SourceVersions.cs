using System.Text.RegularExpressions;
using Kpio.Contracts.Plugins;
using Kpio.Testing;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.Extensions.DependencyInjection;

namespace Kpio.HotSwap.Tests;

/// <summary>The product's own plugins compiled again from their sources, each time as another version in an assembly of its own.</summary>
internal static partial class SourceVersions
{
    private const string Usings =
        "global using System; global using System.Collections.Generic; global using System.IO; global using System.Linq; "
        + "global using System.Net.Http; global using System.Threading; global using System.Threading.Tasks;";

    /// <summary>Compiles a plugin's folder as version 1.<paramref name="minor"/>; answers the assembly's path.</summary>
    public static string Compile(string plugin, int minor, string folder)
    {
        var options = new CSharpParseOptions(LanguageVersion.Preview);
        var trees = new List<SyntaxTree> { CSharpSyntaxTree.ParseText(Usings, options) };
        int changed = 0;
        foreach (string file in Directory.GetFiles(RepositoryRoot.Combine("plugins", plugin), "*.cs", SearchOption.AllDirectories))
        {
            string text = File.ReadAllText(file);
            if (file.EndsWith("Plugin.cs", StringComparison.Ordinal))
            {
                // The first of the manifest's two versions is the plugin's own.
                text = Version().Replace(text, $"new Version(1, {minor})", 1);
                changed++;
            }

            trees.Add(CSharpSyntaxTree.ParseText(text, options, file));
        }

        Assert.Equal(1, changed);
        string assembly = Path.Combine(folder, $"Kpio.Plugins.{plugin}.dll");
        IEnumerable<string> platform = ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Where(static path => Path.GetFileName(path).StartsWith("System.", StringComparison.Ordinal) || Path.GetFileName(path) == "netstandard.dll");
        var compilation = CSharpCompilation.Create(
            $"Kpio.Plugins.{plugin}",
            trees,
            [.. platform.Append(typeof(IKernelPlugin).Assembly.Location).Append(typeof(IServiceCollection).Assembly.Location).Select(static path => MetadataReference.CreateFromFile(path))],
            new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, optimizationLevel: OptimizationLevel.Release, nullableContextOptions: NullableContextOptions.Enable));
        Directory.CreateDirectory(folder);
        Assert.Empty(compilation.Emit(assembly).Diagnostics.Where(static diagnostic => diagnostic.Severity == DiagnosticSeverity.Error));
        return assembly;
    }

    [GeneratedRegex(@"new Version\(\d+, \d+\)|typeof\(\w+\)\.Assembly\.GetName\(\)\.Version!")]
    private static partial Regex Version();
}
