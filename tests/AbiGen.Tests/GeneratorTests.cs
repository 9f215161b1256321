using Kpio.Contracts.Abi;
using Kpio.Contracts.Process;

namespace AbiGen.Tests;

/// <summary>The generator from text to text: what it makes of good lines, and what it says of bad ones.</summary>
public sealed class GeneratorTests
{
    private const string Good = """
        # a comment
        values Whence SEEK_SET=0 SEEK_CUR=1
        flags Open mask=3
            O_RDONLY=0 O_WRONLY=1 # more
            O_CREAT=0x40
        struct timespec
            tv_sec i64
            tv_nsec i64
        struct nested
            c     i8
            t     timespec
            name  char[5]
            after i16
        0  read   fd:Fd buffer:Out(count) count:Size -> Size         Files A restart full
        8  lseek  fd:Fd offset:Offset whence:Enum(Whence) -> Offset  Files A -       partial "a note"
        35 sleep  request:InStruct(timespec) -> Zero                 Time  C block   full
        99 never  a:Address -> NoReturn                              Other B -       none

        """;

    [Fact]
    public void DispatcherCallsHandlersOfSupportedRows()
    {
        string code = Generate(Good)["plugins/LinuxAbi/Generated/Dispatcher.g.cs"];
        Assert.Contains("case 0: return Read(task, new Fd((int)frame.Argument0), new UserBuffer(task, frame.Argument1, frame.Argument2));", code, StringComparison.Ordinal);
        Assert.Contains("case 8: return Lseek(task, new Fd((int)frame.Argument0), (long)frame.Argument1, (int)frame.Argument2);", code, StringComparison.Ordinal);
        Assert.Contains("case 35: return Sleep(task, new UserPointer<Timespec>(task, frame.Argument0));", code, StringComparison.Ordinal);
        Assert.DoesNotContain("Never(", code, StringComparison.Ordinal);
    }

    [Fact]
    public void StructsAreLaidOutByAlignment()
    {
        string code = Generate(Good)["plugins/LinuxAbi/Generated/Structs.g.cs"];
        Assert.Contains("[StructLayout(LayoutKind.Explicit, Size = 32)]\ninternal struct Nested", code, StringComparison.Ordinal);
        Assert.Contains("[FieldOffset(8)] public Timespec t;", code, StringComparison.Ordinal);
        Assert.Contains("[FieldOffset(24)] public ByteArray5 name;", code, StringComparison.Ordinal);
        Assert.Contains("[FieldOffset(30)] public short after;", code, StringComparison.Ordinal);
    }

    [Fact]
    public void ConstantsHaveTheTypeOfTheirSet()
    {
        string code = Generate(Good)["plugins/LinuxAbi/Generated/Constants.g.cs"];
        Assert.Contains("public const uint O_CREAT = 0x40;", code, StringComparison.Ordinal);
        Assert.Contains("public const int SEEK_CUR = 1;", code, StringComparison.Ordinal);
    }

    [Fact]
    public void CatalogTextReadsBackAsTheSameCatalog()
    {
        string code = Generate(Good)["plugins/LinuxAbi/Generated/CatalogText.g.cs"];
        int start = code.IndexOf("\"\"\"\n", StringComparison.Ordinal) + 4;
        string text = code[start..code.LastIndexOf("\"\"\"u8", StringComparison.Ordinal)];
        AbiCatalog original = Read(Good);
        AbiCatalog copy = Read(text);
        Assert.Equal(original.Syscalls.Select(Describe), copy.Syscalls.Select(Describe));
        Assert.Equal(original.Sets["Open"].Values, copy.Sets["Open"].Values);
        Assert.Equal(3UL, copy.Sets["Open"].EnumMask);
        Assert.Equal(original.Structs["nested"].Fields, copy.Structs["nested"].Fields);
        Assert.Equal("a note", copy.Syscalls[1].Note);
        Assert.Equal(InterruptKind.RestartBlock, copy.Syscalls[2].Interrupt);

        static string Describe(SyscallInfo s) => $"{s.Number} {s.Name} {string.Join(',', s.Arguments)} {s.Result} {s.Category} {s.Tier} {s.Support} {s.Interrupt} {s.Note}";
    }

    [Fact]
    public void CoverageCountsByTier()
    {
        string page = Generate(Good)["docs/abi-coverage.md"];
        Assert.Contains("| A | 2 | 1 | 1 | 0 | 0 |", page, StringComparison.Ordinal);
        Assert.Contains("| 8 | `lseek` | fd, offset, whence | Files | A | partial | a note |", page, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("read fd:Fd -> Size Files A - full", "t.abi:1: error: expected a system call's number")]
    [InlineData("1024 x -> Zero F A - full", "t.abi:1: error: expected a system call's number below 1024")]
    [InlineData("0 read fd:Fdd -> Size Files A - full", "t.abi:1: error: expected NAME:KIND, not 'fd:Fdd'")]
    [InlineData("0 read fd:7 -> Size Files A - full", "t.abi:1: error: expected NAME:KIND")]
    [InlineData("0 read b:Out(n) -> Size Files A - full", "t.abi:1: error: no argument is named 'n'")]
    [InlineData("0 read b:Out -> Size Files A - full", "t.abi:1: error: expected NAME:KIND")]
    [InlineData("0 read a:Int b:Int c:Int d:Int e:Int f:Int g:Int -> Size Files A - full", "t.abi:1: error: a system call has at most 6 arguments")]
    [InlineData("0 read fd:Fd Size Files A - full", "t.abi:1: error: expected NAME:KIND, not 'Size'")]
    [InlineData("0 read fd:Fd", "t.abi:1: error: expected '-> RESULT'")]
    [InlineData("0 read -> Size Files A full", "t.abi:1: error: read: expected CATEGORY TIER INTERRUPT SUPPORT")]
    [InlineData("0 read -> Size Files D - full", "t.abi:1: error: read: 'D' is no tier")]
    [InlineData("0 read -> Size Files A maybe full", "t.abi:1: error: read: 'maybe' is no way of interruption")]
    [InlineData("0 read -> Size Files A - most", "t.abi:1: error: read: 'most' is no degree of support")]
    [InlineData("0 read -> Size Files A - partial", "t.abi:1: error: read: partial support and stubs need a note")]
    [InlineData("0 read -> Size Files A - full note", "t.abi:1: error: read: the note must be in quotation marks")]
    [InlineData("0 a -> Zero F A - full\n0 b -> Zero F A - full", "t.abi:2: error: number 0 is taken by a")]
    [InlineData("0 a -> Zero F A - full\n1 a -> Zero F A - full", "t.abi:2: error: a is described twice")]
    [InlineData("\n0 a f:Flags(Nope) -> Zero F A - full", ":2: error: no set is named 'Nope'")]
    [InlineData("0 a f:InStruct(nope) -> Zero F A - full", ":1: error: no struct is named 'nope'")]
    [InlineData("flags F A=1 A=2", "t.abi:1: error: 'A' is in the set F twice")]
    [InlineData("flags F A=x", "t.abi:1: error: expected NAME=VALUE, not 'A=x'")]
    [InlineData("flags F A=1\nflags G A=2", "error: A has different values in the sets F and G")]
    [InlineData("    A=1", "t.abi:1: error: an indented line must follow a set or a struct")]
    [InlineData("struct s\n    a what", "t.abi:2: error: 'what' is neither a scalar type nor a struct")]
    [InlineData("struct s\n    a i32[x]", "t.abi:2: error: 'i32[x]' is no array type")]
    public void BadInputIsNamedByFileAndLine(string text, string expected)
    {
        Generation generation = Generator.Generate([new AbiSource("t.abi", text)]);
        Assert.Empty(generation.Files);
        Assert.Contains(generation.Errors, error => error.Contains(expected, StringComparison.Ordinal));
    }

    [Fact]
    public void ReferencesAreNamedByTheirOwnFile()
    {
        Generation generation = Generator.Generate([new AbiSource("a.abi", "# nothing"), new AbiSource("b.abi", "\n0 a f:Flags(Nope) -> Zero F A - full")]);
        Assert.Equal(["b.abi:2: error: no set is named 'Nope'"], generation.Errors);
    }

    [Theory]
    [InlineData("fd:Fd buffer:Out(count) count:Size -> Size", true)]
    [InlineData("-> Zero", true)]
    [InlineData("fd:Fd", false)]
    [InlineData("fd:Fd -> Zero more", false)]
    public void SignaturesAreRead(string text, bool good)
    {
        Assert.Equal(good, AbiReader.TryReadSignature(text, out _, out _, out string problem));
        Assert.Equal(good, problem.Length == 0);
    }

    private static Dictionary<string, string> Generate(string text)
    {
        Generation generation = Generator.Generate([new AbiSource("t.abi", text)]);
        Assert.Empty(generation.Errors);
        return generation.Files.ToDictionary(f => f.Path, f => f.Text);
    }

    private static AbiCatalog Read(string text)
    {
        var reader = new AbiReader();
        reader.Read(text);
        AbiCatalog catalog = reader.Complete();
        Assert.Empty(reader.Diagnostics);
        return catalog;
    }
}
