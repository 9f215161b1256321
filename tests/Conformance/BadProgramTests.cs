using System.Buffers.Binary;
using System.Text;
using Kpio.Testing;

namespace Kpio.Conformance.Tests;

/// <summary>Files that are no programs: one line on standard error, exit code 126 or 127, never a stack trace.</summary>
public sealed class BadProgramTests
{
    private static byte[] Good { get; } = File.ReadAllBytes(GuestProgram.Build("programs/hello.c"));

    // Each is made from a good program, so that only the one thing is wrong.
    private static readonly Dictionary<string, Func<byte[]>> Files = new()
    {
        ["empty"] = static () => [],
        ["text"] = static () => "this is no program\n"u8.ToArray(),
        ["one byte"] = static () => [0x7F],
        ["magic only"] = static () => Good[..4],
        ["half a header"] = static () => Good[..40],
        ["header only"] = static () => Good[..64],
        ["no program headers in the file"] = static () => Good[..100],
        ["32-bit class"] = static () => Changed(4, 1),
        ["big endian"] = static () => Changed(5, 2),
        ["another version"] = static () => Changed(20, 9),
        ["ARM"] = static () => Changed16(18, 40),
        ["AArch64"] = static () => Changed16(18, 183),
        ["i386"] = static () => Changed16(18, 3),
        ["object file"] = static () => Changed16(16, 1),
        ["core dump"] = static () => Changed16(16, 4),
        ["type 0"] = static () => Changed16(16, 0),
        ["no program headers"] = static () => Changed16(56, 0),
        ["65535 program headers"] = static () => Changed16(56, 0xFFFF),
        ["program headers of another size"] = static () => Changed16(54, 32),
        ["program headers beyond the file"] = static () => Changed64(32, 1L << 40),
        ["program headers at a negative offset"] = static () => Changed64(32, -64),
        ["segment beyond the file"] = static () => Segment(8, 1L << 40),
        ["segment in the kernel's half"] = static () => Segment(16, unchecked((long)0xFFFF800000000000)),
        ["segment at the top of the lower half"] = static () => Segment(16, 0x7FFFFFFFF000),
        ["segment that wraps around"] = static () => Segment(40, -4096),
        ["segment larger in the file than in memory"] = static () => Segment(40, 1),
        ["segment of an absurd size"] = static () => Segment(40, 1L << 46),
        ["segments that overlap"] = static () => Overlap(),
        ["address and offset that do not agree"] = static () => Segment(8, 3),
    };

    public static TheoryData<string> Names => [.. Files.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void BadFileIsRefusedInOneLine(string name)
    {
        using var scratch = new ScratchDirectory();
        string path = scratch.Write("program", Files[name]());
        MakeExecutable(path);
        RunResult result = Runners.Command.Run(new ProgramRun(path) { Timeout = TimeSpan.FromSeconds(20) }, scratch);
        Assert.False(result.TimedOut);
        AssertNoTrace(result);
        // Linux starts some of these and lets them die on their first instruction: then a signal is as good.
        if (result.ExitCode is > 128 and < 160)
            return;
        if (result.ExitCode == 42)
        {
            // What Linux runs as if nothing were wrong, KPIO may run too: but then it has to agree.
            Assert.Equal(42, new NativeRunner().Run(new ProgramRun(path), scratch).ExitCode);
            return;
        }

        Assert.Equal(126, result.ExitCode);
        AssertOneLine(result);
    }

    [Fact]
    public void MissingProgramIs127()
    {
        using var scratch = new ScratchDirectory();
        foreach (string missing in (string[])[scratch.Path + "/missing", "no-such-program-anywhere", scratch.Path + "/missing/deeper"])
        {
            RunResult result = Runners.Command.Run(new ProgramRun(missing), scratch);
            Assert.Equal(127, result.ExitCode);
            AssertOneLine(result);
            Assert.Contains(missing, result.ErrorText, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void DirectoryIs126()
    {
        using var scratch = new ScratchDirectory();
        RunResult result = Runners.Command.Run(new ProgramRun(scratch.Path), scratch);
        Assert.Equal(126, result.ExitCode);
        AssertOneLine(result);
    }

    [Fact]
    public void FileWithoutPermissionIs126()
    {
        using var scratch = new ScratchDirectory();
        string path = scratch.Write("program", Good);
        RunResult result = Runners.Command.Run(new ProgramRun(path), scratch);
        Assert.Equal(126, result.ExitCode);
        AssertOneLine(result);
    }

    [Fact]
    public void ScriptWhoseInterpreterIsMissingIsRefused()
    {
        using var scratch = new ScratchDirectory();
        string path = scratch.Write("script", "#!/no/such/interpreter\n");
        MakeExecutable(path);
        RunResult result = Runners.Command.Run(new ProgramRun(path), scratch);
        Assert.True(result.ExitCode is 126 or 127);
        AssertOneLine(result);
    }

    [Fact]
    public void EveryTruncationIsRefusedOrDies()
    {
        using var scratch = new ScratchDirectory();
        for (int length = 0; length < Good.Length; length = length * 2 + 37)
        {
            string path = scratch.Write("program", Good[..length]);
            MakeExecutable(path);
            RunResult result = Runners.Default.Run(new ProgramRun(path) { Timeout = TimeSpan.FromSeconds(20) }, scratch);
            Assert.False(result.TimedOut);
            Assert.True(result.ExitCode >= 126 || result.ExitCode == 42, $"{length} bytes: exit code {result.ExitCode}");
            AssertNoTrace(result);
        }
    }

    private static void AssertOneLine(RunResult result)
    {
        Assert.Empty(result.OutputText);
        Assert.Single(result.ErrorText.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        AssertNoTrace(result);
    }

    private static void AssertNoTrace(RunResult result)
    {
        Assert.DoesNotContain("   at ", result.ErrorText, StringComparison.Ordinal);
        Assert.DoesNotContain("xception", result.ErrorText, StringComparison.Ordinal);
        Assert.NotEqual(125, result.ExitCode);
    }

    private static void MakeExecutable(string path)
    {
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    private static byte[] Changed(int offset, byte value)
    {
        byte[] file = [.. Good];
        file[offset] = value;
        return file;
    }

    private static byte[] Changed16(int offset, ushort value)
    {
        byte[] file = [.. Good];
        BinaryPrimitives.WriteUInt16LittleEndian(file.AsSpan(offset), value);
        return file;
    }

    private static byte[] Changed64(int offset, long value)
    {
        byte[] file = [.. Good];
        BinaryPrimitives.WriteInt64LittleEndian(file.AsSpan(offset), value);
        return file;
    }

    // A field of the second PT_LOAD: the program's code.
    private static byte[] Segment(int field, long value) => Changed64(LoadHeaders()[1] + field, value);

    private static byte[] Overlap()
    {
        int[] headers = LoadHeaders();
        return Changed64(headers[1] + 16, BinaryPrimitives.ReadInt64LittleEndian(Good.AsSpan(headers[0] + 16)));
    }

    private static int[] LoadHeaders()
    {
        int offset = (int)BinaryPrimitives.ReadInt64LittleEndian(Good.AsSpan(32));
        int count = BinaryPrimitives.ReadUInt16LittleEndian(Good.AsSpan(56));
        return [.. Enumerable.Range(0, count).Select(i => offset + (i * 56)).Where(static at => BinaryPrimitives.ReadInt32LittleEndian(Good.AsSpan(at)) == 1)];
    }
}
