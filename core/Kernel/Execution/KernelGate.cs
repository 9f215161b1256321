using Kpio.Contracts.Platform;

namespace Kpio.Kernel.Execution;

/// <summary>
/// The one lock under which kernel and plugin code runs. A processor's thread keeps it while its guest runs, as long as nobody else
/// asks, because entering it at every system call would cost a third of a short call; whoever asks interrupts the processor.
/// </summary>
internal sealed class KernelGate
{
    // A monitor, not a Lock: that one's thread statics make the JIT compile, and load it for nothing else, at every start.
    private readonly object _lock = new();
    private volatile int _asking;

    /// <summary>Whether a thread outside wants to come in: the run loop then calls <see cref="LetIn"/>.</summary>
    public bool IsAskedFor => _asking != 0;

    /// <summary>Takes the lock for a processor's thread.</summary>
    public void Enter() => Monitor.Enter(_lock);

    /// <summary>Gives it up, to sleep or to end.</summary>
    public void Exit() => Monitor.Exit(_lock);

    /// <summary>Lets those outside in, and comes back when they are done. Called with the lock held.</summary>
    public void LetIn()
    {
        Monitor.Exit(_lock);
        while (_asking != 0)
            Thread.Yield();
        Monitor.Enter(_lock);
    }

    /// <summary>The same for a limited time; false when the lock could not be had in it.</summary>
    public bool TryRun(ICpu cpu, TimeSpan limit, Action action)
    {
        Interlocked.Increment(ref _asking);
        bool isIn = false;
        try
        {
            cpu.Interrupt();
            isIn = Monitor.TryEnter(_lock, limit);
            if (isIn)
                action();
            return isIn;
        }
        finally
        {
            Interlocked.Decrement(ref _asking);
            if (isIn)
                Monitor.Exit(_lock);
        }
    }

    /// <summary>Runs <paramref name="action"/> under the lock on behalf of a thread that runs no guest.</summary>
    public T Run<T>(ICpu cpu, Func<T> action)
    {
        Interlocked.Increment(ref _asking);
        cpu.Interrupt();
        Monitor.Enter(_lock);
        try
        {
            return action();
        }
        finally
        {
            Interlocked.Decrement(ref _asking);
            Monitor.Exit(_lock);
        }
    }
}
