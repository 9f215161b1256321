using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.RegularExpressions;
using Kpio.Contracts.Abi;
using Kpio.Contracts.Tracing;

namespace Kpio.Plugins.Tracing;

/// <summary>Reads sets of calls as users write them (strace(1), <c>-e trace=</c>).</summary>
internal static class SyscallFilter
{
    private const uint MaximumNumber = 1024;

    // A pattern of the user's own must not hang the start: names are short, so this is ample.
    private static readonly TimeSpan PatternTime = TimeSpan.FromSeconds(1);

    // Classes that strace also knows without the percent sign.
    private static readonly string[] PlainClasses = ["file", "process", "network", "signal", "ipc", "desc", "memory"];

    public static bool TryParse(string text, AbiCatalog catalog, [NotNullWhen(true)] out SyscallSet? set, [NotNullWhen(false)] out string? error)
    {
        set = null;
        ReadOnlySpan<char> rest = text.AsSpan().Trim();
        if (rest.StartsWith("trace="))
            rest = rest["trace=".Length..];
        bool isComplement = rest.StartsWith("!");
        if (isComplement)
            rest = rest[1..].TrimStart();
        if (rest.IsEmpty)
        {
            error = "an empty set of system calls; give names, numbers, %classes or /patterns/, or 'none'";
            return false;
        }

        SyscallSet found = new();
        foreach (string item in Items(rest.ToString()))
        {
            if (!TryAdd(item, catalog, ref found, out error))
                return false;
        }

        set = found;
        if (isComplement)
            set = Complement(found);
        error = null;
        return true;
    }

    /// <summary>Splits at commas, but not within a pattern.</summary>
    private static List<string> Items(string text)
    {
        var items = new List<string>();
        int start = 0;
        while (start <= text.Length)
        {
            bool isPattern = start < text.Length && text[start] == '/';
            int end = isPattern ? text.IndexOf("/,", start + 1, StringComparison.Ordinal) is var close and >= 0 ? close + 1 : -1 : text.IndexOf(',', start);
            if (isPattern && end < 0 && !text.EndsWith('/'))
                end = text.IndexOf(',', start);
            if (end < 0)
                end = text.Length;
            items.Add(text[start..end].Trim());
            start = end + 1;
        }

        return items;
    }

    private static bool TryAdd(string item, AbiCatalog catalog, ref SyscallSet set, [NotNullWhen(false)] out string? error)
    {
        error = null;
        bool mayBeUnknown = item.StartsWith('?');
        string name = mayBeUnknown ? item[1..] : item;
        if (name.EndsWith("@64", StringComparison.Ordinal))
            name = name[..^3];
        switch (name)
        {
            case "":
                error = "an empty name in the set of system calls";
                return false;
            case "all":
                set = SyscallSet.All();
                return true;
            case "none":
                return true;
        }

        if (name[0] == '/')
            return TryAddPattern(name, catalog, set, mayBeUnknown, out error);
        if (name[0] == '%')
            return TryAddClass(name, catalog, set, out error);
        if (uint.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out uint number))
        {
            if (number >= MaximumNumber)
            {
                error = $"'{name}' is no system call's number: they are below {MaximumNumber}";
                return false;
            }

            set.Add(number);
            return true;
        }

        foreach (SyscallInfo info in catalog.Syscalls)
        {
            if (info.Name == name)
            {
                set.Add(info.Number);
                return true;
            }
        }

        if (PlainClasses.Contains(name))
            return TryAddClass("%" + name, catalog, set, out error);
        if (mayBeUnknown)
            return true;
        error = $"'{name}' is no system call of Linux x86_64{Suggestion(name, catalog)}";
        return false;
    }

    private static bool TryAddClass(string name, AbiCatalog catalog, SyscallSet set, [NotNullWhen(false)] out string? error)
    {
        error = null;
        if (FilterClasses.Members(name.AsSpan(1)) is not { } members)
        {
            error = $"'{name}' is no class of system calls; there are %file, %desc, %memory, %process, %signal, %network, %ipc, %creds, "
                + "%stat, %lstat, %fstat, %%stat, %statfs, %fstatfs, %%statfs, %clock, %pure";
            return false;
        }

        HashSet<string> names = [.. members.Split(' ')];
        foreach (SyscallInfo info in catalog.Syscalls)
        {
            if (names.Contains(info.Name))
                set.Add(info.Number);
        }

        return true;
    }

    private static bool TryAddPattern(string text, AbiCatalog catalog, SyscallSet set, bool mayBeUnknown, [NotNullWhen(false)] out string? error)
    {
        error = null;
        string pattern = text[1..];
        if (pattern.EndsWith('/'))
            pattern = pattern[..^1];
        bool any = mayBeUnknown;
        try
        {
            var regex = new Regex(pattern, RegexOptions.CultureInvariant, PatternTime);
            foreach (SyscallInfo info in catalog.Syscalls)
            {
                if (regex.IsMatch(info.Name))
                {
                    set.Add(info.Number);
                    any = true;
                }
            }
        }
        catch (ArgumentException e)
        {
            error = $"'{pattern}' is no regular expression: {e.Message}";
            return false;
        }
        catch (RegexMatchTimeoutException)
        {
            error = $"the regular expression '{pattern}' takes too long";
            return false;
        }

        if (!any)
            error = $"the regular expression '{pattern}' matches no system call";
        return any;
    }

    private static SyscallSet Complement(SyscallSet set)
    {
        // Numbers beyond the table are in a complement unless the set had everything.
        if (set.Contains(uint.MaxValue))
            return new SyscallSet();
        SyscallSet complement = SyscallSet.All();
        for (uint number = 0; number < MaximumNumber; number++)
        {
            if (set.Contains(number))
                complement.Remove(number);
        }

        return complement;
    }

    private static string Suggestion(string name, AbiCatalog catalog)
    {
        foreach (SyscallInfo info in catalog.Syscalls)
        {
            if (name.Length >= 3 && info.Name.Contains(name, StringComparison.OrdinalIgnoreCase))
                return $"; did you mean '{info.Name}'?";
        }

        return "";
    }
}
