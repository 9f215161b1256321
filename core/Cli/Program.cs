using Kpio.Cli.Commands;
using Kpio.Cli.Running;

namespace Kpio.Cli;

/// <summary>The <c>kpio</c> command.</summary>
internal static class Program
{
    private static int Main(string[] arguments)
    {
        List<byte[]> environment = GuestStrings.ReadEnvironment();
        if (PackageSources.HaveChanged(environment))
            return PackageSources.BuildAndStart(arguments, environment);

        // "run" has a parser of its own: the general one costs more at start than a short program runs (docs/adr/0006).
        if (arguments is ["run", ..] && !RunArguments.AsksForHelp(arguments))
            return RunCommand.ExecuteAndEnd(arguments.AsSpan(1), environment);
        if (arguments is ["restore", ..] && !RunArguments.AsksForHelp(arguments))
            return RunCommand.RestoreAndEnd(arguments.AsSpan(1), environment);
        return CommandTree.Execute(arguments);
    }
}
