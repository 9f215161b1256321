using Kpio.Contracts.Platform;
using Kpio.Contracts.Process;
using Kpio.Debugger.Protocol;
using Kpio.Debugger.Server;

namespace Kpio.Debugger.Commands;

/// <summary>
/// Sets and removes breakpoints and watchpoints: <c>Z0</c> to <c>Z4</c>, <c>z0</c> to <c>z4</c>. All are the processor's, those for
/// software too: guest memory does not change.
/// </summary>
internal sealed class BreakpointCommands(GdbClient client) : ICommandGroup
{
    /// <summary>More than this is no variable that anybody watches.</summary>
    private const ulong LargestWatch = 1 << 20;

    public CommandOutcome Handle(PacketCursor packet, Reply reply)
    {
        bool sets = packet.Take("Z"u8);
        if (!sets && !packet.Take("z"u8))
            return CommandOutcome.Unknown;
        if (!packet.TakeInt32(out int kind) || kind > 4)
            return CommandOutcome.Unknown;
        if (!packet.Take(","u8) || !packet.TakeRange(out ulong address, out ulong length) || client.Current is not { } task)
            reply.Error();
        else if (kind < 2)
            Break(task, kind == 1, sets, address, reply);
        else
            Watch(task, kind, sets, address, length, reply);
        return CommandOutcome.Answered;
    }

    private void Break(GuestTask task, bool isHardware, bool sets, ulong address, Reply reply)
    {
        IDebugCpu cpu = client.Session.Cpu;
        if (sets && client.Session.Memory.Read(task, address, stackalloc byte[1]) == 0)
        {
            // As where an instruction cannot be written.
            reply.Error();
            return;
        }

        client.MarkBreakpoint(task.Group.Pid, address, isHardware, sets);
        if (task.Group.AddressSpace.IsNone || (!sets && client.HasBreakpoint(task.Group.Pid, address)))
        {
            // The process has ended; or a breakpoint of the other kind is still there.
        }
        else if (sets)
        {
            cpu.AddBreakpoint(task.Group.AddressSpace, address);
        }
        else
        {
            cpu.RemoveBreakpoint(task.Group.AddressSpace, address);
        }

        reply.Ok();
    }

    private void Watch(GuestTask task, int kind, bool sets, ulong address, ulong length, Reply reply)
    {
        PageAccess access = kind switch { 2 => PageAccess.Write, 3 => PageAccess.Read, _ => PageAccess.Read | PageAccess.Write };
        if (length is 0 or > LargestWatch || address + length < address)
        {
            reply.Error();
            return;
        }

        if (!task.Group.AddressSpace.IsNone)
        {
            if (sets)
                client.Session.Cpu.AddWatchpoint(task.Group.AddressSpace, address, length, access);
            else
                client.Session.Cpu.RemoveWatchpoint(task.Group.AddressSpace, address, length, access);
        }

        reply.Ok();
    }
}
