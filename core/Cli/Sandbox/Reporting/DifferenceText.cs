using System.Globalization;
using Kpio.Cli.Commands;
using Kpio.Cli.Sandbox.Comparing;
using Kpio.Cli.Sandbox.Recording;

namespace Kpio.Cli.Sandbox.Reporting;

/// <summary>Two runs compared, for people.</summary>
internal static class DifferenceText
{
    public static void Print(TextWriter output, RunComparison comparison)
    {
        (RecordedRun a, RecordedRun b) = (comparison.A, comparison.B);
        if (comparison.First is { } first)
        {
            TaskEvent either = first.Either;
            output.WriteLine($"first divergence: event {comparison.FirstIndex + 1} of task {either.Task} ({either.Program}, process {either.Pid}): {EventText.Describe(first)}");
            PrintSide(output, a.Name, first.A, a.Describe);
            PrintSide(output, b.Name, first.B, b.Describe);
            output.WriteLine();
            TextTable.Write(
                output,
                ["call", "first", "second", "same", "arguments", "result", "memory", "time", "only first", "only second"],
                comparison.Calls.Where(static call => call.Differs).Select(Cells));
            int alike = comparison.Calls.Count(static call => !call.Differs);
            if (alike > 0)
                output.WriteLine($"and {alike} kind{(alike == 1 ? "" : "s")} of events that {(alike == 1 ? "is" : "are")} the same in both");
            output.WriteLine();
        }

        TextTable.Write(output, ["", a.Name, b.Name, ""], Ends(comparison));
        output.WriteLine(comparison.IsSame ? "the same" : comparison.IsCut ? "the same as far as they went" : comparison.First is null ? "the calls are the same, their outcome differs" : "different");
    }

    private static string[] Cells(CallSummary call) =>
        [call.Name, Number(call.InA), Number(call.InB), Number(call.Same), Some(call.Arguments), Some(call.Results), Some(call.Memory), Some(call.Time), Some(call.OnlyA), Some(call.OnlyB)];

    private static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);

    private static string Some(int value) => value == 0 ? "-" : Number(value);

    /// <summary>Prints what one of two runs did where they differ.</summary>
    public static void PrintSide(TextWriter output, string name, TaskEvent? item, Func<TaskEvent, string> place)
    {
        output.WriteLine($"  {name}");
        if (item is null)
        {
            output.WriteLine("    nothing: the run has ended");
            return;
        }

        Row(item.Kind == TaskEventKind.Call ? "call" : "event", item.Line);
        if (item.Kind != TaskEventKind.Call)
            return;
        Row("result", item.Result is { } result ? Number(result) : "none: it does not return");
        Row("errno", item.Errno ?? "-");
        string label = "written";
        foreach (string line in EventText.Written(item))
        {
            Row(label, line);
            label = "";
        }

        if (item.Place is not null)
            Row("at", $"{place(item)}, 0x{item.Address.ToString("x", CultureInfo.InvariantCulture)}");
        Row("cycle", $"{Number(item.Cycle)}, {Number(item.Cycles)} in the call");

        void Row(string what, string text) => output.WriteLine($"    {what,-8} {text}");
    }

    private static IEnumerable<string[]> Ends(RunComparison comparison)
    {
        (RecordedRun a, RecordedRun b) = (comparison.A, comparison.B);
        yield return Row("ended", a.Ending, b.Ending);
        yield return Row("events", Number(a.Events.Count), Number(b.Events.Count));
        yield return Row("cycles", Number(a.Cycles), Number(b.Cycles));
        yield return Output("stdout", a.Output, b.Output);
        yield return Output("stderr", a.Error, b.Error);

        static string[] Row(string what, string one, string other) => [what, one, other, one == other ? "" : "differ"];

        static string[] Output(string what, byte[] one, byte[] other)
        {
            int common = one.AsSpan().CommonPrefixLength(other);
            bool same = common == one.Length && common == other.Length;
            int line = one.AsSpan(0, common).Count((byte)'\n') + 1;
            return [what, $"{Number(one.Length)} bytes", $"{Number(other.Length)} bytes", same ? "" : $"differ from line {Number(line)} on"];
        }
    }
}
