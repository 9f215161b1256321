using Kpio.Debugger.Protocol;
using Kpio.Debugger.Server;

namespace Kpio.Debugger.Commands;

/// <summary>What became of a packet.</summary>
internal enum CommandOutcome : byte
{
    /// <summary>Somebody else's, or nobody's: the empty answer says that it is not known.</summary>
    Unknown,

    /// <summary>The answer is to be sent.</summary>
    Answered,

    /// <summary>The guests go on; the next stop is the answer.</summary>
    Resumed,
}

/// <summary>Some commands of the protocol.</summary>
internal interface ICommandGroup
{
    /// <summary>Carries out a packet if it is one of its own.</summary>
    CommandOutcome Handle(PacketCursor packet, Reply reply);
}

/// <summary>Every command: finds whose a packet is.</summary>
internal sealed class CommandTable : IDisposable
{
    private readonly ICommandGroup[] _groups;
    private readonly FileCommands _files;

    public CommandTable(GdbClient client, GdbConnection connection, IReadOnlyList<MonitorCommand> monitor)
    {
        _files = new FileCommands(client);
        _groups =
        [
            new MemoryCommands(client), new RegisterCommands(client), new ResumeCommands(client), new BreakpointCommands(client), new ThreadCommands(client),
            new TransferCommands(client), _files, new QueryCommands(client, connection.StopAcknowledging), new MonitorCommands(monitor),
        ];
    }

    public CommandOutcome Handle(ReadOnlySpan<byte> packet, Reply reply)
    {
        foreach (ICommandGroup group in _groups)
        {
            CommandOutcome outcome = group.Handle(new PacketCursor(packet), reply);
            if (outcome != CommandOutcome.Unknown)
                return outcome;
        }

        reply.Clear();
        return CommandOutcome.Unknown;
    }

    public void Dispose() => _files.Dispose();
}
