using System.Globalization;
using Kpio.Contracts.Abi;

namespace Kpio.Kernel;

/// <summary>A choice of system calls as <c>--tier</c> writes it: tiers joined by <c>+</c>, then single numbers or names to add or take away: <c>A</c>, <c>A+B</c>, <c>+59,-202</c>, <c>A,-ptrace</c>.</summary>
public sealed class TierSelection
{
    private readonly HashSet<SyscallTier>? _tiers;
    private readonly HashSet<string> _added = new(StringComparer.Ordinal);
    private readonly HashSet<string> _removed = new(StringComparer.Ordinal);

    private TierSelection(HashSet<SyscallTier>? tiers) => _tiers = tiers;

    /// <summary>Reads a choice; null with a message when it is none.</summary>
    public static TierSelection? Parse(string text, out string? error)
    {
        ArgumentNullException.ThrowIfNull(text);
        error = null;
        string[] parts = text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        HashSet<SyscallTier>? tiers = null;
        int first = 0;
        if (parts.Length > 0 && parts[0][0] is not ('+' or '-'))
        {
            tiers = [];
            foreach (string name in parts[0].Split('+', StringSplitOptions.TrimEntries))
            {
                if (name.Length != 1 || !Enum.TryParse(name, ignoreCase: true, out SyscallTier tier))
                {
                    error = $"'{name}' is no tier: use A, B or C, joined by '+'";
                    return null;
                }

                tiers.Add(tier);
            }

            first = 1;
        }

        var selection = new TierSelection(tiers);
        foreach (string part in parts.AsSpan(first))
        {
            if (part.Length < 2 || part[0] is not ('+' or '-'))
            {
                error = $"'{part}' is no change: use +NUMBER, -NUMBER, +NAME or -NAME";
                return null;
            }

            (part[0] == '+' ? selection._added : selection._removed).Add(part[1..]);
        }

        if (parts.Length == 0)
            error = "it is empty";
        return error is null ? selection : null;
    }

    /// <summary>Whether the call is left.</summary>
    public bool Includes(SyscallInfo info)
    {
        ArgumentNullException.ThrowIfNull(info);
        string number = info.Number.ToString(CultureInfo.InvariantCulture);
        if (_removed.Contains(number) || _removed.Contains(info.Name))
            return false;
        return _tiers is null || _tiers.Contains(info.Tier) || _added.Contains(number) || _added.Contains(info.Name);
    }
}
