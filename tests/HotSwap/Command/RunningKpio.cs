using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using Kpio.Testing;

namespace Kpio.HotSwap.Tests.Command;

/// <summary>
/// A <c>kpio run</c> of a shell that writes back each line which it is given: what becomes of a line shows which plugin is in force, whatever
/// the time.
/// </summary>
internal sealed class RunningKpio : IDisposable
{
    private const string Echo = "while read -r line; do echo \"$line\"; done";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    private readonly Process _process;
    private readonly BlockingCollection<string> _output = [];
    private readonly List<string> _error = [];

    /// <summary>Starts it.</summary>
    /// <param name="options">Options of <c>kpio run</c>.</param>
    /// <param name="environment">Further variables.</param>
    public RunningKpio(IEnumerable<string> options, IReadOnlyDictionary<string, string>? environment = null)
    {
        KpioCommandRunner.Invoke(["--version"], "/"); // builds it
        var start = new ProcessStartInfo(KpioCommandRunner.Command)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = "/",
        };
        foreach (string argument in (string[])["run", .. options, "busybox", "sh", "-c", Echo])
            start.ArgumentList.Add(argument);
        start.Environment.Clear();
        foreach ((string name, string value) in environment is null ? ProgramRun.PlainEnvironment : ProgramRun.PlainEnvironment.Concat(environment))
            start.Environment[name] = value;
        _process = Process.Start(start) ?? throw new InvalidOperationException("kpio did not start.");
        _process.OutputDataReceived += (_, line) =>
        {
            if (line.Data is not null)
                _output.Add(line.Data);
        };
        _process.ErrorDataReceived += (_, line) =>
        {
            lock (_error)
                _error.Add(line.Data ?? "");
        };
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>The number of the process.</summary>
    public string Pid => _process.Id.ToString(CultureInfo.InvariantCulture);

    /// <summary>What is on standard error so far.</summary>
    public string Error
    {
        get
        {
            lock (_error)
                return string.Join('\n', _error);
        }
    }

    /// <summary>Says a line to the guest and answers what it says.</summary>
    public string Ask(string line)
    {
        _process.StandardInput.WriteLine(line);
        _process.StandardInput.Flush();
        return _output.TryTake(out string? answer, Patience) ? answer : throw new TimeoutException($"The guest says nothing; on standard error: {Error}");
    }

    /// <summary>Asks until the answer is there.</summary>
    public void AskUntil(string line, string expected) => Wait(() => Ask(line) == expected, $"the answer {expected}");

    /// <summary>Waits until standard error has a text.</summary>
    public void WaitForError(string text) => Wait(() => Error.Contains(text, StringComparison.Ordinal), text);

    /// <summary>Waits until the machine listens at a socket.</summary>
    public void WaitForSocket(string path) => Wait(
        () =>
        {
            try
            {
                new SocketClient(path).Dispose();
                return true;
            }
            catch (SocketException)
            {
                return false;
            }
        },
        "a socket");

    /// <summary>Waits for something.</summary>
    public void Wait(Func<bool> isTrue, string what)
    {
        var watch = Stopwatch.StartNew();
        while (!isTrue())
        {
            if (watch.Elapsed > Patience)
                throw new TimeoutException($"There is still not {what}; on standard error: {Error}");
            Thread.Sleep(20);
        }
    }

    /// <summary>Ends the guest's input, and so the run; answers the exit code.</summary>
    public int End()
    {
        _process.StandardInput.Close();
        return WaitForExit();
    }

    /// <summary>Waits for the end of the run; answers the exit code.</summary>
    public int WaitForExit()
    {
        if (!_process.WaitForExit(Patience))
            throw new TimeoutException($"kpio does not end; on standard error: {Error}");
        _process.WaitForExit();
        return _process.ExitCode;
    }

    public void Dispose()
    {
        if (!_process.HasExited)
            _process.Kill(entireProcessTree: true);
        _process.WaitForExit();
        _process.Dispose();
        _output.Dispose();
    }
}
