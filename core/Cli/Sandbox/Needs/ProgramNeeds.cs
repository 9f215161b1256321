using System.Globalization;
using Kpio.Cli.Sandbox.Recording;
using Kpio.Contracts.Abi;

namespace Kpio.Cli.Sandbox.Needs;

/// <summary>What a program needs of a system call interface: by its code, and by a run.</summary>
internal sealed class ProgramNeeds
{
    private readonly SortedDictionary<uint, CallNeed> _calls = [];
    private readonly AbiCatalog _reference;
    private readonly Dictionary<uint, SyscallInfo> _chosen;

    /// <summary>Begins with nothing.</summary>
    /// <param name="reference">The catalog that names come from.</param>
    /// <param name="chosen">The catalog of the interface that is asked about.</param>
    public ProgramNeeds(AbiCatalog reference, AbiCatalog chosen)
    {
        _reference = reference;
        _chosen = chosen.Syscalls.ToDictionary(static call => call.Number);
    }

    /// <summary>The calls by number.</summary>
    public IReadOnlyCollection<CallNeed> Calls => _calls.Values;

    /// <summary>Adds what code shows.</summary>
    public void Add(StaticScan scan)
    {
        foreach (StaticNeed need in scan.InProgram)
            Add(need).InProgram = true;
        foreach (StaticNeed need in scan.InLibraries)
            Add(need).InLibraries = true;
    }

    /// <summary>Adds what a run under the reference did.</summary>
    public void AddRun(IReadOnlyList<TaskEvent> events)
    {
        foreach (TaskEvent item in events)
        {
            if (item.Kind != TaskEventKind.Call)
                continue;
            CallNeed call = Find(item.Number, item.Name);
            call.Made++;
            foreach (CallArgument argument in Choices(item))
            {
                Operation operation = call.Find(argument.Name, argument.Text);
                operation.Made++;
                operation.Refused += IsRefused(item) ? 1 : 0;
                operation.Chosen = (operation.Refused, operation.Made);
            }
        }
    }

    /// <summary>Adds what the chosen interface answered in a run of its own.</summary>
    public void AddAnswers(IReadOnlyList<TaskEvent> events)
    {
        foreach (CallNeed call in _calls.Values)
        {
            foreach (Operation operation in call.Operations)
                operation.Chosen = (0, 0);
        }

        foreach (TaskEvent item in events)
        {
            if (item.Kind != TaskEventKind.Call)
                continue;
            CallNeed call = Find(item.Number, item.Name);
            foreach (CallArgument argument in Choices(item))
            {
                Operation operation = call.Find(argument.Name, argument.Text);
                (int refused, int of) = operation.Chosen;
                operation.Chosen = (refused + (IsRefused(item) ? 1 : 0), of + 1);
            }
        }
    }

    private static IEnumerable<CallArgument> Choices(TaskEvent item) => item.Arguments.Where((argument, index) => argument.Kind is "Flags" or "Enum" || index == Operations.ArgumentOf(item.Number));

    private static bool IsRefused(TaskEvent item) => item.Errno is "ENOSYS" or "EINVAL" or "EOPNOTSUPP" or "ENOTTY";

    private CallNeed Add(StaticNeed need)
    {
        CallNeed call = Find(need.Number, null);
        if (need.Operation is { } value && _reference.Syscalls.FirstOrDefault(info => info.Number == need.Number) is { } info)
        {
            ArgumentInfo argument = info.Arguments[Operations.ArgumentOf(need.Number)];
            call.Find(argument.Name, Name(argument.Set ?? Operations.SetOf(need.Number), value)).IsInCode = true;
        }

        return call;
    }

    private string Name(string? name, ulong value)
    {
        if (name is not null && _reference.Sets.TryGetValue(name, out NamedSet? set))
        {
            foreach ((string text, ulong number) in set.Values)
            {
                if (number == value)
                    return text;
            }

            if (set.IsBits)
                return NameBits(set, value);
        }

        return "0x" + value.ToString("x", CultureInfo.InvariantCulture);
    }

    /// <summary>One value out of several first, then the bits: FUTEX_WAIT|FUTEX_PRIVATE_FLAG.</summary>
    private static string NameBits(NamedSet set, ulong value)
    {
        var names = new List<string>();
        ulong rest = value;
        if (set.EnumMask != 0 && set.Values.FirstOrDefault(item => item.Value == (value & set.EnumMask)).Key is { } one)
        {
            names.Add(one);
            rest &= ~set.EnumMask;
        }

        foreach ((string text, ulong bits) in set.Values)
        {
            if (bits == 0 || (bits & set.EnumMask) != 0 || (rest & bits) != bits)
                continue;
            names.Add(text);
            rest &= ~bits;
        }

        if (rest != 0 || names.Count == 0)
            names.Add("0x" + rest.ToString("x", CultureInfo.InvariantCulture));
        return string.Join('|', names);
    }

    private CallNeed Find(uint number, string? name)
    {
        if (_calls.TryGetValue(number, out CallNeed? call))
            return call;
        _chosen.TryGetValue(number, out SyscallInfo? info);
        name = _reference.Syscalls.FirstOrDefault(item => item.Number == number)?.Name ?? info?.Name ?? name ?? string.Create(CultureInfo.InvariantCulture, $"syscall_{number}");
        return _calls[number] = new CallNeed(number, name, info);
    }
}
