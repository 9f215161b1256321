using System.Buffers;
using System.Text;
using System.Text.RegularExpressions;
using Kpio.Cli.Testing.Scenarios;
using Kpio.Contracts.Host;
using Kpio.Contracts.Values;

namespace Kpio.Cli.Testing.Running;

/// <summary>
/// A terminal in memory with a user who follows a script. What he does depends on what the machine has shown and on nothing else, and he
/// acts on the machine's own thread, so that a deterministic run stays one. Belongs to one machine.
/// </summary>
internal sealed class ScriptedTerminal : IHostTerminal
{
    private const int PatternReach = 64 << 10;
    private readonly TerminalScript _script;
    private readonly int _mostBytes;
    private readonly ArrayBufferWriter<byte> _shown = new();
    private readonly Queue<byte> _keys = new();
    private WindowSize _size;
    private bool _hasBegun;
    private bool _isGone;
    private int _step;
    private int _found;

    /// <param name="script">The size, and what the user does.</param>
    /// <param name="mostBytes">How much of what is shown is kept.</param>
    public ScriptedTerminal(TerminalScript script, int mostBytes)
    {
        _script = script;
        _mostBytes = mostBytes;
        _size = new WindowSize(script.Rows, script.Columns, 0, 0);
    }

    /// <summary>Called when there are keys, another size, or the terminal has gone.</summary>
    public Action? Changed { get; set; }

    /// <summary>Called when more is shown than is kept.</summary>
    public Action? Overflowed { get; set; }

    /// <summary>Everything that was shown.</summary>
    public byte[] Shown => _shown.WrittenSpan.ToArray();

    /// <summary>The step that the user has not come past, or null.</summary>
    public DialogueStep? Pending => _step < _script.Steps.Count ? _script.Steps[_step] : null;

    /// <summary>What was shown since the last text that was found.</summary>
    public byte[] ShownSince => _shown.WrittenSpan[_found..].ToArray();

    /// <summary>A pattern that took too long, or null.</summary>
    public string? Failure { get; private set; }

    public WindowSize Size => _size;

    public bool IsBehind(HostFileId stream) => true;

    /// <summary>The machine is about to run: the user does what he need not wait for.</summary>
    public void Begin()
    {
        _hasBegun = true;
        Act(isIdle: false);
    }

    /// <summary>Forgets what was shown: a program that ran before is none of the user's.</summary>
    public void Clear()
    {
        _shown.Clear();
        _found = 0;
    }

    /// <summary>Every task sleeps. True when the user has done something.</summary>
    public bool OnIdle()
    {
        int before = _step;
        Act(isIdle: true);
        return _step != before;
    }

    public Result<int> Read(Span<byte> destination)
    {
        if (_keys.Count == 0)
            return _isGone ? 0 : Errno.EAGAIN;
        int count = 0;
        while (count < destination.Length && _keys.TryDequeue(out byte key))
            destination[count++] = key;
        return count;
    }

    public Result<int> Write(ReadOnlySpan<byte> source)
    {
        if (_isGone)
            return Errno.EIO;
        if (source.Length <= _mostBytes - _shown.WrittenCount)
            _shown.Write(source);
        else
            Overflowed?.Invoke();
        Act(isIdle: false);
        return source.Length;
    }

    private void Act(bool isIdle)
    {
        if (!_hasBegun)
            return;
        int before = _step;
        for (; Pending is { } step && Do(step, ref isIdle); _step++)
        {
            // One after the other, up to one that must wait.
        }

        if (_step != before)
            Changed?.Invoke();
    }

    /// <summary>Does a step; false when its time has not come.</summary>
    private bool Do(DialogueStep step, ref bool isIdle)
    {
        switch (step)
        {
            case ExpectStep expect:
                return Find(expect);
            case SendStep send:
                foreach (byte key in send.Keys)
                    _keys.Enqueue(key);
                isIdle = false; // somebody may have something to do now
                return true;
            case ResizeStep resize:
                _size = new WindowSize(resize.Rows, resize.Columns, 0, 0);
                isIdle = false;
                return true;
            case HangUpStep:
                _isGone = true;
                isIdle = false;
                return true;
            default:
                return isIdle;
        }
    }

    private bool Find(ExpectStep expect)
    {
        ReadOnlySpan<byte> shown = _shown.WrittenSpan[_found..];
        if (expect.Pattern is null)
        {
            byte[] text = Encoding.UTF8.GetBytes(expect.Text!);
            int at = shown.IndexOf(text);
            if (at < 0)
                return false;
            _found += at + text.Length;
            return true;
        }

        if (Failure is not null)
            return false;
        int from = Math.Max(0, shown.Length - PatternReach);
        try
        {
            // Latin-1, so that a character is a byte: its place is found again.
            Match match = expect.Pattern.Match(Encoding.Latin1.GetString(shown[from..]));
            if (match.Success)
                _found += from + match.Index + match.Length;
            return match.Success;
        }
        catch (RegexMatchTimeoutException)
        {
            Failure = $"the pattern of line {expect.Line} took more than {expect.Pattern.MatchTimeout.TotalSeconds:0} s";
            return false;
        }
    }
}
