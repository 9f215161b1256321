using Kpio.Contracts.Process;
using Kpio.Debugger.Protocol;
using Kpio.Debugger.Registers;
using Kpio.Debugger.Server;

namespace Kpio.Debugger.Commands;

/// <summary>Reads and writes registers: <c>g</c>, <c>G</c>, <c>p</c>, <c>P</c>.</summary>
internal sealed class RegisterCommands(GdbClient client) : ICommandGroup
{
    private const int LargestRegister = 16;

    public CommandOutcome Handle(PacketCursor packet, Reply reply)
    {
        if (packet.Rest.IsEmpty || packet.Rest[0] is not ((byte)'g' or (byte)'G' or (byte)'p' or (byte)'P'))
            return CommandOutcome.Unknown;
        if (client.Current is not { State: < TaskState.Zombie } task)
        {
            reply.Error();
            return CommandOutcome.Answered;
        }

        bool isDone = packet.Take("g"u8) ? ReadAll(task, reply)
            : packet.Take("p"u8) ? ReadOne(task, packet, reply)
            : packet.Take("G"u8) ? WriteAll(task, packet.Rest)
            : packet.Take("P"u8) && WriteOne(task, packet);
        if (!isDone)
            reply.Error();
        else if (reply.Data.IsEmpty)
            reply.Ok();
        return CommandOutcome.Answered;
    }

    private bool ReadAll(GuestTask task, Reply reply)
    {
        var registers = new RegisterFile(client.Session, task);
        Span<byte> value = stackalloc byte[LargestRegister];
        for (int register = 0; register < TargetDescription.CountOf(task); register++)
        {
            Span<byte> bytes = value[..TargetDescription.SizeOf(register)];
            registers.Read(register, bytes);
            reply.Hex(bytes);
        }

        return true;
    }

    private bool ReadOne(GuestTask task, PacketCursor packet, Reply reply)
    {
        if (!packet.TakeInt32(out int register) || register >= TargetDescription.CountOf(task))
            return false;
        Span<byte> value = stackalloc byte[LargestRegister];
        value = value[..TargetDescription.SizeOf(register)];
        new RegisterFile(client.Session, task).Read(register, value);
        reply.Hex(value);
        return true;
    }

    private bool WriteAll(GuestTask task, ReadOnlySpan<byte> text)
    {
        byte[]? bytes = HexText.Decode(text);
        if (bytes is null)
            return false;
        client.Session.EndWait(task);
        var registers = new RegisterFile(client.Session, task);
        int offset = 0;
        bool isDone = true;
        for (int register = 0; register < TargetDescription.CountOf(task); register++)
        {
            int size = TargetDescription.SizeOf(register);
            if (offset + size > bytes.Length)
                break;
            isDone &= registers.Write(register, bytes.AsSpan(offset, size));
            offset += size;
        }

        return isDone;
    }

    private bool WriteOne(GuestTask task, PacketCursor packet)
    {
        if (!packet.TakeInt32(out int register) || register >= TargetDescription.CountOf(task) || !packet.Take("="u8))
            return false;
        Span<byte> value = stackalloc byte[LargestRegister];
        if (!HexText.TryDecode(packet.Rest, value, out int count) || count != TargetDescription.SizeOf(register))
            return false;
        client.Session.EndWait(task);
        return new RegisterFile(client.Session, task).Write(register, value[..count]);
    }
}
