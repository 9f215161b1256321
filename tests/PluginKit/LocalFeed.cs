using Kpio.Testing;

namespace Kpio.PluginKit.Tests;

/// <summary>
/// A new user's place: a home of its own with the packages in ~/kpio/artifacts/packages, where tools/pack.sh has put them, once for all tests.
/// Packages of others are taken from the folder of the user who runs the tests, where they have been since the tests were built: nothing is
/// asked of the network.
/// </summary>
public sealed class LocalFeed : IDisposable
{
    private readonly ScratchDirectory _home = new();

    public LocalFeed()
    {
        Packages = System.IO.Path.Combine(Home, "kpio", "artifacts", "packages");
        RunResult pack = ChildProcess.Run(RepositoryRoot.Combine("tools", "pack.sh"), [Packages], "/", Variables(), timeout: TimeSpan.FromMinutes(10));
        if (pack.ExitCode != 0)
            throw new InvalidOperationException($"tools/pack.sh fails:\n{pack.OutputText}{pack.ErrorText}");
        _home.Write(".nuget/NuGet/NuGet.Config", $"""
            <?xml version="1.0" encoding="utf-8"?>
            <configuration>
              <packageSources />
              <fallbackPackageFolders>
                <add key="others" value="{OthersPackages}" />
              </fallbackPackageFolders>
            </configuration>
            """);
        Directory.CreateDirectory(System.IO.Path.Combine(Home, "tmp"));
    }

    /// <summary>The home; removed at the end.</summary>
    public string Home => _home.Path;

    /// <summary>Where the packages are.</summary>
    public string Packages { get; }

    private static string OthersPackages => Environment.GetEnvironmentVariable("NUGET_PACKAGES") is { Length: > 0 } set
        ? set
        : System.IO.Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");

    /// <summary>Runs a program as the new user.</summary>
    public RunResult Run(string folder, string program, params string[] arguments)
    {
        Dictionary<string, string> variables = Variables();
        variables["HOME"] = Home;
        variables["TMPDIR"] = System.IO.Path.Combine(Home, "tmp");
        foreach (string name in (string[])["NUGET_PACKAGES", "DOTNET_CLI_HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_RUNTIME_DIR"])
            variables.Remove(name);
        return ChildProcess.Run(program, arguments, folder, variables, timeout: TimeSpan.FromMinutes(10));
    }

    /// <summary>Runs dotnet as the new user, and fails with what it says when it fails.</summary>
    public RunResult Dotnet(string folder, params string[] arguments)
    {
        RunResult result = Run(folder, Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet", arguments);
        Assert.True(result.ExitCode == 0, $"dotnet {string.Join(' ', arguments)}:\n{result.OutputText}{result.ErrorText}");
        return result;
    }

    public void Dispose() => _home.Dispose();

    // Without what the process that runs these tests has set for itself.
    private static Dictionary<string, string> Variables()
    {
        var variables = new Dictionary<string, string>();
        foreach (System.Collections.DictionaryEntry variable in Environment.GetEnvironmentVariables())
        {
            if (!((string)variable.Key).StartsWith("MSBuild", StringComparison.OrdinalIgnoreCase) && !((string)variable.Key).StartsWith("VSTEST", StringComparison.Ordinal))
                variables[(string)variable.Key] = (string)variable.Value!;
        }

        foreach (string name in (string[])["DOTNET_CLI_TELEMETRY_OPTOUT", "DOTNET_NOLOGO", "DOTNET_SKIP_FIRST_TIME_EXPERIENCE", "MSBUILDDISABLENODEREUSE"])
            variables[name] = "1";
        variables["DOTNET_GENERATE_ASPNET_CERTIFICATE"] = "false";
        variables["MSBUILDTERMINALLOGGER"] = "off";
        variables["DOTNET_CLI_UI_LANGUAGE"] = "en";
        return variables;
    }
}

/// <summary>One feed for all tests of packages.</summary>
[CollectionDefinition(Name)]
public sealed class FeedCollection : ICollectionFixture<LocalFeed>
{
    public const string Name = "packages";
}
