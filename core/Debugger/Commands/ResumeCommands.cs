using Kpio.Contracts.Process;
using Kpio.Debugger.Protocol;
using Kpio.Debugger.Server;
using Kpio.Kernel.Debugging;

namespace Kpio.Debugger.Commands;

/// <summary>Lets guests go on, ends them, and lets go of them: <c>vCont</c>, <c>c</c>, <c>C</c>, <c>s</c>, <c>S</c>, <c>D</c>, <c>k</c>, <c>vKill</c>, <c>vAttach</c>.</summary>
internal sealed class ResumeCommands(GdbClient client) : ICommandGroup
{
    public CommandOutcome Handle(PacketCursor packet, Reply reply)
    {
        if (packet.Take("vCont?"u8))
            reply.Text("vCont;c;C;s;S;t;r");
        else if (packet.Take("vCont"u8))
            return Continue(packet, reply);
        else if (packet.Take("vKill;"u8))
            Kill(packet, reply);
        else if (packet.Take("vAttach;"u8))
            Attach(packet, reply);
        else if (packet.Rest.SequenceEqual("k"u8))
            return KillAll();
        else if (packet.Take("D"u8))
            Detach(packet, reply);
        else if (!packet.IsAtEnd && packet.Rest[0] is (byte)'c' or (byte)'C' or (byte)'s' or (byte)'S')
            return ContinueCurrent(packet, reply);
        else
            return CommandOutcome.Unknown;
        return CommandOutcome.Answered;
    }

    /// <summary>The old form: one thread steps or gets a signal, and all run.</summary>
    private CommandOutcome ContinueCurrent(PacketCursor packet, Reply reply)
    {
        if (!TryReadAction(ref packet, out ResumeAction action) || client.Current is not { } task)
            return Refuse(reply);
        if (packet.Take(";"u8) || !packet.IsAtEnd)
        {
            if (!packet.TakeNumber(out ulong address))
                return Refuse(reply);
            client.Session.EndWait(task);
            task.Cpu.Rip = address;
        }

        return Resume([action with { Thread = new ThreadId(task.Group.Pid, task.Tid) }, new ResumeAction(DebugMode.Runs, Signal.None, default, ThreadId.All)]);
    }

    private CommandOutcome Continue(PacketCursor packet, Reply reply)
    {
        var actions = new List<ResumeAction>();
        while (packet.Take(";"u8))
        {
            if (!TryReadAction(ref packet, out ResumeAction action))
                return Refuse(reply);
            if (packet.Take(":"u8))
            {
                if (!packet.TakeThread(out ThreadId thread))
                    return Refuse(reply);
                action = action with { Thread = thread };
            }

            actions.Add(action);
        }

        return actions.Count > 0 && packet.IsAtEnd ? Resume(actions) : Refuse(reply);
    }

    private static CommandOutcome Refuse(Reply reply)
    {
        reply.Error();
        return CommandOutcome.Answered;
    }

    private static bool TryReadAction(ref PacketCursor packet, out ResumeAction action)
    {
        action = new ResumeAction(DebugMode.Held, Signal.None, default, ThreadId.All);
        if (packet.Take("t"u8))
            return true;
        bool steps = packet.Take("s"u8);
        if (steps || packet.Take("c"u8))
        {
            action = action with { Mode = steps ? DebugMode.Steps : DebugMode.Runs };
            return true;
        }

        if (packet.Take("r"u8))
        {
            bool isRange = packet.TakeRange(out ulong start, out ulong end);
            action = action with { Mode = DebugMode.Steps, Range = (start, end) };
            return isRange;
        }

        steps = packet.Take("S"u8);
        if ((!steps && !packet.Take("C"u8)) || !packet.TakeNumber(out ulong signal))
            return false;
        action = action with { Mode = steps ? DebugMode.Steps : DebugMode.Runs, Signal = GdbSignals.ToLinux(signal) };
        return signal == 0 || action.Signal != Signal.None;
    }

    /// <summary>Each thread takes the first action that is for it; those without one are held.</summary>
    private CommandOutcome Resume(IReadOnlyList<ResumeAction> actions)
    {
        foreach (GuestTask task in client.Threads.ToArray())
        {
            ResumeAction? action = actions.FirstOrDefault(action => action.Thread.Includes(task.Group.Pid, task.Tid));
            client.Session.SetMode(task, action?.Mode ?? DebugMode.Held, action?.Range ?? default);
            if (action is { Signal: not Signal.None, Mode: not DebugMode.Held })
                Deliver(task, action.Signal);
        }

        client.ForgetSignals();
        return CommandOutcome.Resumed;
    }

    /// <summary>The signal that the task has stopped with, as it was; any other as if gdb had sent it.</summary>
    private void Deliver(GuestTask task, Signal signal)
    {
        SignalInfo info = client.SignalOf(task) is { } held && held.Signal == signal ? held : new SignalInfo(signal, SignalCode.SI_USER);
        client.Session.Deliver(task, in info);
    }

    private void Kill(PacketCursor packet, Reply reply)
    {
        if (!packet.TakeInt32(out int pid) || client.Processes.FirstOrDefault(group => group.Pid == pid) is not { } process)
        {
            reply.Error();
            return;
        }

        Forget(process);
        client.Session.Kill(process);
        reply.Ok();
    }

    private CommandOutcome KillAll()
    {
        foreach (ThreadGroup process in client.Processes)
        {
            Forget(process);
            client.Session.Kill(process);
        }

        return CommandOutcome.Resumed;
    }

    private void Detach(PacketCursor packet, Reply reply)
    {
        int pid = 0;
        if (packet.Take(";"u8) && !packet.TakeInt32(out pid))
        {
            reply.Error();
            return;
        }

        foreach (ThreadGroup process in client.Processes.Where(group => pid == 0 || group.Pid == pid))
        {
            Forget(process);
            client.Session.Detach(process);
        }

        reply.Ok();
    }

    private void Attach(PacketCursor packet, Reply reply)
    {
        if (!packet.TakeInt32(out int pid) || client.Session.Tasks.Find(pid) is not { State: < TaskState.Zombie, Group.IsDebugged: false } task)
        {
            reply.Error();
            return;
        }

        client.Session.Attach(task.Group);
        client.Attached.Add(pid);
        StopReply.WritePlain(reply, client, task, signal: 0);
        client.LastStop = reply.Data.ToArray();
    }

    private void Forget(ThreadGroup process)
    {
        client.ForgetBreakpoints(process.Pid);
        client.SetCatches(process.Pid, null);
        client.Attached.Remove(process.Pid);
        if (client.Current?.Group == process)
            client.Current = client.Threads.FirstOrDefault(task => task.Group != process);
    }

    /// <summary>What some threads are to do.</summary>
    private sealed record ResumeAction(DebugMode Mode, Signal Signal, (ulong Start, ulong End) Range, ThreadId Thread);
}
