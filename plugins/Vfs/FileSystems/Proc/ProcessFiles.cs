using System.Numerics;
using Kpio.Contracts.Abi;
using Kpio.Contracts.Memory;
using Kpio.Contracts.Platform;
using Kpio.Contracts.Process;
using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;
using Kpio.Plugins.Vfs.Mounts;
using Kpio.Plugins.Vfs.OpenFiles;

namespace Kpio.Plugins.Vfs.FileSystems.Proc;

/// <summary>The files of a process directory, written as Linux writes them (proc(5)).</summary>
internal sealed class ProcessFiles
{
    private const long TickNanoseconds = 10_000_000; // USER_HZ is 100.
    private const ulong UsualCoreDumpFilter = 0x33;
    private const int PR_CAPBSET_DROP = 24;
    private const int PR_SET_NO_NEW_PRIVS = 38;

    private readonly VfsCore _core;

    public ProcessFiles(VfsCore core) => _core = core;

    public Result<byte[]> Generate(GuestTask task, in ProcNode node)
    {
        var text = new ByteText();
        ProgramLayout layout = task.Group.Layout;
        switch (node.Entry)
        {
            case ProcEntry.Auxv:
                return ReadMemory(task, layout.AuxiliaryVectorStart, layout.AuxiliaryVectorEnd);
            case ProcEntry.Cmdline:
                return ReadMemory(task, layout.ArgumentsStart, layout.ArgumentsEnd);
            case ProcEntry.Environ:
                return ReadMemory(task, layout.EnvironmentStart, layout.EnvironmentEnd);
            case ProcEntry.Cgroup:
                text.Add("0::/\n");
                break;
            case ProcEntry.Comm:
                text.Add(task.Name).Add("\n");
                break;
            case ProcEntry.Io:
                text.Add("rchar: 0\nwchar: 0\nsyscr: 0\nsyscw: 0\nread_bytes: 0\nwrite_bytes: 0\ncancelled_write_bytes: 0\n");
                break;
            case ProcEntry.Limits:
                WriteLimits(task, text);
                break;
            case ProcEntry.Loginuid or ProcEntry.Sessionid:
                text.AddUnsigned(uint.MaxValue); // nobody has logged in
                break;
            case ProcEntry.Maps:
                WriteMaps(task, text, withUse: false);
                break;
            case ProcEntry.Smaps:
                WriteMaps(task, text, withUse: true);
                break;
            case ProcEntry.SmapsRollup:
                WriteRollup(task, text);
                break;
            case ProcEntry.CoredumpFilter:
                text.AddHex((ulong)Control(task.Group, ProcessControlKeys.CoreDumpFilter) ^ UsualCoreDumpFilter, 8).Add("\n");
                break;
            case ProcEntry.Personality:
                text.AddHex(task.Group.Personality, 8).Add("\n");
                break;
            case ProcEntry.Wchan:
                text.Add("0"); // Which function of the kernel it waits in: there is none.
                break;
            case ProcEntry.OomScore:
                text.Add($"{OomScore(task)}\n");
                break;
            case ProcEntry.Syscall:
                WriteCall(task, text);
                break;
            case ProcEntry.MountInfo:
                WriteMountInfo(text);
                break;
            case ProcEntry.Mounts:
                WriteMounts(text);
                break;
            case ProcEntry.OomScoreAdj:
                text.Add(Control(task.Group, ProcessControlKeys.OomScoreAdjustment)).Add("\n");
                break;
            case ProcEntry.Stat:
                WriteStat(task, text);
                break;
            case ProcEntry.Statm:
                MemoryUse use = UseOf(task);
                text.Add($"{use.Mapped} {use.Resident} {use.Shared} {use.Code} 0 {use.Data + use.Stack} 0\n");
                break;
            case ProcEntry.Status:
                WriteStatus(task, text);
                break;
            case ProcEntry.FdinfoFile:
                if (!task.Descriptors.TryGet(node.Fd, out Descriptor descriptor) || _core.Files.Find(descriptor.File) is not { } file)
                    return Errno.ENOENT;
                WriteDescriptor(file, descriptor.CloseOnExec, text);
                break;
            default:
                return Errno.EINVAL;
        }

        return text.ToArray();
    }

    public static Errno Accept(GuestTask task, in ProcNode node, ReadOnlySpan<byte> content)
    {
        content = content.TrimEnd((byte)'\n');
        if (node.Entry == ProcEntry.Comm)
        {
            task.Name = content[..Math.Min(content.Length, 15)].ToArray();
            return Errno.None;
        }

        if (node.Entry == ProcEntry.CoredumpFilter)
            return AcceptFilter(task, content);
        if (!System.Buffers.Text.Utf8Parser.TryParse(content, out int value, out int used) || used != content.Length || value is < -1000 or > 1000)
            return Errno.EINVAL;
        task.Group.ProcessControls[ProcessControlKeys.OomScoreAdjustment] = (ulong)value;
        return Errno.None;
    }

    private static Errno AcceptFilter(GuestTask task, ReadOnlySpan<byte> content)
    {
        const ulong Known = 0x1FF;
        ReadOnlySpan<byte> digits = content.StartsWith("0x"u8) || content.StartsWith("0X"u8) ? content[2..] : content;
        bool isHex = digits.Length != content.Length;
        if (!System.Buffers.Text.Utf8Parser.TryParse(digits, out uint filter, out int used, isHex ? 'x' : default) || used != digits.Length)
            return Errno.EINVAL;
        task.Group.ProcessControls[ProcessControlKeys.CoreDumpFilter] = (filter & Known) ^ UsualCoreDumpFilter;
        return Errno.None;
    }

    private static long Control(ThreadGroup group, int key) => (long)group.ProcessControls.GetValueOrDefault(key);

    private static byte[] ReadMemory(GuestTask task, ulong start, ulong end)
    {
        const int Most = 1 << 20;
        if (end <= start || task.State is TaskState.Zombie or TaskState.Dead)
            return [];
        var bytes = new byte[(int)Math.Min(end - start, Most)];
        return task.Memory.TryRead(task, start, bytes, out _) ? bytes : [];
    }

    private IReadOnlyList<MemoryRegion> RegionsOf(GuestTask task) =>
        _core.Services.AddressSpaces is { IsBound: true } spaces && !task.Group.AddressSpace.IsNone && task.State != TaskState.Zombie
            ? spaces.Current.GetRegions(task.Group.AddressSpace)
            : [];

    private MemoryUse UseOf(GuestTask task) =>
        _core.Services.AddressSpaces is { IsBound: true } spaces && !task.Group.AddressSpace.IsNone && task.State != TaskState.Zombie
            ? spaces.Current.GetUse(task.Group.AddressSpace)
            : default;

    private long LockedPages(GuestTask task)
    {
        ulong locked = 0;
        foreach (MemoryRegion region in RegionsOf(task))
            locked += (region.Flags & MapFlags.MAP_LOCKED) != 0 ? region.End - region.Start : 0;
        return (long)(locked >> 12);
    }

    /// <summary>How much a process has to fear when memory is short (fs/proc/base.c, proc_oom_score): pages and oom_score_adj in thousandths of all memory.</summary>
    private long OomScore(GuestTask task)
    {
        long adjustment = Control(task.Group, ProcessControlKeys.OomScoreAdjustment);
        long all = Math.Max(1, _core.Services.Options.MemoryBytes / 4096);
        if (adjustment == -1000)
            return 0;
        long points = UseOf(task).Resident + (adjustment * all / 1000);
        return (1000 + (points * 1000 / all)) * 2 / 3;
    }

    /// <summary>The call that a task is in: its number and arguments, then the stack pointer and where it was made.</summary>
    private static void WriteCall(GuestTask task, ByteText text)
    {
        CpuContext cpu = task.Cpu;
        if (task.State == TaskState.Zombie)
        {
            text.Add("0 0x0 0x0\n");
            return;
        }

        if (task.State is TaskState.Waiting)
        {
            text.Add($"{(uint)cpu[GuestRegister.Rax]} 0x{cpu[GuestRegister.Rdi]:x} 0x{cpu[GuestRegister.Rsi]:x} 0x{cpu[GuestRegister.Rdx]:x} ");
            text.Add($"0x{cpu[GuestRegister.R10]:x} 0x{cpu[GuestRegister.R8]:x} 0x{cpu[GuestRegister.R9]:x} 0x{cpu[GuestRegister.Rsp]:x} 0x{cpu.Rip:x}\n");
            return;
        }

        text.Add(task.State == TaskState.Runnable ? "running\n" : $"-1 0x{cpu[GuestRegister.Rsp]:x} 0x{cpu.Rip:x}\n");
    }

    private void WriteRollup(GuestTask task, ByteText text)
    {
        IReadOnlyList<MemoryRegion> regions = RegionsOf(task);
        if (regions.Count == 0 || _core.Services.PageResidence is not { IsBound: true } residence)
            return;
        int start = text.Length;
        text.AddHex(regions[0].Start, 8).Add("-").AddHex(regions[^1].End, 8).Add(" ---p 00000000 00:00 0 ");
        text.Pad(start, 73).Add("[rollup]\n");
        var sum = new RegionUse(0, 0, 0, 0, 0, 0, 0, 0);
        long locked = 0;
        foreach (MemoryRegion region in regions)
        {
            RegionUse use = residence.Current.GetUse(task.Group.AddressSpace, region);
            sum = new RegionUse(
                sum.Resident + use.Resident,
                sum.Anonymous + use.Anonymous,
                sum.Referenced + use.Referenced,
                sum.SharedClean + use.SharedClean,
                sum.SharedDirty + use.SharedDirty,
                sum.PrivateClean + use.PrivateClean,
                sum.PrivateDirty + use.PrivateDirty,
                sum.ProportionalBytes + use.ProportionalBytes);
            if ((region.Flags & MapFlags.MAP_LOCKED) != 0)
                locked += use.ProportionalBytes;
        }

        MemoryMaps.WriteSum(sum, locked, text);
    }

    private void WriteMaps(GuestTask task, ByteText text, bool withUse)
    {
        foreach (MemoryRegion region in RegionsOf(task))
        {
            int start = text.Length;
            ulong device = 0;
            ulong inode = 0;
            OpenFile? file = _core.Files.Find(region.File);
            if (file is not null)
            {
                NodeAttributes attributes = file.Driver.Stat(file).ValueOrDefault;
                device = attributes.Device;
                inode = attributes.Inode;
            }

            text.AddHex(region.Start, 8).Add("-").AddHex(region.End, 8).Add(" ");
            text.Add((region.Access & PageAccess.Read) != 0 ? "r" : "-");
            text.Add((region.Access & PageAccess.Write) != 0 ? "w" : "-");
            text.Add((region.Access & PageAccess.Execute) != 0 ? "x" : "-");
            text.Add((region.Flags & MapFlags.MAP_TYPE) == MapFlags.MAP_PRIVATE ? "p " : "s ");
            text.AddHex(file is null ? 0 : (ulong)region.Offset, 8).Add(" ");
            text.AddHex(Major(device), 2).Add(":").AddHex(Minor(device), 2).Add(" ").AddUnsigned(inode).Add(" ");
            if (file is not null)
                text.Pad(start, 73).Add(FilePaths.Of(_core, task, file, true).ValueOrDefault ?? []);
            else if (region.Name is not null)
                text.Pad(start, 73).Add(region.Name);
            text.Add("\n");
            if (withUse && _core.Services.PageResidence is { IsBound: true } residence)
                MemoryMaps.WriteUse(region, residence.Current.GetUse(task.Group.AddressSpace, region), text);
        }
    }

    private void WriteStat(GuestTask task, ByteText text)
    {
        ThreadGroup group = task.Group;
        MemoryUse use = UseOf(task);
        ProgramLayout layout = group.Layout;
        (SignalSet ignored, SignalSet caught) = Dispositions(group);
        long ticks = task.CpuTimeNanoseconds / TickNanoseconds;
        (ulong terminal, int foreground) = TerminalOf(group);
        ulong limit = group.Limits[5].Soft; // RLIMIT_RSS
        long nice = Control(group, ProcessControlKeys.Nice);
        long policy = Control(group, ProcessControlKeys.SchedulingPolicy);
        long realTime = Control(group, ProcessControlKeys.SchedulingPriority);
        long priority = realTime > 0 ? -1 - realTime : 20 + nice;
        text.Add(task.Tid).Add(" (").Add(task.Name).Add($") {StateLetter(task)} {group.ParentPid} {group.ProcessGroup} {group.Session} ");
        text.Add($"{terminal} {foreground} 4194304 ");
        text.Add($"{task.PageFaults.Minor} 0 {task.PageFaults.Major} 0 {ticks} 0 ");
        text.Add($"{group.ChildrenUsage.UserNanoseconds / TickNanoseconds} {group.ChildrenUsage.SystemNanoseconds / TickNanoseconds} {priority} {nice} {group.Threads.Count} 0 ");
        text.Add($"{group.StartTimeNanoseconds / TickNanoseconds} {use.Mapped * 4096} {use.Resident} {limit} ");
        text.Add($"{layout.CodeStart} {layout.CodeEnd} {layout.StackStart} 0 0 ");
        text.Add($"{task.Signals.Pending.Set.Bits} {task.Signals.Blocked.Bits} {ignored.Bits} {caught.Bits} 0 0 0 17 0 {realTime} {policy} 0 0 0 ");
        text.Add($"{layout.DataStart} {layout.DataEnd} {layout.DataEnd} {layout.ArgumentsStart} {layout.ArgumentsEnd} ");
        text.Add($"{layout.EnvironmentStart} {layout.EnvironmentEnd} {group.WaitStatus ?? 0}\n");
    }

    /// <summary>The controlling terminal's device number, and its foreground group: 0 and -1 for none.</summary>
    private (ulong Device, int ForegroundGroup) TerminalOf(ThreadGroup group)
    {
        const ulong HostTerminal = 0x8800;
        if (_core.Terminals.Find(group.ControllingTerminal) is { } terminal)
            return (terminal.Device, terminal.ForegroundGroup == 0 ? -1 : terminal.ForegroundGroup);
        if (_core.Terminals.Console is not null || _core.Streams.FindTerminal().IsNone)
            return (0, -1);
        return (HostTerminal, _core.Streams.ForegroundProcessGroup);
    }

    private void WriteStatus(GuestTask task, ByteText text)
    {
        ThreadGroup group = task.Group;
        Credentials who = task.Credentials;
        MemoryUse use = UseOf(task);
        (SignalSet ignored, SignalSet caught) = Dispositions(group);
        ulong capabilities = who.IsPrivileged ? 0x1FF_FFFF_FFFFUL : 0;
        text.Add("Name:\t").Add(task.Name).Add($"\nUmask:\t{Convert.ToString(task.FileSystem.Umask, 8).PadLeft(4, '0')}\n");
        text.Add($"State:\t{StateLetter(task)} ({StateName(task)})\nTgid:\t{group.Pid}\nNgid:\t0\nPid:\t{task.Tid}\nPPid:\t{group.ParentPid}\nTracerPid:\t{task.Trace?.TracerPid ?? 0}\n");
        text.Add($"Uid:\t{who.RealUser}\t{who.EffectiveUser}\t{who.SavedUser}\t{who.FileSystemUser}\n");
        text.Add($"Gid:\t{who.RealGroup}\t{who.EffectiveGroup}\t{who.SavedGroup}\t{who.FileSystemGroup}\n");
        text.Add($"FDSize:\t{Math.Max(64, BitOperations.RoundUpToPowerOf2((uint)task.Descriptors.Length))}\nGroups:\t");
        foreach (uint member in who.Groups)
            text.Add($"{member} ");
        text.Add($"\nNStgid:\t{group.Pid}\nNSpid:\t{task.Tid}\nNSpgid:\t{group.ProcessGroup}\nNSsid:\t{group.Session}\n");
        if (task.State != TaskState.Zombie)
        {
            (string Name, long Pages)[] sizes =
            [
                ("VmPeak", use.Peak), ("VmSize", use.Mapped), ("VmLck", LockedPages(task)), ("VmPin", 0), ("VmHWM", use.PeakResident), ("VmRSS", use.Resident),
                ("RssAnon", use.Resident - use.Shared), ("RssFile", use.Shared), ("RssShmem", 0), ("VmData", use.Data), ("VmStk", use.Stack),
                ("VmExe", use.Code), ("VmLib", 0), ("VmPTE", 0), ("VmSwap", 0),
            ];
            foreach ((string name, long pages) in sizes)
                text.Add($"{name}:\t{pages * 4,8} kB\n");
        }

        text.Add($"Threads:\t{group.Threads.Count}\nSigQ:\t{task.Signals.Pending.Count + group.PendingSignals.Count}/{group.Limits[11].Soft}\n");
        WriteMask(text, "SigPnd", task.Signals.Pending.Set.Bits);
        WriteMask(text, "ShdPnd", group.PendingSignals.Set.Bits);
        WriteMask(text, "SigBlk", task.Signals.Blocked.Bits);
        WriteMask(text, "SigIgn", ignored.Bits);
        WriteMask(text, "SigCgt", caught.Bits);
        WriteMask(text, "CapInh", 0);
        WriteMask(text, "CapPrm", capabilities);
        WriteMask(text, "CapEff", capabilities);
        WriteMask(text, "CapBnd", 0x1FF_FFFF_FFFFUL & ~(ulong)Control(group, PR_CAPBSET_DROP));
        WriteMask(text, "CapAmb", 0);
        int cpus = _core.Services.Options.Cpus;
        text.Add($"NoNewPrivs:\t{Control(group, PR_SET_NO_NEW_PRIVS)}\nSeccomp:\t0\n");
        text.Add($"Cpus_allowed:\t{(cpus >= 64 ? ulong.MaxValue : (1UL << cpus) - 1):x}\nCpus_allowed_list:\t{(cpus == 1 ? "0" : $"0-{cpus - 1}")}\n");
        text.Add("Mems_allowed:\t1\nMems_allowed_list:\t0\nvoluntary_ctxt_switches:\t0\nnonvoluntary_ctxt_switches:\t0\n");
    }

    private static void WriteLimits(GuestTask task, ByteText text)
    {
        (string Name, int Number, string Unit)[] limits =
        [
            ("Max cpu time", 0, "seconds"), ("Max file size", 1, "bytes"), ("Max data size", 2, "bytes"), ("Max stack size", 3, "bytes"),
            ("Max core file size", 4, "bytes"), ("Max resident set", 5, "bytes"), ("Max processes", 6, "processes"), ("Max open files", 7, "files"),
            ("Max locked memory", 8, "bytes"), ("Max address space", 9, "bytes"), ("Max file locks", 10, "locks"),
            ("Max pending signals", 11, "signals"), ("Max msgqueue size", 12, "bytes"), ("Max nice priority", 13, string.Empty),
            ("Max realtime priority", 14, string.Empty), ("Max realtime timeout", 15, "us"),
        ];
        text.Add($"{"Limit",-25} {"Soft Limit",-20} {"Hard Limit",-20} {"Units",-10}\n");
        foreach ((string name, int number, string unit) in limits)
        {
            ResourceLimit limit = task.Group.Limits[number];
            text.Add($"{name,-25} {Limit(limit.Soft),-20} {Limit(limit.Hard),-20} {unit,-10}\n");
        }
    }

    private void WriteMounts(ByteText text)
    {
        foreach (Mount mount in _core.Mounts.All)
        {
            if (mount.IsInternal)
                continue;
            text.AddEscaped(SourceOf(mount)).Add(" ").AddEscaped(mount.Target).Add($" {mount.Type} {(mount.IsReadOnly ? "ro" : "rw")},relatime 0 0\n");
        }
    }

    private void WriteMountInfo(ByteText text)
    {
        foreach (Mount mount in _core.Mounts.All)
        {
            if (mount.IsInternal)
                continue;
            string access = mount.IsReadOnly ? "ro" : "rw";
            ulong device = mount.ShownDevice;
            text.Add($"{mount.Id.Value} {mount.Parent?.Id.Value ?? 0} {Major(device)}:{Minor(device)} / ").AddEscaped(mount.Target);
            text.Add($" {access},relatime - {mount.Type} ").AddEscaped(SourceOf(mount)).Add($" {access}\n");
        }
    }

    // The host's paths are not the guest's business: a tree of the host is shown by its type alone.
    private static byte[] SourceOf(Mount mount) => System.Text.Encoding.UTF8.GetBytes(mount.Type);

    private static void WriteDescriptor(OpenFile file, bool closeOnExec, ByteText text)
    {
        OpenFlags flags = file.Flags | (closeOnExec ? OpenFlags.O_CLOEXEC : 0) | (file.Mount is not null ? OpenFlags.O_LARGEFILE : 0);
        ulong inode = file.Driver.Stat(file).ValueOrDefault.Inode;
        text.Add($"pos:\t{file.Position}\nflags:\t0{Convert.ToString((long)(uint)flags, 8)}\nmnt_id:\t{file.Mount?.Id.Value ?? 0}\nino:\t{inode}\n");
    }

    private static void WriteMask(ByteText text, string name, ulong bits) => text.Add(name).Add(":\t").AddHex(bits, 16).Add("\n");

    private static (SignalSet Ignored, SignalSet Caught) Dispositions(ThreadGroup group)
    {
        SignalSet ignored = default;
        SignalSet caught = default;
        for (int i = 1; i <= SignalNumbers.Count; i++)
        {
            ulong handler = group.SignalActions[i].Handler;
            if (handler == 1)
                ignored = ignored.With((Signal)i);
            else if (handler != 0)
                caught = caught.With((Signal)i);
        }

        return (ignored, caught);
    }

    private static char StateLetter(GuestTask task) => task.State switch
    {
        TaskState.Waiting when IsTraced(task) => 't',
        TaskState.Traced => 't',
        TaskState.Runnable => 'R',
        TaskState.Waiting => 'S',
        TaskState.Stopped => 'T',
        TaskState.Zombie => 'Z',
        _ => 'X',
    };

    private static string StateName(GuestTask task) => task.State switch
    {
        TaskState.Waiting when IsTraced(task) => "tracing stop",
        TaskState.Traced => "tracing stop",
        TaskState.Runnable => "running",
        TaskState.Waiting => "sleeping",
        TaskState.Stopped => "stopped",
        TaskState.Zombie => "zombie",
        _ => "dead",
    };

    /// <summary>Some stops are waits within a call.</summary>
    private static bool IsTraced(GuestTask task) => task.Trace is { Stop: not TraceStop.None };

    private static string Limit(ulong value) =>
        value == ResourceLimit.Infinity ? "unlimited" : value.ToString(System.Globalization.CultureInfo.InvariantCulture);

    private static ulong Major(ulong device) => ((device >> 8) & 0xFFF) | ((device >> 32) & ~0xFFFUL);

    private static ulong Minor(ulong device) => (device & 0xFF) | ((device >> 12) & ~0xFFUL);
}
