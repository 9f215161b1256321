using Kpio.Contracts.Abi;
using Kpio.Contracts.Process;
using Kpio.Contracts.Tracing;
using Kpio.Contracts.Values;
using Kpio.Kernel;

namespace Kpio.Cli.Testing.Running;

/// <summary>Notes which of the system calls that a scenario names are made.</summary>
internal sealed class CallWatch : ISyscallObserver
{
    private readonly bool[] _made = new bool[1024];
    private readonly Dictionary<string, uint> _numbers = [];

    /// <summary>Watches calls of the machine's interface; a name that it does not know is told.</summary>
    public CallWatch(Machine machine, IReadOnlyList<string> names, List<string> failures)
    {
        if (names.Count == 0)
            return;
        AbiCatalog catalog = machine.Slots.Abi.Current.Catalog;
        foreach (string name in names)
        {
            if (catalog.Syscalls.FirstOrDefault(info => info.Name == name) is not { } info)
                failures.Add($"there is no system call '{name}'");
            else if (_numbers.TryAdd(name, info.Number))
                Interests.Add(info.Number);
        }

        if (_numbers.Count > 0)
            machine.Observers.Add(this);
    }

    public SyscallSet Interests { get; } = new();

    /// <summary>Whether a call was made.</summary>
    public bool WasMade(string name) => _numbers.TryGetValue(name, out uint number) && _made[number];

    /// <summary>Whether the name is one of a call.</summary>
    public bool Knows(string name) => _numbers.ContainsKey(name);

    public void OnEnter(GuestTask task, in SyscallFrame frame, SyscallInfo? info) => _made[frame.Number] = true;

    public void OnExit(GuestTask task, in SyscallFrame frame, SyscallInfo? info, SysResult result)
    {
    }
}
