using Kpio.Contracts.Process;
using Kpio.Debugger.Protocol;
using Kpio.Debugger.Server;
using Kpio.Kernel.Debugging;

namespace Kpio.Debugger.Commands;

/// <summary>What both ends can do, and what gdb wants: <c>qSupported</c>, <c>!</c>, <c>QStartNoAckMode</c>, signals, caught calls, thread events.</summary>
internal sealed class QueryCommands(GdbClient client, Action stopAcknowledging) : ICommandGroup
{
    private const string Features =
        ";QStartNoAckMode+;multiprocess+;swbreak+;hwbreak+;fork-events+;vfork-events+;exec-events+;vContSupported+;QPassSignals+"
        + ";QProgramSignals+;QCatchSyscalls+;QThreadEvents+;no-resumed+;qXfer:features:read+;qXfer:auxv:read+;qXfer:exec-file:read+"
        + ";qXfer:siginfo:read+;qXfer:threads:read+";

    public CommandOutcome Handle(PacketCursor packet, Reply reply)
    {
        if (packet.Take("qSupported"u8))
            Negotiate(packet, reply);
        else if (packet.Take("QPassSignals:"u8))
            client.SetPassed(Signals(packet, reply));
        else if (packet.Take("QProgramSignals:"u8))
            Signals(packet, reply); // Only what a stop was for is delivered, and only when gdb says so: nothing depends on the list.
        else if (packet.Take("QCatchSyscalls:"u8))
            Catch(packet, reply);
        else
            return Switch(packet, reply);
        return CommandOutcome.Answered;
    }

    private CommandOutcome Switch(PacketCursor packet, Reply reply)
    {
        if (packet.Take("QStartNoAckMode"u8))
            stopAcknowledging();
        else if (packet.Take("QThreadEvents:"u8))
            client.Wishes = packet.Take("1"u8) ? client.Wishes | DebugWishes.Threads : client.Wishes & ~DebugWishes.Threads;
        else if (packet.Rest.SequenceEqual("!"u8))
            client.IsExtended = true;
        else if (!packet.Take("QNonStop:0"u8) && !packet.Take("qSymbol::"u8))
            return CommandOutcome.Unknown;
        reply.Ok();
        return CommandOutcome.Answered;
    }

    private void Negotiate(PacketCursor packet, Reply reply)
    {
        packet.Take(":"u8);
        while (!packet.IsAtEnd)
        {
            ReadOnlySpan<byte> feature = packet.TakeUntil((byte)';');
            client.IsMultiprocess |= feature.SequenceEqual("multiprocess+"u8);
            client.KnowsBreakpoints |= feature.SequenceEqual("swbreak+"u8);
            client.Wishes |= feature switch
            {
                _ when feature.SequenceEqual("fork-events+"u8) => DebugWishes.Forks,
                _ when feature.SequenceEqual("vfork-events+"u8) => DebugWishes.Vforks,
                _ when feature.SequenceEqual("exec-events+"u8) => DebugWishes.Execs,
                _ when feature.SequenceEqual("no-resumed+"u8) => DebugWishes.NothingRuns,
                _ => DebugWishes.None,
            };
        }

        // A second process cannot be told of to a gdb that knows only one.
        if (!client.IsMultiprocess)
            client.Wishes &= ~(DebugWishes.Forks | DebugWishes.Vforks);
        reply.Text("PacketSize=").Number(Reply.PacketSize).Text(Features);
    }

    /// <summary>A list of the protocol's numbers; those that Linux does not have are passed over.</summary>
    private static List<Signal> Signals(PacketCursor packet, Reply reply)
    {
        var signals = new List<Signal>();
        while (packet.TakeNumber(out ulong number))
        {
            if (GdbSignals.ToLinux(number) is var signal and not Signal.None)
                signals.Add(signal);
            packet.Take(";"u8);
        }

        reply.Ok();
        return signals;
    }

    private void Catch(PacketCursor packet, Reply reply)
    {
        HashSet<uint>? numbers = packet.Take("1"u8) ? [] : null;
        if (numbers is null && !packet.Take("0"u8))
        {
            reply.Error();
            return;
        }

        while (packet.Take(";"u8) && packet.TakeInt32(out int number))
            numbers?.Add((uint)number);
        if (packet.IsAtEnd && client.Current is { } task)
        {
            client.SetCatches(task.Group.Pid, numbers);
            reply.Ok();
        }
        else
        {
            reply.Error();
        }
    }
}
