namespace Kpio.Contracts.Process;

/// <summary>Where a call is that something is injected into.</summary>
public enum InjectionStage : byte
{
    /// <summary>Nothing is left to be injected.</summary>
    None,

    /// <summary>It is held back; its handler has not been entered.</summary>
    BeforeCall,

    /// <summary>Its handler works, and something follows when it ends.</summary>
    InCall,

    /// <summary>It has ended and is held back; the result is kept here.</summary>
    AfterCall,
}

/// <summary>
/// What the injection of faults (strace(1), <c>-e inject=</c>) remembers of a task: how often it has made each call, and the call that it is
/// in. The kernel's; tracers read the marks. There is none while nothing is injected.
/// </summary>
public sealed class InjectionState
{
    private readonly int[] _counts = new int[1024];

    /// <summary>Where the call in progress is.</summary>
    public InjectionStage Stage { get; set; }

    /// <summary>The number of the call in progress: after execve(2) the registers no longer tell it.</summary>
    public uint Number { get; set; }

    /// <summary>Whether another result than the call's own was put into its place.</summary>
    public bool IsReplaced { get; set; }

    /// <summary>Whether the call was held back.</summary>
    public bool IsDelayed { get; set; }

    /// <summary>The result that is held back, as RAX gets it; null for a call that does not return to its caller.</summary>
    public long? Result { get; set; }

    /// <summary>Why the handler of the call was entered last, before the call was held back.</summary>
    public WakeReason Reason { get; set; }

    /// <summary>How a signal would have interrupted its last wait.</summary>
    public InterruptKind Interrupt { get; set; }

    /// <summary>Counts an invocation of a call with a number below 1024; the first is 1.</summary>
    public int Count(uint number)
    {
        int count = _counts[number];
        return count == int.MaxValue ? count : _counts[number] = count + 1;
    }

    /// <summary>A new call begins.</summary>
    public void Begin()
    {
        Stage = InjectionStage.None;
        IsReplaced = false;
        IsDelayed = false;
        Result = null;
    }
}
