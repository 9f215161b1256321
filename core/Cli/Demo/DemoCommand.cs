using System.CommandLine;
using Kpio.Cli.Running;

namespace Kpio.Cli.Demo;

/// <summary><c>kpio demo</c>: boots machines and runs the real BusyBox and a C program on them, with tracing and statistics shown.</summary>
internal static class DemoCommand
{
    private const int OwnFailure = 125;

    public static Command Create()
    {
        var command = new Command("demo", "Run BusyBox and a C program on the emulated machine: a first look, in seconds.");
        command.SetAction(_ => Execute());
        return command;
    }

    private static int Execute()
    {
        string folder = DemoFolder.Create();
        Say("KPIO: an emulated x86-64 machine whose kernel is made of plugins. Every program below is an ordinary");
        Say("Linux binary; its instructions and system calls are executed by KPIO, none of them by this machine's kernel.");

        if (!DemoPrograms.TryFindBusyBox(folder, Say, out string? busyBox, out string problem))
        {
            Console.Error.WriteLine($"kpio: {problem}");
            return OwnFailure;
        }

        string program = DemoPrograms.CompileOrAssemble(folder, Say);
        string[][] steps =
        [
            [busyBox, "uname", "-srm"],
            [busyBox, "echo", "hello from BusyBox"],
            [busyBox, "head", "-n", "3", "/etc/os-release"],
            [busyBox, "sha256sum", busyBox],
            [busyBox, "awk", "BEGIN { f = 1; for (i = 1; i <= 8; i++) printf \"%d! = %d  \", i, f *= i; print \"22/7 =\", 22 / 7 }"],
            [busyBox, "sh", "-c", "for plugin in vfs memory process abi; do echo \"plugin: $plugin\"; done"],
            [program, "second"],
            ["--stats", program, "second"],
            ["--trace", "--trace-format", "strace", busyBox, "cat", "/etc/hostname"],
            ["--trace", busyBox, "true"],
        ];
        foreach (string[] step in steps)
        {
            Say("");
            Say("$ kpio run " + string.Join(' ', step.Select(Quote)));
            int code = RunCommand.Execute(step);
            if (code != 0)
            {
                Console.Error.WriteLine($"kpio: the demo's program ended with exit code {code}");
                return OwnFailure;
            }
        }

        Say("");
        Say("Next: kpio run PROGRAM [ARGUMENT...], kpio run --help, kpio abi list");
        return 0;
    }

    private static string Quote(string word) => word.Any(static c => !char.IsAsciiLetterOrDigit(c) && !"-_./=,".Contains(c, StringComparison.Ordinal)) ? $"'{word.Replace("'", "'\\''", StringComparison.Ordinal)}'" : word;

    // What a guest prints goes to the descriptor itself: everything of ours has to be out before.
    private static void Say(string line)
    {
        Console.Out.WriteLine(line);
        Console.Out.Flush();
    }
}
