using Kpio.Contracts.Platform;
using Kpio.Contracts.Process;
using Kpio.Debugger.Server;
using Kpio.Testing;

namespace Kpio.Debugger.Tests.Gdb;

/// <summary>A program that runs on a machine of its own, on another thread, and waits for a debugger on a socket in the scratch folder.</summary>
internal sealed class DebuggedRun : IDisposable
{
    private readonly ScratchDirectory _scratch = new();
    private readonly ManualResetEventSlim _listens = new();
    private readonly Thread _thread;
    private RunResult? _result;
    private Exception? _failure;

    public DebuggedRun(string program, params string[] arguments)
        : this(program, CpuModel.V2, arguments)
    {
    }

    /// <param name="program">The program.</param>
    /// <param name="model">What it runs on.</param>
    /// <param name="arguments">Its arguments.</param>
    public DebuggedRun(string program, CpuModel model, string[] arguments)
    {
        Socket = Path.Combine(_scratch.Path, "gdb");
        var runner = new KpioMachineRunner { Started = Start, Options = new MachineOptions { MemoryBytes = KpioMachineRunner.DefaultMemoryBytes, Cpu = model } };
        var run = new ProgramRun(program, arguments) { Timeout = TimeSpan.FromMinutes(2) };
        _thread = new Thread(() => Run(runner, run)) { IsBackground = true };
        _thread.Start();
        if (!_listens.Wait(TimeSpan.FromMinutes(1)))
            throw new InvalidOperationException("The machine did not start.", _failure);
    }

    /// <summary>Where it listens.</summary>
    public string Socket { get; }

    /// <summary>The folder that the program runs in.</summary>
    public string Folder => _scratch.Path;

    /// <summary>Waits for the program's end.</summary>
    public RunResult Wait()
    {
        if (!_thread.Join(TimeSpan.FromMinutes(3)))
            throw new InvalidOperationException("The machine did not end.");
        return _result ?? throw new InvalidOperationException("The machine failed.", _failure);
    }

    public void Dispose()
    {
        _thread.Join(TimeSpan.FromMinutes(3));
        _scratch.Dispose();
        _listens.Dispose();
    }

    private void Run(KpioMachineRunner runner, ProgramRun run)
    {
        try
        {
            _result = runner.Run(run, _scratch);
        }
        catch (Exception e)
        {
            _failure = e;
        }
    }

    private GdbServer Start(Kernel.Machine machine)
    {
        var server = new GdbServer(GdbEndpoint.Parse(Socket)!, static _ => { }, [new MonitorCommand("echo", "says what it is told", static words => string.Join(' ', words))]);
        server.Start(machine);
        _listens.Set();
        return server;
    }
}
