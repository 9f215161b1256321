using Kpio.Testing;

namespace Kpio.Architecture.Tests;

/// <summary>Rules of the design that the compiler does not know: unsafe code, calls into the host, statics, the size of interfaces.</summary>
public sealed class CodeRuleTests
{
    private static readonly string[] Unsafe = ["Kpio.Platform.X64", "Kpio.Platform.Host"];

    // Types whose content changes: a static of such a type is state, readonly or not.
    private static readonly string[] Mutable =
    [
        "System.Collections.Generic.List`1", "System.Collections.Generic.Dictionary`2", "System.Collections.Generic.HashSet`1",
        "System.Collections.Generic.Queue`1", "System.Collections.Generic.Stack`1", "System.Collections.Generic.SortedDictionary`2",
        "System.Collections.Generic.SortedList`2", "System.Collections.Generic.LinkedList`1", "System.Collections.Generic.PriorityQueue`2",
        "System.Collections.Concurrent.ConcurrentDictionary`2", "System.Collections.Concurrent.ConcurrentQueue`1",
        "System.Collections.Concurrent.ConcurrentBag`1", "System.Collections.Concurrent.ConcurrentStack`1",
        "System.Runtime.CompilerServices.ConditionalWeakTable`2", "System.Threading.ThreadLocal`1", "System.Threading.AsyncLocal`1",
        "System.Text.StringBuilder", "System.IO.MemoryStream", "System.Random", "System.Collections.BitArray",
    ];

    // Every static with state has to be here, with its reason.
    private static readonly Dictionary<string, string> StaticExceptions = new()
    {
        ["Kpio.Contracts.Process.WaitSet.NoReturnMarker: Kpio.Contracts.Process.WaitSet"] =
            "Known by its identity; nothing is ever added to it.",
    };

    // Interfaces with more than eight members, each with its reason.
    private static readonly Dictionary<string, string> LargeInterfaces = new()
    {
        ["Kpio.Contracts.Platform.IMmu"] = "Address spaces and their pages: no caller needs one half without the other.",
    };

    public static TheoryData<string> Assemblies => [.. BuiltAssembly.Names];

    [Theory]
    [MemberData(nameof(Assemblies))]
    public void UnsafeCodeIsInThePlatformsAlone(string name)
    {
        using BuiltAssembly assembly = BuiltAssembly.Open(name);
        Assert.Equal(Unsafe.Contains(name), assembly.AllowsUnsafe());
    }

    [Theory]
    [MemberData(nameof(Assemblies))]
    public void CallsIntoTheHostAreInTheHostPlatformAlone(string name)
    {
        using BuiltAssembly assembly = BuiltAssembly.Open(name);
        string[] calls = [.. assembly.PlatformInvokes()];
        if (name == "Kpio.Platform.Host")
            Assert.NotEmpty(calls);
        else
            Offenders.None(calls);
    }

    [Theory]
    [MemberData(nameof(Assemblies))]
    public void NoStaticHasState(string name)
    {
        using BuiltAssembly assembly = BuiltAssembly.Open(name);
        string[] stateful =
        [
            .. assembly.StaticFields()
                .Where(field => !field.IsReadOnly || field.IsPerThread || Mutable.Contains(field.Type.Name)
                    || (field.Type.IsOwn && assembly.IsMutableClass(field.Type.Name)))
                .Select(static field => $"{field.Name}: {field.Type.Name}")
                .Where(static field => !StaticExceptions.ContainsKey(field)),
        ];
        Offenders.None(stateful);
    }

    [Fact]
    public void EveryExceptionIsStillThere()
    {
        HashSet<string> present = [];
        foreach (string name in BuiltAssembly.Names)
        {
            using BuiltAssembly assembly = BuiltAssembly.Open(name);
            present.UnionWith(assembly.StaticFields().Select(static field => $"{field.Name}: {field.Type.Name}"));
        }

        Assert.NotEmpty(present);
        Offenders.None(StaticExceptions.Keys.Except(present));
    }

    [Fact]
    public void InterfacesOfTheContractsAreSmall()
    {
        using BuiltAssembly contracts = BuiltAssembly.Open("Kpio.Contracts");
        (string Name, int Members)[] interfaces = [.. contracts.PublicInterfaces()];
        Assert.True(interfaces.Length > 10);
        Offenders.None(interfaces.Where(static i => i.Members > 8 && !LargeInterfaces.ContainsKey(i.Name)).Select(static i => $"{i.Name}: {i.Members} members"));
        Offenders.None(LargeInterfaces.Keys.Where(name => !interfaces.Any(i => i.Name == name && i.Members > 8)));
    }

    [Fact]
    public void EveryProjectIsInTheSolution()
    {
        string solution = File.ReadAllText(RepositoryRoot.Combine("KPIO.sln"));
        string[] missing =
        [
            .. ((string[])["core", "platform", "plugins", "tools", "tests", "bench", "kit", "samples"])
                .SelectMany(static folder => Directory.GetFiles(RepositoryRoot.Combine(folder), "*.csproj", SearchOption.AllDirectories))
                .Where(static path => !IsUserPlugin(path))
                .Select(static path => Path.GetFileName(path))
                .Where(file => !solution.Contains("\\" + file + "\"", StringComparison.Ordinal)),
        ];
        Offenders.None(missing);
    }

    [Fact]
    public void EveryTestProjectIsFoundByItsName()
    {
        // test.sh runs *.Tests.csproj: another name would never run.
        string[] others =
        [
            .. Directory.GetFiles(RepositoryRoot.Combine("tests"), "*.csproj", SearchOption.AllDirectories)
                .Where(static path => !IsUserPlugin(path)
                    && !path.EndsWith(".Tests.csproj", StringComparison.Ordinal)
                    && !File.ReadAllText(path).Contains("<IsTestProject>false</IsTestProject>", StringComparison.Ordinal)),
        ];
        Offenders.None(others);
    }

    /// <summary>Plugins as users write them, and templates of them: the tests that load them build them by themselves.</summary>
    private static bool IsUserPlugin(string path) =>
        path.StartsWith(RepositoryRoot.Combine("tests", "Plugins"), StringComparison.Ordinal)
        || path.StartsWith(RepositoryRoot.Combine("kit", "Templates", "content"), StringComparison.Ordinal);
}
