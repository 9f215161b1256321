using System.Diagnostics.CodeAnalysis;
using Kpio.Contracts.Process;

namespace Kpio.Contracts.Values;

/// <summary>
/// What a system call's handler answers: a value, an error, <c>Wait</c> (the call must be entered again when one of the
/// conditions in the <see cref="WaitSet"/> holds) or <c>NoReturn</c> (exit, execve, rt_sigreturn: RAX is left alone).
/// Two words, so that it comes back in registers.
/// </summary>
public readonly struct SysResult
{
    private readonly long _value;
    private readonly WaitSet? _wait;

    private SysResult(long value, WaitSet? wait)
    {
        _value = value;
        _wait = wait;
    }

    /// <summary>Success with the value 0.</summary>
    public static SysResult Zero => default;

    /// <summary>The call does not return to its caller: the handler has set the registers itself, or ended the task.</summary>
    public static SysResult NoReturn => new(0, WaitSet.NoReturnMarker);

    /// <summary>Whether the handler must be entered again when <see cref="WaitFor"/> is satisfied.</summary>
    [MemberNotNullWhen(true, nameof(WaitFor))]
    public bool IsWait => _wait is not null && !ReferenceEquals(_wait, WaitSet.NoReturnMarker);

    /// <summary>Whether RAX must be left alone.</summary>
    public bool IsNoReturn => ReferenceEquals(_wait, WaitSet.NoReturnMarker);

    /// <summary>Whether <see cref="Raw"/> is to be put into RAX.</summary>
    public bool IsCompleted => _wait is null;

    /// <summary>Whether the call ended with an error.</summary>
    public bool IsError => _wait is null && (ulong)_value > unchecked((ulong)-4096L);

    /// <summary>The error, or <see cref="Values.Errno.None"/>.</summary>
    public Errno Errno => IsError ? (Errno)(-_value) : Errno.None;

    /// <summary>The value for RAX: the result, or the negated error.</summary>
    public long Raw => _value;

    /// <summary>What the task waits for, when <see cref="IsWait"/>.</summary>
    public WaitSet? WaitFor => _wait;

    /// <summary>A call that must wait; <paramref name="set"/> is the task's own <see cref="GuestTask.Wait"/>.</summary>
    public static SysResult Wait(WaitSet set)
    {
        ArgumentNullException.ThrowIfNull(set);
        return new SysResult(0, set);
    }

    /// <summary>Success with a value (file offsets, addresses and counts alike).</summary>
    public static implicit operator SysResult(long value) => new(value, null);

    /// <summary>An error, or success with 0 for <see cref="Errno.None"/>.</summary>
    public static implicit operator SysResult(Errno error) => new(-(long)error, null);

    /// <summary>The value of a result widened to RAX, or its error.</summary>
    public static SysResult From(Result<int> result) => result.TryGet(out int value, out Errno error) ? value : error;

    /// <summary>The value of a result, or its error.</summary>
    public static SysResult From(Result<long> result) => result.TryGet(out long value, out Errno error) ? value : error;

    /// <summary>The value of a result as RAX holds it, or its error.</summary>
    public static SysResult From(Result<ulong> result) => result.TryGet(out ulong value, out Errno error) ? (long)value : error;
}
