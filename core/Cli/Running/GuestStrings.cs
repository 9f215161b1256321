using Kpio.Platform.Host;

namespace Kpio.Cli.Running;

/// <summary>Arguments and variables as bytes. The runtime decodes them as UTF-8; where that lost something, the host kernel still has the original.</summary>
internal static class GuestStrings
{
    private const char Replacement = '\uFFFD';

    // Set by the launcher (kpio): the names of the variables that it has set for the runtime, where the user had not set them himself.
    private const string LauncherMark = "KPIO_RUNTIME_SETTING";

    public static byte[] Encode(string text) => HostText.Encode(text);

    /// <summary>The last <paramref name="arguments"/> of this process as it was started with them.</summary>
    public static byte[][] EncodeArguments(string[] arguments)
    {
        byte[][] encoded = new byte[arguments.Length][];
        bool isWhole = true;
        for (int i = 0; i < arguments.Length; i++)
        {
            encoded[i] = Encode(arguments[i]);
            isWhole &= !HasReplacement(arguments[i]);
        }

        return !isWhole && TryReadStrings("/proc/self/cmdline") is { } original && original.Count >= encoded.Length
            ? [.. original[^encoded.Length..]]
            : encoded;
    }

    /// <summary>The environment without what the launcher set for the runtime.</summary>
    public static List<byte[]> WithoutLaunchers(List<byte[]> environment)
    {
        if (Find(environment, LauncherMark) is not { Length: > 0 } settings)
            return environment;
        var kept = new List<byte[]>(environment.Count);
        for (int i = 0; i < environment.Count; i++)
        {
            if (!IsVariable(environment[i], LauncherMark) && !IsNamed(environment[i], settings))
                kept.Add(environment[i]);
        }

        return kept;
    }

    /// <summary>Whether any variable may be an option of KPIO's own.</summary>
    public static bool MayHaveOptions(List<byte[]> environment)
    {
        for (int i = 0; i < environment.Count; i++)
        {
            if (environment[i] is [(byte)'K', (byte)'P', (byte)'I', (byte)'O', (byte)'_', ..]
                && !IsVariable(environment[i], LauncherMark) && !IsVariable(environment[i], PackageSources.LauncherVariable))
                return true;
        }

        return false;
    }

    /// <summary>Whether the runtime was asked to be traced or profiled.</summary>
    public static bool IsWatched(List<byte[]> environment) =>
        Find(environment, "DOTNET_EnableEventPipe") is not null || Find(environment, "CORECLR_ENABLE_PROFILING") is not null
        || Find(environment, "DOTNET_PerfMapEnabled") is not null || Find(environment, "DOTNET_JitStdOutFile") is not null;

    /// <summary>A variable's value, or null.</summary>
    public static byte[]? Find(List<byte[]> environment, string name)
    {
        for (int i = 0; i < environment.Count; i++)
        {
            if (IsVariable(environment[i], name))
                return environment[i][(name.Length + 1)..];
        }

        return null;
    }

    /// <summary>Whether a variable's name is one of those in a list with a space between each two.</summary>
    private static bool IsNamed(byte[] entry, byte[] names)
    {
        int start = 0;
        for (int i = 0; i <= names.Length; i++)
        {
            if (i < names.Length && names[i] != (byte)' ')
                continue;
            int length = i - start;
            bool isSame = length > 0 && entry.Length > length && entry[length] == (byte)'=';
            for (int j = 0; isSame && j < length; j++)
                isSame = entry[j] == names[start + j];
            if (isSame)
                return true;
            start = i + 1;
        }

        return false;
    }

    private static bool HasReplacement(string argument)
    {
        foreach (char c in argument)
        {
            if (c == Replacement)
                return true;
        }

        return false;
    }

    private static bool IsVariable(byte[] entry, string name)
    {
        if (entry.Length <= name.Length || entry[name.Length] != (byte)'=')
            return false;
        for (int i = 0; i < name.Length; i++)
        {
            if (entry[i] != name[i])
                return false;
        }

        return true;
    }

    /// <summary>The environment that this process was started with.</summary>
    public static List<byte[]> ReadEnvironment()
    {
        if (TryReadStrings("/proc/self/environ") is { } original)
            return original;
        var list = new List<byte[]>();
        foreach (System.Collections.DictionaryEntry entry in Environment.GetEnvironmentVariables())
            list.Add(Encode($"{entry.Key}={entry.Value}"));
        return list;
    }

    private static List<byte[]>? TryReadStrings(string path)
    {
        if (HostProcess.TryReadFile(path) is not { } content)
            return null;
        var strings = new List<byte[]>();
        int start = 0;
        for (int i = 0; i <= content.Length; i++)
        {
            // The last one may lack its NUL.
            if (i == content.Length ? i > start : content[i] == 0)
            {
                strings.Add(content.AsSpan(start, i - start).ToArray());
                start = i + 1;
            }
        }

        return strings;
    }
}
