using System.Globalization;
using System.Text;

namespace Kpio.Bench;

/// <summary>Programs as Debian installs them, on inputs of the bench's own making: the same on every run.</summary>
internal static class RealPrograms
{
    /// <summary>The group <c>real</c>, and the start of Python in the group <c>start</c>.</summary>
    public static IReadOnlyList<BenchmarkProgram> All { get; } =
    [
        new("python3-pass", "start", 0) { Command = ["/usr/bin/python3", "-c", "pass"] },
        Real("busybox-sh", 70_000, 7_000, "busybox", "sh", "{scripts}/loop.sh", "{size}"),
        Real("busybox-awk", 40_000, 4_000, "busybox", "awk", "-f", "{scripts}/work.awk", "{lines}"),
        Real("busybox-sort", 250_000, 30_000, "busybox", "sort", "-n", "{lines}"),
        Real("busybox-gzip", 250_000, 25_000, "busybox", "gzip", "-c", "{lines}"),
        Real("busybox-sha256sum", 1_500_000, 150_000, "busybox", "sha256sum", "{lines}"),
        Real("bash-static", 35_000, 3_500, "bash-static", "{scripts}/loop.sh", "{size}"),
        Real("python3", 1_000_000, 100_000, "/usr/bin/python3", "{scripts}/work.py", "{size}"),
        Real("perl", 250_000, 25_000, "/usr/bin/perl", "{scripts}/work.pl", "{size}"),
        Real("lua5.4", 2_500_000, 250_000, "/usr/bin/lua5.4", "{scripts}/work.lua", "{size}"),
        Real("sqlite3", 150_000, 15_000, "/usr/bin/sqlite3", "-cmd", ".parameter set :size {size}", ":memory:", ".read {scripts}/work.sql"),
        Real("gzip", 250_000, 25_000, "/usr/bin/gzip", "-n", "-c", "{lines}"),
        Real(
            "openssl", 1_000_000, 100_000, "/usr/bin/openssl", "kdf", "-keylen", "32", "-kdfopt", "digest:SHA512", "-kdfopt", "pass:kpio", "-kdfopt", "salt:salty",
            "-kdfopt", "iter:{size}", "PBKDF2"),
    ];

    /// <summary>A program's command line for a size; makes the file that it reads.</summary>
    /// <exception cref="InvalidOperationException">The program is not installed.</exception>
    public static IReadOnlyList<string> Command(BenchmarkProgram program, long size, Workspace workspace)
    {
        List<string> command = [.. program.Command.Select(word => word
            .Replace("{size}", size.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal)
            .Replace("{scripts}", Path.Combine(workspace.Root, "bench", "real"), StringComparison.Ordinal)
            .Replace("{lines}", word.Contains("{lines}", StringComparison.Ordinal) ? Lines(size, workspace) : "", StringComparison.Ordinal))];
        string path = command[0].StartsWith('/') ? command[0] : Workspace.Find(command[0]) ?? command[0];
        command[0] = File.Exists(path) ? path : throw new InvalidOperationException($"{program.Name}: {command[0]} is not installed: ./test.sh installs what is missing.");
        return command;
    }

    private static BenchmarkProgram Real(string name, long size, long shortSize, params string[] command) =>
        new(name, "real", size) { ShortSize = shortSize, Command = command };

    // A number and six words in each line, of a linear congruence's making.
    private static string Lines(long count, Workspace workspace)
    {
        string path = Path.Combine(workspace.Output, $"lines-{count}");
        if (File.Exists(path))
            return path;
        uint state = 1;
        uint Next() => (state = state * 1664525 + 1013904223) >> 8;
        using (var file = new StreamWriter(path + ".new", append: false, Encoding.ASCII))
        {
            for (long line = 0; line < count; line++)
            {
                file.Write(Next() & 0xfffff);
                for (int word = 0; word < 6; word++)
                {
                    file.Write(' ');
                    uint letters = Next();
                    for (uint left = 1 + Next() % 6; left > 0; left--, letters >>= 4)
                        file.Write("etaoinshrdlucmfw"[(int)(letters & 15)]);
                    uint number = Next();
                    if ((number & 0x8000) != 0)
                        file.Write(number % 1000);
                }

                file.Write('\n');
            }
        }

        File.Move(path + ".new", path, overwrite: true);
        return path;
    }
}
