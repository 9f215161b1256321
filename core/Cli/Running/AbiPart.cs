using Kpio.Cli.Plugins;
using Kpio.Contracts.Values;
using Kpio.Kernel;

namespace Kpio.Cli.Running;

/// <summary>One part of a system call interface as <c>--abi</c> and <c>--tier</c> write it: a choice of calls, the path of a plugin, or a name.</summary>
internal sealed class AbiPart
{
    private AbiPart(string text, TierSelection? selection)
    {
        Text = text;
        Selection = selection;
    }

    /// <summary>The name, or the path.</summary>
    public string Text { get; }

    /// <summary>The choice of calls, or null.</summary>
    public TierSelection? Selection { get; }

    /// <summary>Whether it names a file.</summary>
    public bool IsFile => Selection is null && IsPath(Text);

    /// <summary>Whether a text names a file, and not an interface.</summary>
    public static bool IsPath(string text) =>
        text.Contains('/', StringComparison.Ordinal) || text.EndsWith(".dll", StringComparison.OrdinalIgnoreCase) || PluginFiles.IsSource(text);

    /// <summary>A variant by its name or its file.</summary>
    public static AbiPart Variant(string text) => new(text, null);

    /// <summary>Reads a tier.</summary>
    /// <exception cref="UsageException">It is neither a choice of calls nor a variant.</exception>
    public static AbiPart ReadTier(string text)
    {
        if (IsPath(text))
            return new AbiPart(text, null);
        if (TierSelection.Parse(text, out string? error) is { } selection)
            return new AbiPart(text, selection);
        return IsName(text) ? new AbiPart(text, null) : throw new UsageException(error!);
    }

    /// <summary>Takes over what <c>--abi</c> says: an interface, and tiers on it behind colons. What an earlier one said is forgotten.</summary>
    public static void Apply(RunOptions options, string text)
    {
        options.AbiTiers.Clear();
        string[] parts = text.Contains(':', StringComparison.Ordinal) && !File.Exists(text) ? text.Split(':') : [text];
        options.Abi = parts[0];
        for (int i = 1; i < parts.Length; i++)
            options.AbiTiers.Add(ReadTier(parts[i]));
    }

    /// <summary>All that the options choose, lowest first.</summary>
    public static PlainList<AbiPart> All(RunOptions options)
    {
        var parts = new PlainList<AbiPart>();
        if (options.Abi is { } abi)
            parts.Add(Variant(abi));
        foreach (AbiPart part in options.AbiTiers)
            parts.Add(part);
        foreach (AbiPart part in options.Tiers)
            parts.Add(part);
        return parts;
    }

    /// <summary>A name has more than a letter: that is a tier.</summary>
    private static bool IsName(string text)
    {
        foreach (char c in text)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('-' or '_' or '.'))
                return false;
        }

        return text.Length > 1 && char.IsAsciiLetter(text[0]);
    }
}
