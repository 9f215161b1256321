using System.Globalization;
using System.Text;
using Kpio.Contracts.Process;
using Kpio.Debugger.Cores;
using Kpio.Debugger.Protocol;
using Kpio.Debugger.Registers;
using Kpio.Debugger.Server;

namespace Kpio.Debugger.Commands;

/// <summary>Objects that gdb reads piece by piece: <c>qXfer:OBJECT:read:ANNEX:OFFSET,LENGTH</c>.</summary>
internal sealed class TransferCommands(GdbClient client) : ICommandGroup
{
    public CommandOutcome Handle(PacketCursor packet, Reply reply)
    {
        if (!packet.Take("qXfer:"u8))
            return CommandOutcome.Unknown;
        ReadOnlySpan<byte> name = packet.TakeUntil((byte)':');
        if (!packet.Take("read:"u8))
            return CommandOutcome.Unknown;
        ReadOnlySpan<byte> annex = packet.TakeUntil((byte)':');
        byte[]? content = name switch
        {
            _ when name.SequenceEqual("features"u8) => annex.SequenceEqual("target.xml"u8) ? TargetDescription.ToXml(client.Current is { } task && TargetDescription.HasUpper(task)) : null,
            _ when name.SequenceEqual("auxv"u8) => ReadAuxiliaryVector(),
            _ when name.SequenceEqual("exec-file"u8) => FindProcess(annex)?.ExecutablePath,
            _ when name.SequenceEqual("siginfo"u8) => ReadSignal(),
            _ when name.SequenceEqual("threads"u8) => DescribeThreads(),
            _ => null,
        };
        if (content is null || !packet.TakeRange(out ulong offset, out ulong length))
            reply.Error();
        else
            Give(content, offset, length, reply);
        return CommandOutcome.Answered;
    }

    private static void Give(ReadOnlySpan<byte> content, ulong offset, ulong length, Reply reply)
    {
        if (offset >= (ulong)content.Length)
        {
            reply.Text("l");
            return;
        }

        // Half: every byte may need an escape.
        int count = (int)Math.Min(Math.Min(length, Reply.PacketSize / 2), (ulong)content.Length - offset);
        bool isLast = offset + (ulong)count == (ulong)content.Length;
        reply.Text(isLast ? "l" : "m").Binary(content.Slice((int)offset, count));
    }

    private ThreadGroup? FindProcess(ReadOnlySpan<byte> annex)
    {
        var cursor = new PacketCursor(annex);
        return cursor.TakeInt32(out int pid) ? client.Session.Tasks.Find(pid)?.Group : client.Current?.Group;
    }

    private byte[]? ReadAuxiliaryVector()
    {
        if (client.Current is not { } task)
            return null;
        ProgramLayout layout = task.Group.Layout;
        byte[] vector = new byte[Math.Min(layout.AuxiliaryVectorEnd - layout.AuxiliaryVectorStart, 4096)];
        return vector[..client.Session.Memory.Read(task, layout.AuxiliaryVectorStart, vector)];
    }

    private byte[]? ReadSignal()
    {
        if (client.Current is not { } task || client.SignalOf(task) is not { } info)
            return null;
        byte[] bytes = new byte[SignalImage.Size];
        SignalImage.Write(in info, bytes);
        return bytes;
    }

    private byte[] DescribeThreads()
    {
        var xml = new StringBuilder("<?xml version=\"1.0\"?><threads>");
        foreach (GuestTask task in client.Threads)
        {
            string id = client.IsMultiprocess
                ? string.Create(CultureInfo.InvariantCulture, $"p{task.Group.Pid:x}.{task.Tid:x}")
                : string.Create(CultureInfo.InvariantCulture, $"{task.Tid:x}");
            xml.Append("<thread id=\"").Append(id).Append("\" core=\"0\" name=\"");
            AppendName(xml, task.Name);
            xml.Append("\"/>");
        }

        return Encoding.UTF8.GetBytes(xml.Append("</threads>").ToString());
    }

    /// <summary>A name is any bytes: what XML or the terminal would take for something else becomes a question mark.</summary>
    private static void AppendName(StringBuilder xml, byte[] name)
    {
        foreach (byte value in name)
            xml.Append(value is < 0x20 or > 0x7E or (byte)'<' or (byte)'>' or (byte)'&' or (byte)'"' ? '?' : (char)value);
    }
}
