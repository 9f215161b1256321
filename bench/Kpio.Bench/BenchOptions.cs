namespace Kpio.Bench;

/// <summary>What the command line asks for.</summary>
internal sealed class BenchOptions
{
    public const string Usage = """
        kpio-bench: CPU time of KPIO beside native Linux and qemu-user

          --filter WORD[,WORD…]    programs or groups whose name holds a word. Groups: integer, fp, syscall, process (what is measured
                                   without a filter); cpu: programs that compute for half a second natively; patch: code that
                                   changes itself; real: BusyBox, bash, python3, perl, lua5.4, sqlite3, gzip, openssl;
                                   'start' for python3 -c pass, 'startup' for KPIO's own start, 'scaling' for two threads beside one,
                                   'slots' for what a call through slots costs beside a direct one,
                                   'scenarios' for what a scenario of 'kpio test' costs
          --rounds N               rounds, at least 1 (default 5); a round runs every program once on every system
          --systems LIST           of native,qemu,kpio (default all three; native is always there)
          --short                  a tenth of the work in cpu and real, a quarter in patch: for the interpreter
          --engine E               the engine of 'kpio run': the same as --kpio --engine=E
          --cpus N                 processors of 'kpio run': the same as --kpio --cpus=N
          --kpio OPTION            an option of 'kpio run', repeatable: --kpio --engine=interpreter
          --json [FILE]            the figures as JSON, to standard output or a file
          --no-startup             leave the start out
        """;

    public List<string> Filter { get; } = [];

    public int Rounds { get; private set; } = 5;

    public List<string> Systems { get; private set; } = ["native", "qemu", "kpio"];

    public List<string> KpioOptions { get; } = [];

    /// <summary>Whether the long programs do a share of their work.</summary>
    public bool Short { get; private set; }

    public bool Json { get; private set; }

    public string? JsonFile { get; private set; }

    public bool Startup { get; private set; } = true;

    /// <summary>qemu-user's program.</summary>
    public string Qemu { get; private set; } = "qemu-x86_64";

    /// <summary>The programs that are measured natively, under qemu-user and under KPIO.</summary>
    public IEnumerable<BenchmarkProgram> Programs => BenchmarkProgram.Brief.Concat(BenchmarkProgram.Computing).Concat(RealPrograms.All).Where(Selects);

    /// <summary>Whether a filter word is in the name, or there is no filter.</summary>
    public bool Selects(string name) => Filter.Count == 0 || Filter.Any(word => name.Contains(word, StringComparison.Ordinal));

    private bool Selects(BenchmarkProgram program) =>
        Filter.Count == 0 ? !BenchmarkProgram.LongGroups.Contains(program.Group) : Selects(program.Name) || Selects(program.Group);

    /// <summary>Reads the command line; the message says what is wrong with it.</summary>
    public static bool TryParse(string[] arguments, out BenchOptions options, out string message)
    {
        options = new BenchOptions();
        message = "";
        var rest = new Queue<string>(arguments);
        while (rest.TryDequeue(out string? option))
        {
            string? value = null;
            switch (option)
            {
                case "--no-startup":
                    options.Startup = false;
                    continue;
                case "--short":
                    options.Short = true;
                    continue;
                case "--json":
                    options.Json = true;
                    if (rest.TryPeek(out string? file) && !file.StartsWith('-'))
                        options.JsonFile = rest.Dequeue();
                    continue;
                case "--filter" or "--rounds" or "--systems" or "--kpio" or "--engine" or "--cpus" when rest.TryDequeue(out value):
                    break;
                default:
                    message = $"kpio-bench: unknown or incomplete option {option}";
                    return false;
            }

            switch (option)
            {
                case "--filter":
                    options.Filter.AddRange(value.Split(',', StringSplitOptions.RemoveEmptyEntries));
                    break;
                case "--kpio":
                    options.KpioOptions.Add(value);
                    break;
                case "--engine" or "--cpus":
                    options.KpioOptions.Add($"{option}={value}");
                    break;
                case "--systems":
                    options.Systems = ["native", .. value.Split(',').Where(static s => s is "qemu" or "kpio")];
                    break;
                case "--rounds" when int.TryParse(value, out int rounds) && rounds > 0:
                    options.Rounds = rounds;
                    break;
                default:
                    message = $"kpio-bench: {option} {value}: not understood";
                    return false;
            }
        }

        return true;
    }
}
