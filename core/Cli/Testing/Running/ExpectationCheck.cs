using System.Text.RegularExpressions;
using Kpio.Cli.Running;
using Kpio.Cli.Testing.Reporting;
using Kpio.Cli.Testing.Scenarios;
using Kpio.Contracts.Process;
using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;
using Kpio.Kernel;

namespace Kpio.Cli.Testing.Running;

/// <summary>Compares what came of a run with what was expected.</summary>
internal sealed class ExpectationCheck
{
    private const int LargestFile = 64 << 20;
    private readonly Scenario _scenario;
    private readonly Expectations _expect;
    private readonly ScenarioRun _run;
    private readonly bool _updates;

    public ExpectationCheck(Scenario scenario, ScenarioRun run, bool updates)
    {
        _scenario = scenario;
        _expect = scenario.Expect;
        _run = run;
        _updates = updates;
    }

    /// <summary>How the machine and the program ended, and how far the dialogue came.</summary>
    public void End(in MachineExit exit, ScriptedTerminal? terminal)
    {
        switch (exit.End)
        {
            case MachineEnd.Finished:
                var actual = exit.Signal == Signal.None ? new ExpectedExit((exit.WaitStatus >> 8) & 0xFF, Signal.None) : new ExpectedExit(null, exit.Signal);
                if (actual != _expect.Exit)
                    Fail($"exit: expected {_expect.Exit}, but it {(actual.Code is null ? "was " : "")}{actual}");
                break;
            case MachineEnd.TimedOut:
                Fail($"the time limit of {_scenario.TimeLimit.TotalSeconds:0.###} s is over");
                break;
            default:
                Fail(exit.Message ?? exit.End.ToString());
                break;
        }

        if (exit.End != MachineEnd.Finished && terminal is { Pending: not ExpectStep })
            Fail($"the terminal has shown at last:\n{TextDifference.ShowEnd(terminal.Shown)}");

        if (terminal?.Failure is { } failure)
            Fail(failure);
        else if (terminal?.Pending is { } step)
            Fail(step is ExpectStep expect
                ? $"dialogue: line {step.Line} waits for {expect}; since the step before the terminal has shown:\n{TextDifference.Show(terminal.ShownSince)}"
                : $"dialogue: line {step.Line} was not reached");
    }

    /// <summary>Both outputs.</summary>
    public void Output()
    {
        Compare(_scenario.Terminal is null ? "stdout" : "terminal", _expect.Output, _run.Output);
        Compare("stderr", _expect.Error, _run.Error);
    }

    /// <summary>Files of the guest's tree.</summary>
    public void Files(Machine machine)
    {
        foreach (ExpectedFile file in _expect.Files)
        {
            byte[] path = GuestStrings.Encode(file.Path);
            if (!machine.Files.Stat(path).TryGet(out NodeAttributes attributes, out Errno error))
            {
                if (!file.IsAbsent)
                    Fail($"file {file.Path}: {ErrorText.Of(error)}");
                else if (error is not (Errno.ENOENT or Errno.ENOTDIR))
                    Fail($"file {file.Path}: {ErrorText.Of(error)}");
                continue;
            }

            if (file.IsAbsent)
                Fail($"file {file.Path} is there, and must not be");
            if (file.Permissions is { } mode && attributes.Permissions != mode)
                Fail($"file {file.Path}: expected mode {Octal(mode)}, but it is {Octal(attributes.Permissions)}");
            if (file.Link is { } link)
                CompareLink(machine, file.Path, path, link);
            if (file.Content is null)
                continue;
            if (machine.Files.Read(path, LargestFile).TryGet(out byte[]? content, out error))
                Compare($"file {file.Path}", file.Content, content);
            else
                Fail($"file {file.Path}: {(error == Errno.EINVAL ? "it is no regular file" : ErrorText.Of(error))}");
        }
    }

    /// <summary>System calls.</summary>
    public void Calls(CallWatch calls)
    {
        foreach (string name in _expect.Must)
        {
            if (calls.Knows(name) && !calls.WasMade(name))
                Fail($"syscalls: {name} must be made, and was not");
        }

        foreach (string name in _expect.Never)
        {
            if (calls.WasMade(name))
                Fail($"syscalls: {name} must never be made, and was");
        }
    }

    /// <summary>The trace.</summary>
    public void Trace(byte[] trace) => CompareFile("trace", _expect.Trace!, trace);

    private void CompareLink(Machine machine, string name, byte[] path, string expected)
    {
        if (!machine.Files.ReadLink(path).TryGet(out byte[]? target, out Errno error))
            Fail($"file {name}: {(error == Errno.EINVAL ? "it is no link" : ErrorText.Of(error))}");
        else if (!target.AsSpan().SequenceEqual(GuestStrings.Encode(expected)))
            Fail($"file {name}: expected a link to {expected}, but it leads to {TextDifference.Show(target)}");
    }

    private void Compare(string what, TextExpectation? expected, byte[] actual)
    {
        switch (expected)
        {
            case null:
                break;
            case { Pattern: { } pattern }:
                Match(what, pattern, actual);
                break;
            case { Contains: { } part }:
                if (actual.AsSpan().IndexOf(System.Text.Encoding.UTF8.GetBytes(part)) < 0)
                    Fail($"{what} does not contain \"{part}\"; it is:\n{TextDifference.Show(actual)}");
                break;
            case { Exact.Path: { } path }:
                CompareFile(what, path, actual);
                break;
            default:
                CompareBytes(what, expected.Exact!.Read(), actual);
                break;
        }
    }

    private void CompareFile(string what, string path, byte[] actual)
    {
        try
        {
            byte[]? expected = File.Exists(path) ? File.ReadAllBytes(path) : null;
            if (_updates && (expected is null || !expected.AsSpan().SequenceEqual(actual)))
            {
                Directory.CreateDirectory(Path.GetDirectoryName(path)!);
                File.WriteAllBytes(path, actual);
                _run.Updated.Add(path);
            }
            else if (expected is null)
            {
                Fail($"{what}: there is no {path}; --update writes it");
            }
            else
            {
                CompareBytes(what, expected, actual, $" (expected is {path})");
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Fail($"{what}: {path}: {ErrorText.Of(e)}");
        }
    }

    private void CompareBytes(string what, byte[] expected, byte[] actual, string from = "")
    {
        if (!actual.AsSpan().SequenceEqual(expected))
            Fail($"{what} differs{from}{TextDifference.Describe(expected, actual)}");
    }

    private void Match(string what, Regex pattern, byte[] actual)
    {
        try
        {
            if (!pattern.IsMatch(System.Text.Encoding.UTF8.GetString(actual)))
                Fail($"{what} does not match /{pattern}/; it is:\n{TextDifference.Show(actual)}");
        }
        catch (RegexMatchTimeoutException)
        {
            Fail($"{what}: the pattern /{pattern}/ took more than {pattern.MatchTimeout.TotalSeconds:0} s");
        }
    }

    private static string Octal(uint permissions) => "0" + Convert.ToString(permissions, 8).PadLeft(3, '0');

    private void Fail(string message) => _run.Failures.Add(message);
}
