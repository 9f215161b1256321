using System.Text.RegularExpressions;
using Kpio.Testing;

namespace Kpio.Conformance.Tests.Debian;

/// <summary>Go's own tests of packages of its standard library (Debian's golang source), built with <c>go test -c</c>, without cgo.</summary>
public sealed partial class GoSuiteTests
{
    [Theory]
    [InlineData("strings", 100)]
    [InlineData("bytes", 100)]
    [InlineData("sort", 60)]
    [InlineData("sync", 30)]
    [InlineData("time", 140)]
    [InlineData("os", 190)]
    public void AgreesWithLinux(string package, int least)
    {
        string program = GuestProgram.Build(package, GuestVariant.GoTest);
        string source = Path.Combine(Path.GetDirectoryName(program)!, Path.GetFileName(program) + ".source");
        var run = new ProgramRun(program, "-test.v", "-test.short") { Timeout = TimeSpan.FromMinutes(3) };
        SuiteResults.Check(package, run, scratch => Copy(new DirectoryInfo(source), scratch.Path), Result(), least);
    }

    private static void Copy(DirectoryInfo source, string target)
    {
        Directory.CreateDirectory(target);
        foreach (FileInfo file in source.EnumerateFiles())
            file.CopyTo(Path.Combine(target, file.Name));
        foreach (DirectoryInfo folder in source.EnumerateDirectories())
            Copy(folder, Path.Combine(target, folder.Name));
    }

    [GeneratedRegex(@"^ *--- (?<result>PASS|FAIL|SKIP): (?<name>\S+)", RegexOptions.Multiline)]
    private static partial Regex Result();
}
