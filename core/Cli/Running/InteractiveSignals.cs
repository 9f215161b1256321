using System.Runtime.InteropServices;
using Kpio.Contracts.Process;
using Kpio.Kernel;

namespace Kpio.Cli.Running;

/// <summary>Hands signals that this process gets on to the guest: Ctrl-C becomes its SIGINT. Three within a second end KPIO itself.</summary>
internal sealed class InteractiveSignals : IDisposable
{
    private const int SI_KERNEL = 0x80;
    private const int EndingPresses = 3;
    private const int InterruptedCode = 130;

    private readonly Machine _machine;
    private readonly PosixSignalRegistration[] _registrations;
    private readonly long[] _presses = new long[EndingPresses];
    private int _pressed;

    public InteractiveSignals(Machine machine)
    {
        _machine = machine;
        _registrations =
        [
            PosixSignalRegistration.Create(PosixSignal.SIGINT, OnInterrupt),
            PosixSignalRegistration.Create(PosixSignal.SIGTERM, context => Forward(context, Signal.SIGTERM)),
            PosixSignalRegistration.Create(PosixSignal.SIGHUP, context => Forward(context, Signal.SIGHUP)),
            PosixSignalRegistration.Create(PosixSignal.SIGQUIT, context => Forward(context, Signal.SIGQUIT)),
        ];
    }

    public void Dispose()
    {
        foreach (PosixSignalRegistration registration in _registrations)
            registration.Dispose();
    }

    private void OnInterrupt(PosixSignalContext context)
    {
        long now = Environment.TickCount64;
        lock (_presses)
        {
            _presses[_pressed++ % EndingPresses] = now;
            if (_pressed >= EndingPresses && now - _presses[_pressed % EndingPresses] < 1000)
                Environment.Exit(InterruptedCode);
        }

        Forward(context, Signal.SIGINT);
    }

    private void Forward(PosixSignalContext context, Signal signal)
    {
        context.Cancel = true;
        _machine.Send(0, new SignalInfo(signal, SI_KERNEL));
    }
}
