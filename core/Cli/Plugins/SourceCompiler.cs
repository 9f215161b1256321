using System.Text;
using Kpio.Cli.Running;
using Kpio.Contracts.Plugins;
using Kpio.Kernel;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Emit;
using Microsoft.CodeAnalysis.Text;

namespace Kpio.Cli.Plugins;

/// <summary>
/// Compiles a C# file into a plugin, in memory: with the contracts and the base library, nullable annotations on, and the global usings that
/// a new project has. The one class that knows the compiler, whose assemblies are large. It is for one thread at a time.
/// </summary>
internal sealed class SourceCompiler
{
    // What ImplicitUsings gives a class library, so that a file goes into a project as it is.
    private const string GlobalUsings = """
        global using System;
        global using System.Collections.Generic;
        global using System.IO;
        global using System.Linq;
        global using System.Threading;
        global using System.Threading.Tasks;
        """;

    private readonly CSharpParseOptions _parsing = CSharpParseOptions.Default.WithLanguageVersion(LanguageVersion.Latest).WithPreprocessorSymbols("NET", "NET10_0", "NET10_0_OR_GREATER");
    private readonly CSharpCompilationOptions _options = new(
        OutputKind.DynamicallyLinkedLibrary,
        optimizationLevel: OptimizationLevel.Release,
        deterministic: true,
        nullableContextOptions: NullableContextOptions.Enable,
        warningLevel: 9999,
        // A reference to another build of the same assembly: the loader decides that, and says so.
        specificDiagnosticOptions: [new("CS1701", ReportDiagnostic.Suppress), new("CS1702", ReportDiagnostic.Suppress)]);

    private readonly SyntaxTree _usings;
    private readonly List<MetadataReference> _references;

    public SourceCompiler()
    {
        _usings = CSharpSyntaxTree.ParseText(GlobalUsings, _parsing, "GlobalUsings.g.cs", Encoding.UTF8);
        _references = [.. ReferencePaths().Select(static path => MetadataReference.CreateFromFile(path))];
    }

    /// <summary>Compiles a file.</summary>
    /// <param name="path">Its absolute path.</param>
    /// <param name="report">Told of each warning and error, as the compiler prints them: file(line,column): error CS0103: what.</param>
    /// <exception cref="UsageException">It cannot be read, or does not compile.</exception>
    public PluginSource Compile(string path, Action<string> report)
    {
        byte[] text = Read(path);
        SyntaxTree tree = CSharpSyntaxTree.ParseText(SourceText.From(text, text.Length, Encoding.UTF8), _parsing, path);
        CSharpCompilation compilation = CSharpCompilation.Create(Path.GetFileNameWithoutExtension(path), [tree, _usings], _references, _options);
        using var image = new MemoryStream();
        using var symbols = new MemoryStream();
        EmitResult result = compilation.Emit(image, symbols, options: new EmitOptions(debugInformationFormat: DebugInformationFormat.PortablePdb));
        int errors = 0;
        foreach (Diagnostic diagnostic in result.Diagnostics.OrderBy(static diagnostic => diagnostic.Location.SourceSpan.Start))
        {
            if (diagnostic.Severity < DiagnosticSeverity.Warning || diagnostic.IsSuppressed)
                continue;
            report(diagnostic.ToString());
            errors += diagnostic.Severity == DiagnosticSeverity.Error ? 1 : 0;
        }

        return result.Success
            ? PluginSource.Compiled(path, text, image.ToArray(), symbols.ToArray())
            : throw new UsageException($"{path} does not compile: {errors} error{(errors == 1 ? "" : "s")}");
    }

    private static byte[] Read(string path)
    {
        try
        {
            return File.ReadAllBytes(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"plugin {path} cannot be read: {ErrorText.Of(e)}", e);
        }
    }

    /// <summary>
    /// The base library as it runs (machines without the SDK have no reference assemblies of it), the contracts, and the container's
    /// abstractions. Of the contracts the package has a copy for compilers: its own refers to the base library's inner parts.
    /// </summary>
    private static IEnumerable<string> ReferencePaths()
    {
        string framework = Path.GetDirectoryName(typeof(object).Assembly.Location)! + Path.DirectorySeparatorChar;
        string trusted = (string?)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES") ?? "";
        foreach (string path in trusted.Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries))
        {
            if (path.StartsWith(framework, StringComparison.Ordinal))
                yield return path;
        }

        string contracts = typeof(IKernelPlugin).Assembly.Location;
        string forCompilers = Path.Combine(Path.GetDirectoryName(contracts)!, "ref", Path.GetFileName(contracts));
        yield return File.Exists(forCompilers) ? forCompilers : contracts;
        // The assembly of the service collection, by the one who is given it: the command itself uses none.
        yield return typeof(IKernelPlugin).GetMethod(nameof(IKernelPlugin.ConfigureServices))!.GetParameters()[0].ParameterType.Assembly.Location;
    }
}
