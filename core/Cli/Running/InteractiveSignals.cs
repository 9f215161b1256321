using System.Runtime.InteropServices;
using Kpio.Contracts.Host;
using Kpio.Contracts.Process;
using Kpio.Contracts.Values;
using Kpio.Kernel;

namespace Kpio.Cli.Running;

/// <summary>
/// Hands on to the guest what the user and the host want of it: signals that this process gets, and, when the machine has the user's
/// terminal, keys and the window's size. That is taken here, and given back at the end. Three times Ctrl-C within a second end KPIO itself.
/// </summary>
internal sealed class InteractiveSignals : IDisposable
{
    private const int EndingPresses = 3;
    private const int InterruptedCode = 130;

    private readonly Machine _machine;
    private readonly IHostTerminalControl? _terminal;
    private readonly List<PosixSignalRegistration> _registrations = [];
    private readonly long[] _presses = new long[EndingPresses];
    private int _pressed;

    public InteractiveSignals(Machine machine, IHostTerminalControl? terminal)
    {
        _machine = machine;
        _terminal = terminal;
        On(PosixSignal.SIGINT, OnInterrupt);
        On(PosixSignal.SIGTERM, context => Forward(context, Signal.SIGTERM));
        On(PosixSignal.SIGHUP, context => Forward(context, Signal.SIGHUP));
        On(PosixSignal.SIGQUIT, context => Forward(context, Signal.SIGQUIT));
        if (terminal is null)
            return;
        if (!OperatingSystem.IsWindows())
        {
            On(PosixSignal.SIGWINCH, _ => machine.NotifyTerminal());
            On(PosixSignal.SIGCONT, OnContinue);
        }

        Errno error = terminal.Take(machine.NotifyTerminal, End);
        if (error != Errno.None)
            throw new InvalidOperationException($"The terminal cannot be set up ({error}).");
    }

    public void Dispose()
    {
        foreach (PosixSignalRegistration registration in _registrations)
            registration.Dispose();
        _terminal?.Release();
    }

    private void On(PosixSignal signal, Action<PosixSignalContext> action) => _registrations.Add(PosixSignalRegistration.Create(signal, action));

    private void OnInterrupt(PosixSignalContext context)
    {
        long now = Environment.TickCount64;
        lock (_presses)
        {
            _presses[_pressed++ % EndingPresses] = now;
            if (_pressed >= EndingPresses && now - _presses[_pressed % EndingPresses] < 1000)
                End();
        }

        Forward(context, Signal.SIGINT);
    }

    private void OnContinue(PosixSignalContext context)
    {
        _terminal!.Renew();
        _machine.NotifyTerminal();
    }

    private void End()
    {
        _terminal?.Release();
        Environment.Exit(InterruptedCode);
    }

    private void Forward(PosixSignalContext context, Signal signal)
    {
        context.Cancel = true;
        _machine.Send(0, new SignalInfo(signal, SignalCode.SI_KERNEL));
    }
}
