using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Kpio.Contracts.Abi;
using Kpio.Contracts.Process;
using Kpio.Contracts.Tracing;
using Kpio.Contracts.Values;

namespace Kpio.Plugins.Tracing.Tests;

/// <summary>
/// Calls that were made under the real strace (Golden/record.py), shown by the tracer from the same registers, memory and result:
/// every line must be the same. One test for each system call.
/// </summary>
public sealed partial class GoldenCallTests
{
    private static readonly Abi Linux = new();
    private static readonly Golden Recorded = Golden.Read(Abi.Resource("calls.golden"));

    public static TheoryData<string> Names => [.. Recorded.Cases.Select(c => NameOf(c.Frame.Number)).Distinct().Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Names))]
    public void ShowsWhatStraceShows(string name)
    {
        var report = new StringBuilder();
        foreach (GoldenCase golden in Recorded.Cases.Where(c => NameOf(c.Frame.Number) == name))
        {
            string actual = Show(golden);
            if (actual != golden.Line)
                report.Append(CultureInfo.InvariantCulture, $"\n  strace {golden.Line}\n  kpio   {actual}");
        }

        Assert.True(report.Length == 0, report.ToString());
    }

    [Fact]
    public void EveryCaseNamesADescribedCall() => Assert.True(Recorded.Cases.Count > 500, $"{Recorded.Cases.Count} cases");

    /// <summary>Hostile pointers: whatever the registers hold, a line comes out.</summary>
    [Fact]
    public void NoArgumentMakesATracerThrow()
    {
        ITracerFactory factory = Abi.Factory(Linux);
        ulong[] values = [0, 1, 4095, 0xdead000, 0x7fff_ffff_f000, 0x8000_0000_0000, ulong.MaxValue, ulong.MaxValue - 7, 0x1000_0ff8, 1UL << 63];
        foreach (string format in factory.Formats)
        {
            var output = new StringWriter();
            ITracer tracer = factory.Create(format, output, TraceTarget.File, SyscallSet.All())!;
            GuestTask task = FakeCpu.Task(2, Recorded.Memory);
            int lines = 0;
            for (uint number = 0; number < 512; number++)
            {
                foreach (ulong value in values)
                {
                    foreach (long result in (long[])[0, -14, long.MaxValue, 1])
                    {
                        var frame = new SyscallFrame(number, value, value, value, value, value, value);
                        tracer.OnEnter(task, in frame, Linux.Describe(number));
                        tracer.OnExit(task, in frame, Linux.Describe(number), result);
                        lines++;
                    }
                }

                Assert.NotEqual(0, output.GetStringBuilder().Length);
                output.GetStringBuilder().Clear();
            }

            Assert.Equal(512 * values.Length * 4, lines);
        }
    }

    private static string NameOf(uint number) => Linux.Describe(number)?.Name ?? $"number {number}";

    private static string Show(GoldenCase golden)
    {
        var output = new StringWriter();
        ITracer tracer = Abi.Factory(Linux).Create("strace", output, TraceTarget.File, SyscallSet.All())!;
        GuestTask task = FakeCpu.Task(2, Recorded.Memory);
        SyscallFrame frame = golden.Frame;
        tracer.OnEnter(task, in frame, Linux.Describe(frame.Number));
        tracer.OnExit(task, in frame, Linux.Describe(frame.Number), golden.Result);
        string line = output.ToString();
        Assert.StartsWith("2     ", line, StringComparison.Ordinal);
        // The recording is made without strace's column of results.
        return Column().Replace(line[6..].TrimEnd('\n'), ") = ", 1);
    }

    [GeneratedRegex(@"\) += ")]
    private static partial Regex Column();

    private sealed record GoldenCase(SyscallFrame Frame, SysResult Result, string Line);

    private sealed record Golden(FakeMemory Memory, List<GoldenCase> Cases)
    {
        public static Golden Read(string text)
        {
            var golden = new Golden(new FakeMemory(), []);
            (SyscallFrame Frame, long Result) call = default;
            foreach (string line in text.Split('\n'))
            {
                string[] words = line.Split(' ');
                switch (words[0])
                {
                    case "M":
                        golden.Memory.Set(Hex(words[1]), Convert.FromHexString(words[2]));
                        break;
                    case "C":
                        ulong[] a = [.. words[2..8].Select(Hex)];
                        call = (new SyscallFrame(uint.Parse(words[1], CultureInfo.InvariantCulture), a[0], a[1], a[2], a[3], a[4], a[5]), long.Parse(words[8], CultureInfo.InvariantCulture));
                        break;
                    case "E":
                        golden.Cases.Add(new GoldenCase(call.Frame, call.Result, Column().Replace(line[2..], ") = ", 1)));
                        break;
                }
            }

            return golden;
        }

        private static ulong Hex(string text) => ulong.Parse(text, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
    }
}
