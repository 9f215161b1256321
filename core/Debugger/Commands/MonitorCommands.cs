using System.Text;
using Kpio.Debugger.Protocol;
using Kpio.Debugger.Server;

namespace Kpio.Debugger.Commands;

/// <summary>gdb's <c>monitor</c>: <c>qRcmd</c>.</summary>
internal sealed class MonitorCommands(IReadOnlyList<MonitorCommand> commands) : ICommandGroup
{
    public CommandOutcome Handle(PacketCursor packet, Reply reply)
    {
        if (!packet.Take("qRcmd,"u8))
            return CommandOutcome.Unknown;
        string[] words = Encoding.UTF8.GetString(HexText.Decode(packet.Rest) ?? []).Split(' ', StringSplitOptions.RemoveEmptyEntries);
        string text = words.Length == 0 || words[0] == "help" ? Help() : Run(words);
        if (text.Length == 0)
            reply.Ok();
        else
            reply.HexText(text.EndsWith('\n') ? text : text + "\n");
        return CommandOutcome.Answered;
    }

    private string Run(string[] words) => commands.FirstOrDefault(command => command.Name == words[0]) is { } found
        ? found.Run(words[1..])
        : $"there is no '{words[0]}': monitor help lists what there is";

    private string Help()
    {
        var text = new StringBuilder("help: these lines\n");
        foreach (MonitorCommand command in commands)
            text.Append(command.Name).Append(": ").Append(command.Help).Append('\n');
        return text.ToString();
    }
}
