using Kpio.Contracts.Process;
using Kpio.Debugger.Protocol;
using Kpio.Debugger.Server;

namespace Kpio.Debugger.Commands;

/// <summary>Reads and writes guest memory: <c>m</c>, <c>M</c>, <c>X</c>.</summary>
internal sealed class MemoryCommands(GdbClient client) : ICommandGroup
{
    /// <summary>EFAULT: the number that gdb's own stub answers.</summary>
    private const int Fault = 14;

    public CommandOutcome Handle(PacketCursor packet, Reply reply)
    {
        if (packet.Take("m"u8))
            return Read(packet, reply);
        if (packet.Take("M"u8))
            return Write(packet, reply, isBinary: false);
        return packet.Take("X"u8) ? Write(packet, reply, isBinary: true) : CommandOutcome.Unknown;
    }

    private CommandOutcome Read(PacketCursor packet, Reply reply)
    {
        if (!packet.TakeRange(out ulong address, out ulong length) || client.Current is not { } task)
        {
            reply.Error();
            return CommandOutcome.Answered;
        }

        Span<byte> buffer = stackalloc byte[(int)Math.Min(length, Reply.PacketSize / 2)];
        int count = client.Session.Memory.Read(task, address, buffer);
        if (count == 0 && length > 0)
            reply.Error(Fault);
        else
            reply.Hex(buffer[..count]);
        return CommandOutcome.Answered;
    }

    private CommandOutcome Write(PacketCursor packet, Reply reply, bool isBinary)
    {
        if (!packet.TakeRange(out ulong address, out ulong length) || !packet.Take(":"u8) || client.Current is not { } task)
        {
            reply.Error();
            return CommandOutcome.Answered;
        }

        ReadOnlySpan<byte> bytes = isBinary ? packet.Rest : HexText.Decode(packet.Rest);
        bool isWhole = (ulong)bytes.Length == length && (length > 0 || packet.IsAtEnd);
        if (isWhole && TryWrite(task, address, bytes))
            reply.Ok();
        else
            reply.Error(Fault);
        return CommandOutcome.Answered;
    }

    private bool TryWrite(GuestTask task, ulong address, ReadOnlySpan<byte> bytes) => client.Session.Memory.TryWrite(task, address, bytes);
}
