using Kpio.Contracts.Host;
using Kpio.Contracts.Process;
using Kpio.Contracts.State;
using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;
using Kpio.Plugins.Vfs.FileSystems;

namespace Kpio.Plugins.Vfs.Terminals;

/// <summary>The machine's terminals: its console, and the pseudoterminals by their numbers. All mounts of devpts show the same ones.</summary>
internal sealed class TerminalTable
{
    /// <summary>/proc/sys/kernel/pty/max.</summary>
    private const int MostPseudoterminals = 4096;

    private readonly PlainList<Pseudoterminal> _pseudoterminals = new();
    private readonly TreeClock _clock;

    public TerminalTable(TerminalServices services, TreeClock clock, IHostTerminal? host)
    {
        Services = services;
        _clock = clock;
        Console = host is null ? null : new ConsoleTerminal(host, services);
    }

    public TerminalServices Services { get; }

    /// <summary>The console, when the user's terminal is behind it.</summary>
    public ConsoleTerminal? Console { get; }

    /// <summary>Permission bits of new nodes in /dev/pts.</summary>
    public uint NodePermissions { get; set; } = 0x180;

    /// <summary>The group of new nodes in /dev/pts; null for that of the maker.</summary>
    public uint? NodeGroup { get; set; }

    /// <summary>In the order of their numbers.</summary>
    public PlainList<Pseudoterminal> Pseudoterminals => _pseudoterminals;

    /// <summary>The terminal with a device number, or null.</summary>
    public Terminal? Find(ulong device)
    {
        if (device == 0)
            return null;
        if (Console is not null && Console.Device == device)
            return Console;
        foreach (Pseudoterminal pty in _pseudoterminals)
        {
            if (pty.Device == device)
                return pty;
        }

        return null;
    }

    /// <summary>The terminal with the number, when its master is open; else null.</summary>
    public Pseudoterminal? FindOpen(int index)
    {
        foreach (Pseudoterminal pty in _pseudoterminals)
        {
            if (pty.Index == index)
                return pty.IsGone ? null : pty;
        }

        return null;
    }

    /// <summary>The processes that hold a terminal by their controlling one.</summary>
    public Terminal? OfTask(GuestTask? task) => task is null ? null : Find(task.Group.ControllingTerminal);

    /// <summary>Makes a pseudoterminal with the lowest free number (ptmx(4)); ENOSPC when there are too many.</summary>
    public Result<Pseudoterminal> Create(uint user, uint group)
    {
        int index = 0;
        while (index < _pseudoterminals.Count && _pseudoterminals[index].Index == index)
            index++;
        if (index >= MostPseudoterminals)
            return Errno.ENOSPC;
        FileTime now = _clock.Now;
        var pty = new Pseudoterminal(index, Services)
        {
            User = user,
            Group = NodeGroup ?? group,
            Permissions = NodePermissions,
            Times = (now, now, now),
        };
        _pseudoterminals.Insert(index, pty);
        return pty;
    }

    /// <summary>Forgets a pseudoterminal that nobody has open.</summary>
    public void Discard(Pseudoterminal pty) => _pseudoterminals.Remove(pty);

    public List<TerminalState> Capture()
    {
        var states = new List<TerminalState>();
        if (Console is not null)
            states.Add(Console.Capture());
        foreach (Pseudoterminal pty in _pseudoterminals)
            states.Add(pty.Capture());
        return states;
    }

    /// <summary>Takes over a predecessor's terminals; open files come later.</summary>
    public Errno Restore(IReadOnlyList<TerminalState> states)
    {
        foreach (TerminalState state in states)
        {
            Terminal? terminal = Console;
            if (state.Pseudoterminal is { } saved)
            {
                var pty = new Pseudoterminal(saved.Index, Services);
                if (pty.Device != state.Device || Find(pty.Device) is not null)
                    return Errno.EINVAL;
                _pseudoterminals.Add(pty);
                terminal = pty;
            }

            Errno error = terminal?.Restore(state) ?? Errno.ENXIO;
            if (error != Errno.None)
                return error;
        }

        _pseudoterminals.Sort(static (first, second) => first.Index - second.Index);
        return Errno.None;
    }
}
