using System.Text.RegularExpressions;
using Kpio.Testing;

namespace Kpio.Conformance.Tests.Debian;

/// <summary>Tests of Python's standard library (Debian's libpython3.11-testsuite), as <c>python3 -m unittest</c> runs them.</summary>
public sealed partial class PythonSuiteTests
{
    private static readonly Dictionary<string, string> Environment = new(ProgramRun.PlainEnvironment)
    {
        // A native run as root would leave compiled modules on the host.
        ["PYTHONDONTWRITEBYTECODE"] = "1",
        ["LC_ALL"] = "C.UTF-8",
    };

    [Theory]
    [InlineData(40, "test.test_bisect")]
    [InlineData(50, "test.test_json.test_decode", "test.test_json.test_dump", "test.test_json.test_scanstring", "test.test_json.test_separators", "test.test_json.test_float")]
    [InlineData(20, "test.test_heapq.TestModules", "test.test_heapq.TestErrorHandlingC", "test.test_heapq.TestErrorHandlingPython")]
    [InlineData(20, "test.test_thread")]
    [InlineData(40, "test.test_mmap", "test.test_select")]
    [InlineData(10, "test.test_fcntl")]
    [InlineData(150, "test.test_posix")]
    public void AgreesWithLinux(int least, params string[] modules)
    {
        var run = new ProgramRun("/usr/bin/python3", ["-m", "unittest", "-v", .. modules]) { Environment = Environment, Timeout = TimeSpan.FromMinutes(3) };
        SuiteResults.Check(modules[0], run, static _ => { }, Result(), least);
    }

    [GeneratedRegex(@"^test\w* \((?<name>[\w.]+)\)(\n.*)? \.\.\. (?<result>ok|FAIL|ERROR|skipped.*|expected failure|unexpected success)$", RegexOptions.Multiline)]
    private static partial Regex Result();
}
