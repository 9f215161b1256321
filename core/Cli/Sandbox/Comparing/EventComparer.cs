using System.Text;
using Kpio.Cli.Sandbox.Recording;
using Kpio.Contracts.Abi;

namespace Kpio.Cli.Sandbox.Comparing;

/// <summary>
/// Compares events: exactly, as long as both runs have been the same, and by what they mean afterwards, when addresses and times differ because of
/// what came before.
/// </summary>
internal sealed class EventComparer
{
    private readonly Dictionary<uint, SyscallInfo> _calls;

    public EventComparer(AbiCatalog catalog) => _calls = catalog.Syscalls.ToDictionary(static call => call.Number);

    /// <summary>In what two events differ that everything before them was the same of.</summary>
    public static Difference Exact(TaskEvent a, TaskEvent b)
    {
        if (a.Kind != b.Kind || a.Number != b.Number || a.Name != b.Name || a.Task != b.Task)
            return Difference.Event;
        Difference difference = Difference.None;
        if (a.Kind != TaskEventKind.Call)
            return a.Text == b.Text ? difference : Difference.Result;
        if (!a.Arguments.Select(static x => x.Raw).SequenceEqual(b.Arguments.Select(static x => x.Raw)))
            difference |= Difference.Arguments;
        if (a.Result != b.Result)
            difference |= Difference.Result;
        return SameMemory(a, b, withAddresses: true) ? difference : difference | Difference.Memory;
    }

    /// <summary>In what two events differ in meaning.</summary>
    public Difference ByMeaning(TaskEvent a, TaskEvent b)
    {
        if (a.Kind != b.Kind || a.Number != b.Number || a.Name != b.Name)
            return Difference.Event;
        if (a.Kind != TaskEventKind.Call)
            return WithoutAddresses(a.Text) == WithoutAddresses(b.Text) ? Difference.None : Difference.Result;
        Difference difference = Difference.None;
        _calls.TryGetValue(a.Number, out SyscallInfo? info);
        for (int i = 0; i < Math.Max(a.Arguments.Count, b.Arguments.Count); i++)
        {
            if (i >= a.Arguments.Count || i >= b.Arguments.Count || !SameArgument(a.Arguments[i], b.Arguments[i]))
                difference |= Difference.Arguments;
        }

        bool givesAddress = info?.Result.Kind == ArgumentKind.Address && a.Errno is null && b.Errno is null;
        if (!givesAddress && (a.Result != b.Result || a.Errno != b.Errno))
            difference |= a.Errno == b.Errno && a.Name is "time" or "times" ? Difference.Time : Difference.Result;
        if (!SameMemory(a, b, withAddresses: false))
            difference |= TellsTime(info) ? Difference.Time : Difference.Memory;
        return difference;
    }

    /// <summary>What makes events belong together: the call with its paths, its data and its choices, but without addresses and numbers that shift.</summary>
    public static string Key(TaskEvent item)
    {
        var key = new StringBuilder();
        key.Append(item.Kind).Append(' ').Append(item.Name);
        foreach (CallArgument argument in item.Arguments)
        {
            if (argument.Kind is "Path" or "String" or "StringVector" or "Flags" or "Enum" or "Signal" or "In")
                key.Append(' ').Append(argument.Text);
        }

        return item.Kind == TaskEventKind.Call ? key.ToString() : key.Append(' ').Append(WithoutAddresses(item.Text)).ToString();
    }

    private static bool TellsTime(SyscallInfo? info)
    {
        if (info is null)
            return false;
        ArgumentInfo[] written = [.. info.Arguments.Where(IsWritten)];
        return written.Length > 0 && written.All(static argument => argument.Set is "timespec" or "timeval" or "timezone" or "itimerspec" or "itimerval" or "tms" or "rusage" or "timex");
    }

    private static bool IsWritten(ArgumentInfo argument) =>
        argument.Kind is ArgumentKind.Out or ArgumentKind.OutStruct or ArgumentKind.InOutStruct or ArgumentKind.OutArray or ArgumentKind.InOutArray;

    private static bool SameArgument(CallArgument a, CallArgument b) => a.Kind switch
    {
        // What a call writes is compared as memory, and where things lie depends on what came before.
        "Address" or "Out" or "OutStruct" or "OutArray" or "InOutStruct" or "InOutArray" => (a.Raw == 0) == (b.Raw == 0),
        _ => a.Text == b.Text || (IsPointer(a) && IsPointer(b) && WithoutAddresses(a.Text) == WithoutAddresses(b.Text)),
    };

    private static bool IsPointer(CallArgument argument) =>
        argument.Kind is "In" or "InStruct" or "InArray" or "Path" or "String" or "StringVector";

    private static bool SameMemory(TaskEvent a, TaskEvent b, bool withAddresses)
    {
        if (a.Written.Count != b.Written.Count)
            return false;
        for (int i = 0; i < a.Written.Count; i++)
        {
            if ((withAddresses && a.Written[i].Address != b.Written[i].Address) || !a.Written[i].Bytes.AsSpan().SequenceEqual(b.Written[i].Bytes))
                return false;
        }

        return true;
    }

    /// <summary>The text with a placeholder for each number that is long enough for an address.</summary>
    private static string WithoutAddresses(string text)
    {
        const int FewestDigits = 6;
        if (!text.Contains("0x", StringComparison.Ordinal))
            return text;
        var result = new StringBuilder(text.Length);
        for (int i = 0; i < text.Length;)
        {
            if (!text.AsSpan(i).StartsWith("0x", StringComparison.Ordinal))
            {
                result.Append(text[i++]);
                continue;
            }

            int end = i + 2;
            while (end < text.Length && char.IsAsciiHexDigit(text[end]))
                end++;
            result.Append(end - i - 2 >= FewestDigits ? "<address>" : text[i..end]);
            i = end;
        }

        return result.ToString();
    }
}
