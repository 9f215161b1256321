using Kpio.Platform.Host;

namespace Kpio.Cli.Running;

/// <summary>
/// The sources that the package was built from. The launcher (kpio at the root) leaves it to the program to see whether they have changed,
/// because its shell needs longer for that; the program then starts the launcher again, which builds.
/// </summary>
internal static class PackageSources
{
    /// <summary>The launcher's path; set when the program is to compare.</summary>
    public const string LauncherVariable = "KPIO_LAUNCHER";

    private const string ChangedVariable = "KPIO_SOURCES_CHANGED";
    private const string Stamp = "artifacts/kpio/current/.stamp";
    private const string List = "artifacts/kpio/current/.source-list";
    private const string Shell = "/bin/sh";
    private const int OwnFailure = 125;

    /// <summary>Whether the launcher asked for the comparison, and something changed since the build.</summary>
    public static bool HaveChanged(List<byte[]> environment)
    {
        if (GuestStrings.Find(environment, LauncherVariable) is not { } launcher)
            return false;
        int end = launcher.Length;
        while (end > 0 && launcher[end - 1] != (byte)'/')
            end--;
        return HostSources.HaveChanged(launcher.AsSpan(0, end), Stamp, List);
    }

    /// <summary>
    /// Puts the launcher in place of this process, with the arguments and variables that it had itself. It builds, and then starts the program
    /// without asking for another comparison: a source whose time lies in the future would otherwise make it start over for ever.
    /// </summary>
    /// <returns>The exit code, where the launcher does not start.</returns>
    public static int BuildAndStart(string[] arguments, List<byte[]> environment)
    {
        byte[] launcher = GuestStrings.Find(environment, LauncherVariable)!;
        List<byte[]> variables = [.. GuestStrings.WithoutLaunchers(environment), GuestStrings.Encode(ChangedVariable + "=1")];
        byte[] shell = GuestStrings.Encode(Shell);
        int error = HostProcess.Replace(shell, [shell, launcher, .. GuestStrings.EncodeArguments(arguments)], variables);
        Console.Error.WriteLine($"kpio: sources have changed, but {Shell} does not start (error {error}): run 'sh {HostText.Decode(launcher)}'");
        return OwnFailure;
    }
}
