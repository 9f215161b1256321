using System.Text;
using Kpio.Contracts.Abi;
using Kpio.Contracts.Process;
using Kpio.Contracts.Values;
using Kpio.Plugins.LinuxAbi.Structs;

namespace Kpio.Plugins.LinuxAbi;

/// <summary>uname(2), sethostname(2), setdomainname(2), sysinfo(2), getrusage(2), getcpu(2).</summary>
internal sealed partial class LinuxSyscalls
{
    private SysResult Uname(GuestTask task, UserPointer<Utsname> buffer)
    {
        var name = default(Utsname);
        Fill(name.sysname, _options.SystemName);
        Fill(name.nodename, _options.HostName);
        Fill(name.release, _options.Release);
        Fill(name.version, _options.KernelVersion);
        Fill(name.machine, _options.Machine);
        Fill(name.domainname, "(none)");
        return buffer.TryWrite(in name, out SysResult stop) ? SysResult.Zero : stop;

        static void Fill(Span<byte> field, string text) =>
            Encoding.UTF8.TryGetBytes(text.AsSpan(0, Math.Min(text.Length, field.Length - 1)), field[..^1], out _);
    }

    private SysResult Sethostname(GuestTask task, UserBuffer name) => SetName(task, name);

    private SysResult Setdomainname(GuestTask task, UserBuffer name) => SetName(task, name);

    private static SysResult SetName(GuestTask task, UserBuffer name)
    {
        const ulong Most = 64; // __NEW_UTS_LEN
        if (!task.Credentials.IsPrivileged)
            return Errno.EPERM;
        return name.Length > Most ? Errno.EINVAL : Errno.EPERM;
    }

    private SysResult Sysinfo(GuestTask task, UserPointer<Sysinfo> info)
    {
        ulong used = 0;
        ushort processes = 0;
        foreach (GuestTask other in _tasks.All)
        {
            processes++;
            if (other.Tid == other.Group.Pid && !other.Group.AddressSpace.IsNone)
                used += (ulong)_spaces.Current.GetUse(other.Group.AddressSpace).Resident * 4096;
        }

        ulong total = (ulong)_options.MemoryBytes;
        var result = new Sysinfo
        {
            uptime = _clock.Now(ClockId.CLOCK_BOOTTIME).ValueOrDefault / NanosecondsPerSecond,
            totalram = total,
            freeram = total - Math.Min(used, total),
            procs = processes,
            mem_unit = 1,
        };
        return info.TryWrite(in result, out SysResult stop) ? SysResult.Zero : stop;
    }

    private SysResult Getrusage(GuestTask task, int who, UserPointer<Rusage> usage)
    {
        ResourceUsage used;
        switch (who)
        {
            case Linux.RUSAGE_SELF:
                used = _children.Current.UsageOf(task.Group);
                break;
            case Linux.RUSAGE_THREAD:
                used = new ResourceUsage(
                    _clock.Now(ClockId.CLOCK_THREAD_CPUTIME_ID, task).ValueOrDefault,
                    0,
                    task.PageFaults.Minor,
                    task.PageFaults.Major,
                    _spaces.Current.GetUse(task.Group.AddressSpace).PeakResident,
                    task.Switches.Voluntary,
                    task.Switches.Involuntary);
                break;
            case Linux.RUSAGE_CHILDREN:
                used = task.Group.ChildrenUsage;
                break;
            default:
                return Errno.EINVAL;
        }

        Rusage result = ToRusage(in used);
        return usage.TryWrite(in result, out SysResult stop) ? SysResult.Zero : stop;
    }

    private static Rusage ToRusage(in ResourceUsage used) => new()
    {
        ru_utime = ToTimeval(used.UserNanoseconds),
        ru_stime = ToTimeval(used.SystemNanoseconds),
        ru_maxrss = used.PeakResidentPages * 4,
        ru_minflt = used.MinorFaults,
        ru_majflt = used.MajorFaults,
        ru_nvcsw = used.VoluntarySwitches,
        ru_nivcsw = used.InvoluntarySwitches,
    };

    private SysResult Getcpu(GuestTask task, UserPointer<uint> cpu, UserPointer<uint> node, ulong unused)
    {
        // One processor runs guests so far; it is number 0.
        uint zero = 0;
        if (!cpu.IsNull && !cpu.TryWrite(in zero, out SysResult stop))
            return stop;
        if (!node.IsNull && !node.TryWrite(in zero, out stop))
            return stop;
        return SysResult.Zero;
    }
}
