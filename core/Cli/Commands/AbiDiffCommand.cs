using System.CommandLine;
using System.Text;
using Kpio.Cli.Running;
using Kpio.Cli.Sandbox;
using Kpio.Cli.Sandbox.Comparing;
using Kpio.Cli.Sandbox.Recording;
using Kpio.Cli.Sandbox.Reporting;
using Kpio.Contracts.Abi;

namespace Kpio.Cli.Commands;

/// <summary><c>kpio abi diff</c>: two interfaces compared, by what they say of themselves, or by what a program does under them.</summary>
internal static class AbiDiffCommand
{
    private const int Different = 1;
    private const int Unusable = 2;

    public static Command Create()
    {
        var a = new Argument<string>("A") { Description = AbiChoice.Description };
        var b = new Argument<string>("B") { Description = "The other interface, named in the same way." };
        var program = new Argument<string[]>("PROGRAM [ARGUMENT...]") { Description = "Run this program under both, from the same state, and compare what it does.", Arity = ArgumentArity.ZeroOrMore };
        var json = new Option<bool>("--json") { Description = "Print JSON." };
        var html = new Option<string?>("--html") { Description = "Write both traces side by side to FILE, a page for a browser.", HelpName = "FILE" };
        var command = new Command("diff", """
            Compare two interfaces: their catalogs, or what a program does under each. Both runs are deterministic and start from the same
            state; what they write to files stays in memory. Exit code: 0 when they are the same, 1 when they differ, 2 when that cannot be
            found out.

            Examples:
              kpio abi diff linux kpio-tier-a
              kpio abi diff linux linux:variant.cs -- ./hello
              kpio abi diff --html diff.html linux linux:A+B -- busybox ls -l /etc
            """) { a, b, program, json, html };
        var options = new SandboxOptions(command);
        command.SetAction(result =>
        {
            (string one, string other) = (result.GetValue(a)!, result.GetValue(b)!);
            string[] words = result.GetValue(program) ?? [];
            RunOptions first = options.Read(result, one, words);
            RunOptions second = options.Read(result, other, words);
            if (words.Length > 0)
                return CompareRuns(first, second, one, other, options.MostEvents(result), result.GetValue(json), result.GetValue(html));
            if (result.GetValue(html) is not null)
                throw new UsageException("--html shows two runs: name a program behind --");
            return CompareCatalogs(first, second, one, other, result.GetValue(json));
        });
        return command;
    }

    private static int CompareCatalogs(RunOptions a, RunOptions b, string one, string other, bool json)
    {
        AbiCatalog first = AbiChoice.Catalog(a);
        var comparison = new CatalogComparison(first, AbiChoice.Catalog(b));
        if (json)
            Console.Out.WriteLine(JsonText.Of(writer => comparison.Write(writer, one, other)));
        else
            comparison.Print(Console.Out, one, other);
        return comparison.IsEmpty ? 0 : Different;
    }

    private static int CompareRuns(RunOptions a, RunOptions b, string one, string other, int most, bool json, string? html)
    {
        var world = SharedWorld.Create();
        using var first = new RecordedRun(one, a, world, most);
        using var second = new RecordedRun(other, b, world, most);
        Execute(first);
        Execute(second);
        var comparison = new RunComparison(first, second);
        if (html is not null)
            WritePage(html, comparison);
        if (json)
            Console.Out.WriteLine(JsonText.Of(writer => DifferenceJson.Write(writer, comparison, pairs: 0)));
        else
            DifferenceText.Print(Console.Out, comparison);
        if (!comparison.IsCut)
            return comparison.IsSame ? 0 : Different;
        RecordedRun cut = first.IsComplete ? second : first;
        Console.Error.WriteLine($"kpio: the runs are the same as far as they went: {cut.Name}: {cut.Ending}");
        return Unusable;
    }

    private static void Execute(RecordedRun run)
    {
        try
        {
            run.Execute();
        }
        finally
        {
            foreach (string note in run.Notes)
                Console.Error.WriteLine($"kpio: {run.Name}: {note}");
        }
    }

    private static void WritePage(string path, RunComparison comparison)
    {
        try
        {
            File.WriteAllText(path, DifferencePage.Of(comparison), new UTF8Encoding(encoderShouldEmitUTF8Identifier: false));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"--html {path}: {ErrorText.Of(e)}", e);
        }
    }
}
