namespace Kpio.HotSwap.Tests;

/// <summary>Does something again and again on a thread of its own until it is disposed of, at least once.</summary>
internal sealed class Repeater : IDisposable
{
    private readonly Thread _thread;
    private volatile bool _ends;
    private Exception? _failure;

    public Repeater(Action action)
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
