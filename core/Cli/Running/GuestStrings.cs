using System.Text;

namespace Kpio.Cli.Running;

/// <summary>Arguments and variables as bytes. The runtime decodes them as UTF-8; where that lost something, the host kernel still has the original.</summary>
internal static class GuestStrings
{
    private const char Replacement = '\uFFFD';

    // Set by the launcher (kpio), the setting only where the user has not set it himself; the mark says so.
    private const string LauncherMark = "KPIO_RUNTIME_SETTING";
    private const string LauncherSetting = "DOTNET_EnableWriteXorExecute";

    public static byte[] Encode(string text) => Encoding.UTF8.GetBytes(text);

    /// <summary>The last <paramref name="arguments"/> of this process as it was started with them.</summary>
    public static byte[][] EncodeArguments(string[] arguments)
    {
        byte[][] encoded = Array.ConvertAll(arguments, Encode);
        if (!arguments.Any(argument => argument.Contains(Replacement, StringComparison.Ordinal)) || !TryReadStrings("/proc/self/cmdline", out List<byte[]> original))
            return encoded;
        return original.Count >= encoded.Length ? [.. original[^encoded.Length..]] : encoded;
    }

    /// <summary>The environment that this process was started with, without what the launcher set for the runtime.</summary>
    public static List<byte[]> ReadEnvironment()
    {
        List<byte[]> environment = ReadWholeEnvironment();
        if (Environment.GetEnvironmentVariable(LauncherMark) is { Length: > 0 })
            environment.RemoveAll(static entry => IsVariable(entry, LauncherMark) || IsVariable(entry, LauncherSetting));
        return environment;
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

    private static List<byte[]> ReadWholeEnvironment()
    {
        if (TryReadStrings("/proc/self/environ", out List<byte[]> original))
            return original;
        var list = new List<byte[]>();
        foreach (System.Collections.DictionaryEntry entry in Environment.GetEnvironmentVariables())
            list.Add(Encode($"{entry.Key}={entry.Value}"));
        return list;
    }

    private static bool TryReadStrings(string path, out List<byte[]> strings)
    {
        strings = [];
        if (!OperatingSystem.IsLinux())
            return false;
        try
        {
            ReadOnlySpan<byte> rest = File.ReadAllBytes(path);
            while (rest.Length > 0)
            {
                int end = rest.IndexOf((byte)0);
                strings.Add(rest[..(end < 0 ? rest.Length : end)].ToArray());
                rest = end < 0 ? [] : rest[(end + 1)..];
            }

            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
