using Kpio.Contracts.Process;

namespace Kpio.Kernel;

/// <summary>Is told where handlers are about to write guest memory. On the machine's own thread; it must not change anything.</summary>
public interface IGuestWriteObserver
{
    /// <summary>A handler is given memory to write to, within one page, which it may use in part.</summary>
    /// <param name="task">The task whose memory it is.</param>
    /// <param name="address">Where it starts.</param>
    /// <param name="memory">What it holds now.</param>
    void BeforeWrite(GuestTask task, ulong address, ReadOnlySpan<byte> memory);
}
