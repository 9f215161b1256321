using Kpio.Cli.Running;

namespace Kpio.Cli.Checkpointing;

/// <summary>Reads what <c>kpio restore</c> is to do: options of <c>kpio run</c> that do not make the machine, and the file.</summary>
internal static class RestoreArguments
{
    /// <summary>The options that a restored machine takes; the others are what it was kept with.</summary>
    public static IReadOnlyList<string> Options { get; } =
    [
        "trace", "linux-trace", "trace-format", "trace-filter", "stats", "json", "timeout", "core", "swap", "swap-every", "checkpoint", "checkpoint-stop",
        "control", "watch", "verbose",
    ];

    /// <summary>Reads the arguments and the file.</summary>
    /// <exception cref="UsageException">Something is wrong with either.</exception>
    public static RunOptions Parse(ReadOnlySpan<string> arguments)
    {
        var options = new RunOptions();
        int i = 0;
        for (; i < arguments.Length && arguments[i] is ['-', _, ..]; i++)
        {
            if (arguments[i] == "--")
            {
                i++;
                break;
            }

            int equals = arguments[i].IndexOf('=', StringComparison.Ordinal);
            string name = equals < 0 ? arguments[i] : arguments[i][..equals];
            if (RunOptionTable.Find(name.TrimStart('-')) is not null && !Options.Contains(name.TrimStart('-')))
                throw new UsageException($"{name} cannot be changed: the machine has what it was kept with");
            i = RunArguments.ApplyArgument(options, arguments, i);
        }

        if (i != arguments.Length - 1)
            throw new UsageException(i >= arguments.Length ? "no checkpoint is named: kpio restore [options] FILE" : "one checkpoint is restored at a time: kpio restore [options] FILE");
        options.Restored = RestoredMachine.Open(arguments[i], options);
        return options;
    }
}
