using System.Globalization;
using Kpio.Contracts.Platform;
using Kpio.Contracts.Process;
using Kpio.Debugger.Protocol;
using Kpio.Debugger.Registers;
using Kpio.Kernel.Debugging;

namespace Kpio.Debugger.Server;

/// <summary>Puts events into stop replies (GDB manual, E.3 "Stop Reply Packets") and remembers the signal that each stands for.</summary>
internal static class StopReply
{
    private const int TRAP_TRACE = 2;
    private const int TRAP_HWBKPT = 4;

    public static void Write(Reply reply, GdbClient client, DebugEvent what)
    {
        reply.Clear();
        switch (what.Kind)
        {
            case DebugEventKind.ProcessEnded:
                WriteEnd(reply, client, what);
                return;
            case DebugEventKind.ThreadEnded:
                reply.Text("w").Pair((byte)(what.Status >> 8)).Text(";").Thread(what.Pid, what.Tid, client.IsMultiprocess);
                return;
            case DebugEventKind.NothingRuns:
                reply.Text("N");
                return;
        }

        if (what.Task is not { } task)
            return;
        client.Current = task;
        SignalInfo info = SignalOf(what, task);
        client.SetSignal(task, in info);
        byte signal = what.Kind switch
        {
            DebugEventKind.Signal => GdbSignals.Of(what.Signal.Signal),
            DebugEventKind.ThreadStarted => 0,
            _ => GdbSignals.Trap,
        };
        WriteHead(reply, client, task, signal);
        WriteReason(reply, client, what);
    }

    /// <summary>A stop without an event: gdb asked for it, or has just come.</summary>
    public static void WritePlain(Reply reply, GdbClient client, GuestTask task, byte signal)
    {
        client.Current = task;
        WriteHead(reply.Clear(), client, task, signal);
    }

    private static void WriteHead(Reply reply, GdbClient client, GuestTask task, byte signal)
    {
        reply.Text("T").Pair(signal);
        var registers = new RegisterFile(client.Session, task);
        Span<byte> value = stackalloc byte[8];
        foreach (int register in (ReadOnlySpan<int>)[TargetDescription.Rbp, TargetDescription.Rsp, TargetDescription.Rip])
        {
            registers.Read(register, value);
            reply.Pair((byte)register).Text(":").Hex(value).Text(";");
        }

        reply.Text("thread:").Thread(task.Group.Pid, task.Tid, client.IsMultiprocess).Text(";core:0;");
    }

    private static void WriteReason(Reply reply, GdbClient client, DebugEvent what)
    {
        switch (what.Kind)
        {
            case DebugEventKind.Breakpoint when client.KnowsBreakpoints:
                reply.Text(client.IsHardware(what) ? "hwbreak:;" : "swbreak:;");
                break;
            case DebugEventKind.Watchpoint:
                reply.Text(what.Access switch { PageAccess.Write => "watch:", PageAccess.Read => "rwatch:", _ => "awatch:" }).Number(what.Address).Text(";");
                break;
            case DebugEventKind.CallEntry:
                reply.Text("syscall_entry:").Number(what.Number).Text(";");
                break;
            case DebugEventKind.CallReturn:
                reply.Text("syscall_return:").Number(what.Number).Text(";");
                break;
            case DebugEventKind.Fork or DebugEventKind.Vfork when what.Child is { } child:
                reply.Text(what.Kind == DebugEventKind.Fork ? "fork:" : "vfork:").Thread(child.Group.Pid, child.Tid, client.IsMultiprocess).Text(";");
                break;
            case DebugEventKind.VforkDone:
                reply.Text("vforkdone:;");
                break;
            case DebugEventKind.Exec:
                client.ForgetBreakpoints(what.Pid);
                reply.Text("exec:").Hex(what.Task!.Group.ExecutablePath).Text(";");
                break;
            case DebugEventKind.ThreadStarted:
                reply.Text("create:;");
                break;
        }
    }

    private static void WriteEnd(Reply reply, GdbClient client, DebugEvent what)
    {
        int signal = what.Status & 0x7F;
        if (signal == 0)
            reply.Text("W").Pair((byte)(what.Status >> 8));
        else
            reply.Text("X").Pair(GdbSignals.Of((Signal)signal));
        if (client.IsMultiprocess)
            reply.Text(string.Create(CultureInfo.InvariantCulture, $";process:{what.Pid:x}"));
        client.SetCatches(what.Pid, null);
        client.ForgetBreakpoints(what.Pid);
    }

    /// <summary>What ptrace(2) would show as the stop's siginfo.</summary>
    private static SignalInfo SignalOf(DebugEvent what, GuestTask task) => what.Kind switch
    {
        DebugEventKind.Signal => what.Signal,
        DebugEventKind.Stepped => new SignalInfo(Signal.SIGTRAP, TRAP_TRACE, Address: task.Cpu.Rip),
        DebugEventKind.Watchpoint => new SignalInfo(Signal.SIGTRAP, TRAP_HWBKPT, Address: task.Cpu.Rip),
        _ => new SignalInfo(Signal.SIGTRAP, SignalCode.SI_KERNEL),
    };
}
