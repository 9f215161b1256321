using System.Text;
using Kpio.Contracts.Process;
using Kpio.Debugger.Protocol;
using Kpio.Debugger.Server;

namespace Kpio.Debugger.Commands;

/// <summary>Threads: <c>H</c>, <c>T</c>, <c>?</c>, <c>qC</c>, <c>qfThreadInfo</c>, <c>qThreadExtraInfo</c>, <c>qAttached</c>.</summary>
internal sealed class ThreadCommands(GdbClient client) : ICommandGroup
{
    public CommandOutcome Handle(PacketCursor packet, Reply reply)
    {
        if (packet.Take("?"u8))
            Text(reply, client.LastStop);
        else if (packet.Take("Hg"u8))
            Choose(packet, reply);
        else if (packet.Take("Hc"u8) || packet.Take("qsThreadInfo"u8))
            Last(packet, reply);
        else if (packet.Take("T"u8))
            Answer(reply, packet.TakeThread(out ThreadId thread) && client.Find(thread) is not null);
        else if (packet.Take("qfThreadInfo"u8))
            List(reply);
        else if (packet.Take("qThreadExtraInfo,"u8))
            Describe(packet, reply);
        else if (packet.Take("qAttached"u8))
            reply.Text(packet.Take(":"u8) && packet.TakeInt32(out int pid) && client.Attached.Contains(pid) ? "1" : "0");
        else if (packet.Rest.SequenceEqual("qC"u8) && client.Current is { } current)
            reply.Text("QC").Thread(current.Group.Pid, current.Tid, client.IsMultiprocess);
        else
            return CommandOutcome.Unknown;
        return CommandOutcome.Answered;
    }

    private static void Answer(Reply reply, bool isRight)
    {
        if (isRight)
            reply.Ok();
        else
            reply.Error();
    }

    private static void Text(Reply reply, ReadOnlySpan<byte> text)
    {
        if (text.IsEmpty)
            reply.Text("W00");
        else
            reply.Text(Encoding.ASCII.GetString(text));
    }

    /// <summary>qsThreadInfo has nothing left to list; Hc is old: vCont names its threads itself.</summary>
    private static void Last(PacketCursor packet, Reply reply)
    {
        if (packet.IsAtEnd)
            reply.Text("l");
        else
            reply.Ok();
    }

    private void Choose(PacketCursor packet, Reply reply)
    {
        if (!packet.TakeThread(out ThreadId thread))
        {
            reply.Error();
            return;
        }

        // Where the one that is looked at fits, it stays.
        if (client.Current is not { State: < TaskState.Zombie } current || !thread.Includes(current.Group.Pid, current.Tid))
            client.Current = client.Find(thread) ?? client.Current;
        Answer(reply, client.Find(thread) is not null);
    }

    private void List(Reply reply)
    {
        reply.Text("m");
        bool isFirst = true;
        foreach (GuestTask task in client.Threads)
        {
            if (!isFirst)
                reply.Text(",");
            reply.Thread(task.Group.Pid, task.Tid, client.IsMultiprocess);
            isFirst = false;
        }

        if (isFirst)
            reply.Clear().Text("l");
    }

    private void Describe(PacketCursor packet, Reply reply)
    {
        if (!packet.TakeThread(out ThreadId thread) || client.Find(thread) is not { } task)
        {
            reply.Error();
            return;
        }

        string state = task.State switch { TaskState.Waiting => "waits in a system call", TaskState.Stopped => "is stopped", _ => "runs" };
        reply.Hex(task.Name).HexText($": {state}");
    }
}
