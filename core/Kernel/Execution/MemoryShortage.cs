using System.Globalization;
using System.Text;
using Kpio.Contracts.Memory;
using Kpio.Contracts.Plugins;
using Kpio.Contracts.Process;
using Kpio.Contracts.Values;

namespace Kpio.Kernel.Execution;

/// <summary>
/// What becomes of a page fault when the machine's memory is used up: as in Linux (mm/oom_kill.c) not whoever happens to need a page is
/// killed but the process with the most pages in memory, oom_score_adj of proc(5) counted in; a fork bomb so does not take the shell with it. It
/// ends at once, so the fault can be tried again. To be called with no frame of the Memory or Vfs plugin on the stack.
/// </summary>
internal sealed class MemoryShortage
{
    private const int MostReports = 10;

    private readonly TaskTable _tasks;
    private readonly Slot<IAddressSpaces> _spaces;
    private readonly Slot<IProcessManager> _processes;
    private readonly Action<string> _report;
    private readonly long _pages;
    private int _reports;

    public MemoryShortage(TaskTable tasks, Slot<IAddressSpaces> spaces, Slot<IProcessManager> processes, long memoryBytes, Action<string> report)
    {
        _tasks = tasks;
        _spaces = spaces;
        _processes = processes;
        _pages = memoryBytes / FrameNumber.Size;
        _report = report;
    }

    /// <summary>Ends another process for the task's sake. False when the task's own has most, or the task is ending itself.</summary>
    public bool Relieve(GuestTask task)
    {
        if (!_spaces.IsBound || !IsLiving(task) || Choose() is not { } victim || ReferenceEquals(victim.Group, task.Group))
            return false;
        Report(victim);
        _processes.Current.Exit(victim, (int)Signal.SIGKILL, wholeGroup: true);
        return true;
    }

    private static bool IsLiving(GuestTask task)
    {
        for (int i = 0; i < task.Group.Threads.Count; i++)
        {
            if (task.Group.Threads[i] == task.Tid)
                return true;
        }

        return false;
    }

    /// <summary>A thread of the process with most pages; of several with as many the youngest's.</summary>
    private GuestTask? Choose()
    {
        const int Never = -1000;
        GuestTask? worst = null;
        long most = 0;
        foreach (GuestTask task in _tasks.All)
        {
            ThreadGroup group = task.Group;
            if (group.Threads.Count == 0 || group.Threads[0] != task.Tid || group.AddressSpace.IsNone)
                continue;
            int adjustment = group.ProcessControls.TryGetValue(ProcessControlKeys.OomScoreAdjustment, out ulong set) ? (int)set : 0;
            long badness = _spaces.Current.GetUse(group.AddressSpace).Resident + (adjustment * _pages / 1000);
            if (adjustment == Never || badness < most)
                continue;
            worst = task;
            most = badness;
        }

        return worst;
    }

    private void Report(GuestTask victim)
    {
        if (++_reports <= MostReports)
            _report(string.Create(CultureInfo.InvariantCulture, $"process {victim.Group.Pid} ({Encoding.UTF8.GetString(victim.Name)}) was killed: the machine's memory is used up"));
        else if (_reports == MostReports + 1)
            _report("the machine's memory is used up: more processes are killed, and not told of");
    }
}
