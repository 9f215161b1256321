using System.Text;
using System.Text.RegularExpressions;
using Kpio.Testing;

namespace Kpio.PluginKit.Tests;

/// <summary>docs/plugins.md, from nothing to a swapped-in plugin: its commands are run as they stand there, in one shell, in a home that has nothing but the packages.</summary>
[Collection(FeedCollection.Name)]
public sealed partial class GuideTests(LocalFeed feed)
{
    [Fact]
    public void TheGuidesCommandsDoWhatItSays()
    {
        string guide = File.ReadAllText(RepositoryRoot.Combine("docs", "plugins.md"));
        string[] commands = [.. Commands().Matches(guide).Select(static block => block.Groups[1].Value)];
        string[] shown = [.. Shown().Matches(guide).SelectMany(static block => block.Groups[1].Value.Split('\n', StringSplitOptions.RemoveEmptyEntries))];
        Assert.True(commands.Length >= 6 && shown.Length >= 6, $"{commands.Length} blocks of commands, {shown.Length} lines of output");

        // The feed has been made by this very command.
        Assert.Equal("~/kpio/tools/pack.sh\n", commands[0]);
        string folder = Directory.CreateDirectory(Path.Combine(feed.Home, "new")).FullName;
        string script = Path.Combine(folder, "guide.sh");
        File.WriteAllText(script, "exec 2>&1\n" + string.Concat(commands[1..]));
        RunResult run = feed.Run(folder, "/bin/bash", "-eu", script);
        string output = Encoding.UTF8.GetString(run.Output);
        Assert.True(run.ExitCode == 0, $"exit code {run.ExitCode}:\n{output}");

        // In their order; what comes between is not the guide's business.
        int at = 0;
        foreach (string line in shown)
        {
            int found = output.IndexOf(line, at, StringComparison.Ordinal);
            Assert.True(found >= 0, $"'{line}' is not in what follows:\n{output[at..]}");
            at = found + line.Length;
        }
    }

    /// <summary>The classes that the page names are there to be inherited.</summary>
    [Fact]
    public void TheGuideNamesWhatThereIs()
    {
        string guide = File.ReadAllText(RepositoryRoot.Combine("docs", "plugins.md"));
        string[] classes = [.. typeof(KernelFixture).Assembly.GetExportedTypes().Where(static type => type.Namespace == "Kpio.Testing.Conformance").Select(static type => type.Name)];
        Assert.NotEmpty(classes);
        Assert.All(classes, name => Assert.Contains($"`{name}`", guide, StringComparison.Ordinal));
    }

    [GeneratedRegex("^```sh\n(.*?)^```$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Commands();

    [GeneratedRegex("^```text\n(.*?)^```$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Shown();
}
