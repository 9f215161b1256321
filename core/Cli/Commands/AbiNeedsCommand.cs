using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Kpio.Cli.Running;
using Kpio.Cli.Sandbox;
using Kpio.Cli.Sandbox.Needs;
using Kpio.Cli.Sandbox.Recording;

namespace Kpio.Cli.Commands;

/// <summary><c>kpio abi needs</c>: the calls that a program needs, and which of them an interface lacks.</summary>
internal static class AbiNeedsCommand
{
    private const int Lacking = 1;
    private const string Reference = "linux";

    public static Command Create()
    {
        var abi = new Option<string>("--abi") { Description = "The interface that is asked about: " + AbiChoice.Description, HelpName = "NAME|PATH", DefaultValueFactory = static _ => Reference };
        var program = new Argument<string[]>("PROGRAM [ARGUMENT...]") { Description = "The program, and its arguments for the run.", Arity = ArgumentArity.OneOrMore };
        var json = new Option<bool>("--json") { Description = "Print JSON." };
        var lacking = new Option<bool>("--lacking") { Description = "Only what the interface lacks." };
        var command = new Command("needs", """
            Tell which system calls a program needs, and what of them: by its code and that of its libraries, and by a deterministic run under
            linux. Exit code: 0 when the interface has all that the run made, 1 when it lacks some of it, 2 when that cannot be found out.

            Examples:
              kpio abi needs busybox ls
              kpio abi needs --abi kpio-tier-a --lacking -- ./server --once
            """) { abi, json, lacking, program };
        var options = new SandboxOptions(command);
        command.SetAction(result =>
        {
            string[] words = result.GetValue(program)!;
            string name = result.GetValue(abi)!;
            var world = SharedWorld.Create();
            using var run = new RecordedRun(Reference, options.Read(result, Reference, words), world, options.MostEvents(result));
            using RecordedRun? other = name == Reference ? null : new RecordedRun(name, options.Read(result, name, words), world, options.MostEvents(result));
            RecordedRun chosen = other ?? run;
            var needs = new ProgramNeeds(run.Catalog, chosen.Catalog);
            run.Execute();
            other?.Execute();
            var missing = new List<string>();
            StaticScan? scan = Scan(run, missing);
            if (scan is not null)
                needs.Add(scan);
            needs.AddRun(run.Events);
            if (other is not null)
                needs.AddAnswers(other.Events);
            var report = new Report(name, needs, run, other, scan, missing, result.GetValue(lacking));
            if (result.GetValue(json))
                Console.Out.WriteLine(JsonText.Of(writer => Write(writer, report)));
            else
                Print(report);
            foreach (string note in run.Notes.Concat(other?.Notes ?? []))
                Console.Error.WriteLine($"kpio: {note}");
            return needs.Calls.Any(static call => (call.Made > 0 && call.IsLacking) || call.Operations.Any(static operation => operation.Made > 0 && operation.IsLacking)) ? Lacking : 0;
        });
        return command;
    }

    private static StaticScan? Scan(RecordedRun run, List<string> missing)
    {
        List<CodeModule> modules = run.ProgramPath is { } path ? ProgramModules.Read(run, path, missing) : [];
        return modules.Count == 0 ? null : new StaticScan(modules);
    }

    private static void Print(Report report)
    {
        IEnumerable<CallNeed> calls = report.Calls;
        TextTable.Write(Console.Out, ["number", "call", "code", "made", "in " + report.Abi, "notes"], calls.SelectMany(Rows));
        foreach (string line in Remarks(report))
            Console.Out.WriteLine(line);
        string[] lacks = [.. report.Needs.Calls.Where(static call => call.IsLacking).Select(static call => call.Made > 0 ? call.Name : call.Name + " (not made)")];
        Console.Out.WriteLine(lacks.Length == 0 ? $"{report.Abi} has all of them" : $"{report.Abi} lacks {lacks.Length} of {report.Needs.Calls.Count}: {string.Join(", ", lacks)}");
    }

    private static IEnumerable<string> Remarks(Report report)
    {
        if (report.Scan is null)
            yield return "the code was not read: the program is no ELF file, a script perhaps";
        else if (report.Scan.Unknown > 0)
            yield return $"{report.Scan.Unknown} places in the code make calls whose number they compute";
        if (report.Missing.Count > 0)
            yield return $"libraries that were not found: {string.Join(", ", report.Missing)}";
        yield return $"the run under linux: {report.Run.Ending}{(report.Other is { } other ? $"; under {other.Name}: {other.Ending}" : "")}";
    }

    private static IEnumerable<string[]> Rows(CallNeed call)
    {
        string code = (call.InProgram, call.InLibraries) switch
        {
            (true, true) => "program, library",
            (true, false) => "program",
            (false, true) => "library",
            _ => "-",
        };
        yield return [Number(call.Number), call.Name, code, Count(call.Made), call.Info is null ? "none" : CallText.Support(call.Info), call.Info?.Note ?? ""];
        foreach (Operation operation in call.Operations)
        {
            string answer = operation.Chosen.Of == 0 ? "-" : operation.Chosen.Refused == 0 ? "done" : $"refused {operation.Chosen.Refused} of {operation.Chosen.Of}";
            yield return ["", $"  {operation.Argument} {operation.Value}", operation.IsInCode ? "yes" : "-", Count(operation.Made), answer, operation.IsLacking ? "lacking" : ""];
        }
    }

    private static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);

    private static string Count(int value) => value == 0 ? "-" : Number(value);

    private static void Write(Utf8JsonWriter writer, Report report)
    {
        writer.WriteStartObject();
        writer.WriteString("abi", report.Abi);
        writer.WriteString("program", report.Run.ProgramPath);
        writer.WriteBoolean("codeRead", report.Scan is not null);
        writer.WriteNumber("computedNumbers", report.Scan?.Unknown ?? 0);
        writer.WriteStartArray("missingLibraries");
        foreach (string name in report.Missing)
            writer.WriteStringValue(name);
        writer.WriteEndArray();
        writer.WriteString("ended", report.Run.Ending);
        writer.WriteString("endedUnderAbi", (report.Other ?? report.Run).Ending);
        writer.WriteStartArray("calls");
        foreach (CallNeed call in report.Calls)
            Write(writer, call);
        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter writer, CallNeed call)
    {
        writer.WriteStartObject();
        writer.WriteNumber("number", call.Number);
        writer.WriteString("name", call.Name);
        writer.WriteBoolean("inProgram", call.InProgram);
        writer.WriteBoolean("inLibraries", call.InLibraries);
        writer.WriteNumber("made", call.Made);
        writer.WriteString("support", call.Info is null ? "none" : CallText.Support(call.Info));
        writer.WriteBoolean("lacking", call.IsLacking);
        writer.WriteString("note", call.Info?.Note ?? "");
        writer.WriteStartArray("operations");
        foreach (Operation operation in call.Operations)
        {
            writer.WriteStartObject();
            writer.WriteString("argument", operation.Argument);
            writer.WriteString("value", operation.Value);
            writer.WriteBoolean("inCode", operation.IsInCode);
            writer.WriteNumber("made", operation.Made);
            writer.WriteNumber("refused", operation.Chosen.Refused);
            writer.WriteNumber("answered", operation.Chosen.Of);
            writer.WriteBoolean("lacking", operation.IsLacking);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    /// <summary>What is to be told.</summary>
    private sealed record Report(string Abi, ProgramNeeds Needs, RecordedRun Run, RecordedRun? Other, StaticScan? Scan, List<string> Missing, bool OnlyLacking)
    {
        public IEnumerable<CallNeed> Calls => OnlyLacking ? Needs.Calls.Where(static call => call.IsLacking || call.Operations.Any(static operation => operation.IsLacking)) : Needs.Calls;
    }
}
