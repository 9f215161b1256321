namespace Kpio.HotSwap.Tests;

/// <summary>Does something again and again on a thread of its own until it is disposed of, at least once.</summary>
internal sealed class Repeater : IDisposable
{
    private readonly Thread _thread;
    private volatile bool _ends;
    private Exception? _failure;

    /// <param name="action">What is done.</param>
    /// <param name="failed">Called when it throws: has the program end that would wait for what now does not come.</param>
    public Repeater(Action action, Action? failed = null)
    {
        _thread = new Thread(() =>
        {
            try
            {
                do
                    action();
                while (!_ends);
            }
            catch (Exception e)
            {
                _failure = e;
                failed?.Invoke();
            }
        });
        _thread.Start();
    }

    public void Dispose()
    {
        _ends = true;
        _thread.Join();
        if (_failure is not null)
            throw new InvalidOperationException($"What was to be done beside the program has failed: {_failure.Message}", _failure);
    }
}
