using System.Text.RegularExpressions;
using Kpio.Contracts.Platform;
using Kpio.Testing;

namespace Kpio.Debugger.Tests.Gdb;

/// <summary>Debian's gdb in batch mode, natively and on a machine, and what their transcripts have in common.</summary>
internal static partial class GdbScript
{
    private static readonly string[] Settings = ["set pagination off", "set confirm off", "set width 0", "set debuginfod enabled off", "set startup-with-shell on"];

    /// <summary>Runs commands on a machine; the guest's own output and exit code are in <paramref name="guest"/>.</summary>
    public static string OnKpio(string program, string[] arguments, string[] commands, out RunResult guest, CpuModel model = CpuModel.V2)
    {
        using var run = new DebuggedRun(program, model, arguments);
        string transcript = Start([.. Settings, $"target remote {run.Socket}", .. commands], program);
        guest = run.Wait();
        return transcript;
    }

    /// <summary>Runs commands natively, from the program's first instruction on, as the other does.</summary>
    public static string OnLinux(string program, string[] arguments, string[] commands) =>
        Start([.. Settings, $"set args {string.Join(' ', arguments)} >/dev/null", "starti", .. commands], program);

    /// <summary>Takes out of a transcript what differs between two runs: stack addresses, process numbers, how gdb connected.</summary>
    public static string Normalize(string transcript)
    {
        IEnumerable<string> lines = transcript.Split('\n')
            .Select(static line => Addresses().Replace(line, "STACK"))
            .Select(static line => Tasks().Replace(line, "TASK"))
            .Select(static line => Numbers().Replace(line, "Thread N \""))
            .Select(static line => Spaces().Replace(line, " ").Trim())
            .Where(static line => line.Length > 0 && !Noise().IsMatch(line));
        return string.Join('\n', lines);
    }

    /// <summary>Asserts that both transcripts have the same lines.</summary>
    public static void AssertSame(string program, string[] arguments, params string[] commands) => AssertSame(program, CpuModel.V2, arguments, commands);

    /// <summary>The same on a model of processor.</summary>
    public static void AssertSame(string program, CpuModel model, string[] arguments, params string[] commands)
    {
        string expected = OnLinux(program, arguments, commands);
        string actual = OnKpio(program, arguments, commands, out _, model);
        Assert.True(Normalize(expected) == Normalize(actual), $"natively:\n{Normalize(expected)}\n\non KPIO:\n{Normalize(actual)}");
    }

    private static string Start(IEnumerable<string> commands, string program)
    {
        IEnumerable<string> arguments = commands.SelectMany(static command => new[] { "-ex", command });
        RunResult result = ChildProcess.Run("gdb", ["-nx", "-batch", .. arguments, program], "/", ProgramRun.PlainEnvironment, timeout: TimeSpan.FromMinutes(2));
        Assert.False(result.TimedOut, result.OutputText + result.ErrorText);
        return result.OutputText + result.ErrorText;
    }

    [GeneratedRegex("0x0*7ff[0-9a-f]{9}")]
    private static partial Regex Addresses();

    [GeneratedRegex(@"Thread 0x[0-9a-f]+ \(LWP \d+\)|Thread \d+\.\d+|process \d+|LWP \d+")]
    private static partial Regex Tasks();

    // gdb counts threads in the order in which it hears of them.
    [GeneratedRegex("Thread \\d+ \"")]
    private static partial Regex Numbers();

    [GeneratedRegex(" +")]
    private static partial Regex Spaces();

    [GeneratedRegex(@"^Program stopped|libthread_db|from remote target|File transfers from remote|^\[New |^\[TASK exited|in _start \(\)( from .*)?$|^\* 1 TASK .*(native|remote)|^Num Description|^warning: Error disabling address space")]
    private static partial Regex Noise();
}
