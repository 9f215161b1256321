using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;

namespace Kpio.Cli.Sandbox.Shadow;

/// <summary>One use of a standard stream.</summary>
/// <param name="Stream">Which stream.</param>
/// <param name="IsRead">Whether bytes came from it.</param>
/// <param name="Bytes">What was read, or was to be written.</param>
/// <param name="Answer">How many bytes it took or gave, or the error.</param>
internal sealed record StreamUse(HostFileId Stream, bool IsRead, byte[] Bytes, Result<int> Answer);

/// <summary>What a stream answered when it was asked.</summary>
/// <param name="Stream">Which stream.</param>
/// <param name="Attributes">What it said of itself; null when it was asked for a position.</param>
/// <param name="Position">That position.</param>
internal sealed record StreamAnswer(HostFileId Stream, Result<NodeAttributes>? Attributes, Result<long>? Position);

/// <summary>What a machine did with its standard streams since the last time.</summary>
internal sealed class StreamLog
{
    private List<StreamUse> _uses = [];

    private List<StreamAnswer> _answers = [];

    /// <summary>Adds an answer.</summary>
    public void Add(StreamAnswer answer) => _answers.Add(answer);

    /// <summary>Takes the answers that there are.</summary>
    public List<StreamAnswer> TakeAnswers()
    {
        List<StreamAnswer> taken = _answers;
        _answers = [];
        return taken;
    }

    /// <summary>Adds one.</summary>
    public void Add(StreamUse use) => _uses.Add(use);

    /// <summary>Takes what there is.</summary>
    public List<StreamUse> Take()
    {
        List<StreamUse> taken = _uses;
        _uses = [];
        return taken;
    }
}
