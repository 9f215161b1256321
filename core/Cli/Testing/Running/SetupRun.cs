using Kpio.Cli.Running;
using Kpio.Cli.Testing.Reporting;
using Kpio.Cli.Testing.Scenarios;
using Kpio.Contracts.Values;
using Kpio.Kernel;
using Kpio.Kernel.Checkpoint;
using Kpio.Kernel.Hosting;
using Kpio.Platform.X64.Mmu;

namespace Kpio.Cli.Testing.Running;

/// <summary>
/// Runs a setup: its programs to their end, one after the other on one machine, then perhaps the cases' program up to where it is kept. Used once.
/// Whatever its guests do, it ends with a machine or with failures.
/// </summary>
internal sealed class SetupRun : IDisposable
{
    private readonly ScenarioSetup _setup;
    private readonly Scenario _common;
    private readonly List<byte[]> _hostEnvironment;
    private readonly MemoryPool _pool;
    private readonly PreparedMachine _result = new();
    private readonly List<string> _notes = [];
    private ScenarioMachine? _parts;
    private bool _isLast;

    public SetupRun(ScenarioSetup setup, List<byte[]> hostEnvironment, MemoryPool pool)
    {
        _pool = pool;
        _setup = setup;
        _common = setup.Common;
        _hostEnvironment = hostEnvironment;
    }

    /// <summary>Runs it.</summary>
    public PreparedMachine Run()
    {
        try
        {
            RunAll();
        }
        catch (Exception e) when (e is UsageException or MachineSetupException or SnapshotException)
        {
            Fail("", e.Message);
        }
        catch (Exception e)
        {
            Fail("", $"defect in KPIO: {e}");
        }

        if (_result.Snapshot is null && _result.Failures.Count == 0)
            Fail("", "it has left no machine");
        if (_result.Failures.Count > 0)
            _result.Failures.AddRange(_notes);
        return _result;
    }

    public void Dispose() => _parts?.Dispose();

    private void RunAll()
    {
        TerminalScript? script = null;
        if (_common.Terminal is { } terminal)
        {
            script = new TerminalScript { Rows = terminal.Rows, Columns = terminal.Columns };
            script.Steps.AddRange(_setup.Steps ?? []);
        }

        ScenarioMachine parts = _parts = new ScenarioMachine(_common.Options, _common.Input, script, _notes, _pool, KeepWhenIdle);
        RootMounts.Apply(parts.Machine, _common.Options, _common.Source.Folder, _hostEnvironment);
        PlainList<MountChoice> mounts = _common.Options.Mounts;
        IReadOnlyList<GuestFile> files = _common.Files;
        using var limit = new TimeLimit(parts.Machine, _common.TimeLimit);
        foreach (SetupProgram program in _setup.Programs)
        {
            if (!RunProgram(parts, program, mounts, files))
                return;
            (mounts, files) = (new(), []);
        }

        if (_setup.BeginsProgram)
            BeginProgram(parts, mounts, files);
        else
            _result.Snapshot = parts.Machine.CaptureInPlace();
    }

    private bool RunProgram(ScenarioMachine parts, SetupProgram program, PlainList<MountChoice> mounts, IReadOnlyList<GuestFile> files)
    {
        string where = $", line {program.Line}";
        parts.Console.Renew(program.Input);
        parts.Terminal?.Clear();
        if (!parts.Start(program.Options, mounts, files, out string message))
            return Fail(where, message);
        MachineExit exit = parts.Machine.Run();
        var check = new ScenarioRun { Output = parts.Terminal?.Shown ?? parts.Console.Output, Error = parts.Console.Error };
        new ExpectationCheck(new Scenario(_common.Source) { TimeLimit = _common.TimeLimit, Expect = { Exit = program.Exit } }, check, updates: false).End(exit, null);
        if (check.Failures.Count == 0)
            return true;
        foreach (string failure in check.Failures)
            Fail(where, failure);
        ShowEnd(parts.Terminal is null ? "stdout" : "terminal", check.Output);
        ShowEnd("stderr", check.Error);
        return false;
    }

    /// <summary>Starts the cases' program, and keeps the machine where it was asked for.</summary>
    private void BeginProgram(ScenarioMachine parts, PlainList<MountChoice> mounts, IReadOnlyList<GuestFile> files)
    {
        parts.Console.Renew(_common.Input);
        parts.Terminal?.Clear();
        if (!parts.Start(_common.Options, mounts, files, out string message))
        {
            Fail("", message);
            return;
        }

        if (_setup.Calls is { } calls)
            parts.Machine.CaptureAfter(calls, repeats: false, Keep, reason => Fail("", reason));
        _isLast = true;
        parts.Terminal?.Begin();
        MachineExit exit = parts.Machine.Run();
        if (_result.Snapshot is not null)
            return;
        var check = new ScenarioRun { Output = parts.Terminal?.Shown ?? parts.Console.Output, Error = parts.Console.Error };
        string how = exit.End switch
        {
            MachineEnd.Finished => $"the program {(exit.Signal == 0 ? $"has exited with {(exit.WaitStatus >> 8) & 0xFF}" : $"was ended by {exit.Signal}")} before it was where the machine is kept",
            MachineEnd.TimedOut => $"the time limit of {_common.TimeLimit.TotalSeconds:0.###} s is over",
            _ => exit.Message ?? exit.End.ToString(),
        };
        Fail("", how);
        if (parts.Terminal is { Pending: ExpectStep expect })
            Fail("", $"dialogue: line {expect.Line} waits for {expect}");
        ShowEnd(parts.Terminal is null ? "stdout" : "terminal", check.Output);
        ShowEnd("stderr", check.Error);
    }

    /// <summary>Every task sleeps, and the user has done what he has to do: this is the place.</summary>
    private bool KeepWhenIdle()
    {
        if (!_isLast || _setup.Steps is null || _parts!.Terminal!.Pending is not null || _result.Snapshot is not null || _result.Failures.Count > 0)
            return false;
        try
        {
            Keep(_parts.Machine.CaptureInPlace());
        }
        catch (SnapshotException e)
        {
            Fail("", $"the machine cannot be kept: {e.Message}");
            _parts.Machine.Stop(MachineEnd.Stopped);
        }

        return true;
    }

    private void Keep(MachineSnapshot snapshot)
    {
        _result.Snapshot = snapshot;
        _result.HasProgram = true;
        if (_parts!.Terminal is null)
            _result.InputRead = _common.Input[.._parts.Console.Position];
        _parts.Machine.Stop(MachineEnd.Stopped);
    }

    private bool Fail(string where, string message)
    {
        _result.Failures.Add($"setup{where}: {message}");
        return false;
    }

    private void ShowEnd(string name, byte[] text)
    {
        if (text.Length > 0)
            _result.Failures.Add($"its {name} was:\n{TextDifference.ShowEnd(text)}");
    }
}
