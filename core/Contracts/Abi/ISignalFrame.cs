using Kpio.Contracts.Process;

namespace Kpio.Contracts.Abi;

/// <summary>
/// Lays out what a signal handler finds on its stack. The LinuxAbi plugin knows the bytes, the Process plugin decides when; the way
/// back, rt_sigreturn(2), is a system call of the LinuxAbi plugin's.
/// </summary>
public interface ISignalFrame
{
    /// <summary>
    /// Writes the frame and sets the registers to the handler's entry. <paramref name="blocked"/> is the set that the handler's end
    /// restores. Nothing of the task is changed unless the answer is <see cref="FramePush.Pushed"/>.
    /// </summary>
    FramePush Push(GuestTask task, in SignalInfo info, in SignalAction action, SignalSet blocked);
}

/// <summary>What became of a signal frame.</summary>
public enum FramePush : byte
{
    /// <summary>The task stands at the handler's first instruction.</summary>
    Pushed,

    /// <summary>The stack cannot take the frame: SIGSEGV instead.</summary>
    NoStack,

    /// <summary>A page of the stack is being fetched: <see cref="GuestTask.Wait"/> says what to wait for.</summary>
    Wait,
}
