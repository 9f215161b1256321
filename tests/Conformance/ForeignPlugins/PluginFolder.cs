using Kpio.Testing;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Emit;

namespace Kpio.Conformance.Tests.ForeignPlugins;

/// <summary>
/// A folder outside of the source tree with the plugins of <c>tests/Plugins</c>, compiled against the KPIO that the command runs:
/// Greetings with its project, as its author would, the others by the compiler alone, which takes a tenth of the time.
/// </summary>
public sealed class PluginFolder : IDisposable
{
    private readonly ScratchDirectory _folder = new();
    private readonly Lazy<string> _greetings;

    public PluginFolder()
    {
        _greetings = new Lazy<string>(BuildGreetings);
    }

    /// <summary>Where it is; its name has a blank in it.</summary>
    public string Path => Directory.CreateDirectory(System.IO.Path.Combine(_folder.Path, "some plugins")).FullName;

    /// <summary>The assembly with the file system.</summary>
    public string Greetings => _greetings.Value;

    /// <summary>The assembly with the layer.</summary>
    public string Shouting => Compile("Shouting", "Shouting");

    /// <summary>An assembly that cannot be loaded for the reason that its symbol names.</summary>
    public string Broken(string symbol) => Compile("Broken", symbol);

    public void Dispose() => _folder.Dispose();

    private static string Kpio
    {
        get
        {
            KpioCommandRunner.Invoke(["--version"], "/"); // builds it
            return RepositoryRoot.Combine("artifacts", "kpio", "current");
        }
    }

    private string Compile(string source, string name)
    {
        string output = System.IO.Path.Combine(Path, name + ".dll");
        if (File.Exists(output))
            return output;
        string file = RepositoryRoot.Combine("tests", "Plugins", source + ".cs");
        const string Usings = "global using System; global using System.Collections.Generic; global using System.Linq;";
        CSharpParseOptions options = CSharpParseOptions.Default.WithPreprocessorSymbols(name);
        string framework = System.IO.Path.GetDirectoryName(typeof(object).Assembly.Location)!;
        IEnumerable<string> references = Directory.GetFiles(framework, "System*.dll")
            .Where(static path => !System.IO.Path.GetFileName(path).Contains("Native", StringComparison.Ordinal))
            .Append(System.IO.Path.Combine(Kpio, "Kpio.Contracts.dll"))
            .Append(System.IO.Path.Combine(Kpio, "Microsoft.Extensions.DependencyInjection.Abstractions.dll"));
        EmitResult result = CSharpCompilation.Create(
            name,
            [CSharpSyntaxTree.ParseText(File.ReadAllText(file), options, file), CSharpSyntaxTree.ParseText(Usings, options)],
            references.Select(static path => MetadataReference.CreateFromFile(path)),
            new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, nullableContextOptions: NullableContextOptions.Enable))
            .Emit(output);
        return result.Success
            ? output
            : throw new InvalidOperationException($"{file} does not compile:\n{string.Join('\n', result.Diagnostics.Where(d => d.Severity == DiagnosticSeverity.Error))}");
    }

    private string BuildGreetings()
    {
        string target = Directory.CreateDirectory(System.IO.Path.Combine(Path, "Greetings")).FullName;
        foreach (string file in Directory.GetFiles(RepositoryRoot.Combine("tests", "Plugins", "Greetings")))
            File.Copy(file, System.IO.Path.Combine(target, System.IO.Path.GetFileName(file)));
        RunResult result = ChildProcess.Run(
            Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet",
            ["build", target, "-c", "Release", "-nologo", "-v:q", "-nodeReuse:false", "-p:UseSharedCompilation=false", $"-p:Kpio={Kpio}", "-o", System.IO.Path.Combine(target, "out")],
            target,
            timeout: TimeSpan.FromMinutes(5));
        return result.ExitCode == 0
            ? System.IO.Path.Combine(target, "out", "Greetings.dll")
            : throw new InvalidOperationException($"Greetings does not build:\n{result.OutputText}{result.ErrorText}");
    }
}
