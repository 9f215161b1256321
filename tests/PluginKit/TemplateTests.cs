using System.Text.RegularExpressions;
using Kpio.Testing;

namespace Kpio.PluginKit.Tests;

/// <summary>Each template makes a plugin whose tests pass as it is, from the packages alone.</summary>
[Collection(FeedCollection.Name)]
public sealed partial class TemplateTests(LocalFeed feed)
{
    // The fourth, the tracer, is the guide's (GuideTests).
    private static readonly string[] Kinds = ["tier", "vfs", "scheduler"];

    [Fact]
    public void EachTemplatesTestsPass()
    {
        string folder = Directory.CreateDirectory(Path.Combine(feed.Home, "templates")).FullName;
        string hive = Path.Combine(folder, "hive"); // apart from the one that the guide installs to
        File.WriteAllText(Path.Combine(folder, "nuget.config"), $"""<configuration><packageSources><add key="kpio" value="{feed.Packages}" /></packageSources></configuration>""");
        feed.Dotnet(folder, "new", "install", Path.Combine(feed.Packages, "Kpio.Templates.0.1.0.nupkg"), "--debug:custom-hive", hive);
        // Names as people choose them: a dot, capitals.
        foreach (string kind in Kinds)
            feed.Dotnet(folder, "new", $"kpio-{kind}", "-n", Name(kind), "--debug:custom-hive", hive);

        // One build for all of them, and one run of the test platform: each by itself takes twice as long.
        var projects = Kinds.Select(static kind => $"""<Tests Include="{Name(kind)}/{Name(kind)}.Tests/{Name(kind)}.Tests.csproj" />""");
        File.WriteAllText(Path.Combine(folder, "all.proj"), $"""
            <Project>
              <ItemGroup>{string.Concat(projects)}</ItemGroup>
              <Target Name="Build">
                <MSBuild Projects="@(Tests)" Targets="Restore" Properties="Configuration=Release;UseSharedCompilation=false;Session=1" />
                <MSBuild Projects="@(Tests)" Targets="Build" Properties="Configuration=Release;UseSharedCompilation=false" BuildInParallel="true" />
              </Target>
            </Project>
            """);
        RunResult build = feed.Dotnet(folder, "msbuild", "all.proj", "-m", "-nologo", "-v:m", "-nodeReuse:false");
        Assert.DoesNotContain("warning", build.OutputText, StringComparison.OrdinalIgnoreCase);

        string[] assemblies = [.. Kinds.Select(kind => Path.Combine(folder, Name(kind), $"{Name(kind)}.Tests", "bin", "Release", "net10.0", $"{Name(kind)}.Tests.dll"))];
        RunResult tests = feed.Dotnet(folder, ["test", .. assemblies]);
        int[] passed = [.. Passed().Matches(tests.OutputText).Select(static match => int.Parse(match.Groups[1].ValueSpan))];
        Assert.Equal(Kinds.Length, passed.Length);
        Assert.All(passed, static count => Assert.InRange(count, 5, 100));
        Assert.DoesNotContain("Skipped:     1", tests.OutputText, StringComparison.Ordinal);
    }

    private static string Name(string kind) => $"My.{char.ToUpperInvariant(kind[0])}{kind[1..]}";

    [GeneratedRegex(@"Passed!\s+- Failed:\s+0, Passed:\s+(\d+),")]
    private static partial Regex Passed();
}
