namespace Kpio.Architecture.Tests;

/// <summary>Who may reference whom: the table of the design, asserted from the built assemblies.</summary>
public sealed class ReferenceTests
{
    private const string Injection = "Microsoft.Extensions.DependencyInjection";
    private const string InjectionContracts = "Microsoft.Extensions.DependencyInjection.Abstractions";

    // What a package brings along is written with it.
    private static readonly Dictionary<string, string[]> Allowed = new()
    {
        ["Kpio.Contracts"] = [InjectionContracts],
        ["Kpio.Kernel"] = ["Kpio.Contracts", Injection, InjectionContracts],
        ["Kpio.Debugger"] = ["Kpio.Contracts", "Kpio.Kernel"],
        ["Kpio.Platform.X64"] = ["Kpio.Contracts", "Iced"],
        ["Kpio.Platform.Host"] = ["Kpio.Contracts"],
        ["Kpio.Cli"] =
        [
            "Kpio.Contracts", "Kpio.Debugger", "Kpio.Kernel", "Kpio.Platform.X64", "Kpio.Platform.Host", "System.CommandLine", "Spectre.Console",
            "YamlDotNet", "Microsoft.CodeAnalysis", "Microsoft.CodeAnalysis.CSharp",
        ],
    };

    public static TheoryData<string> Assemblies => [.. BuiltAssembly.Names];

    [Theory]
    [MemberData(nameof(Assemblies))]
    public void ReferencesOnlyWhatTheTableAllows(string name)
    {
        using BuiltAssembly assembly = BuiltAssembly.Open(name);
        string[] references = [.. assembly.References()];
        string[] forbidden = name switch
        {
            _ when Allowed.TryGetValue(name, out string[]? allowed) => [.. references.Except(allowed)],
            // A plugin may bring packages of its own, but nothing of the product beside the contracts.
            _ when BuiltAssembly.Plugins.Contains(name) => [.. references.Where(static r =>
                (r.StartsWith("Kpio.", StringComparison.Ordinal) && r != "Kpio.Contracts") || r == Injection)],
            // Tools may reference the product, but not each other, tests or benchmarks.
            _ => [.. references.Where(static r => r.StartsWith("Kpio.", StringComparison.Ordinal) && !BuiltAssembly.Names.Contains(r))],
        };
        Offenders.None(forbidden);
    }

    [Fact]
    public void TheTableNamesAssembliesThatExist()
    {
        Offenders.None(Allowed.Keys.Except(BuiltAssembly.Names));
        Assert.True(BuiltAssembly.Plugins.Count >= 5);
    }

    [Fact]
    public void PluginsDoReferenceTheContracts()
    {
        // The check above would pass on empty files too.
        using BuiltAssembly memory = BuiltAssembly.Open("Kpio.Plugins.Memory");
        Assert.Contains("Kpio.Contracts", memory.References());
    }
}
