using System.Text.Json;
using Kpio.Contracts.Abi;
using Kpio.Contracts.Process;
using Kpio.Contracts.Tracing;
using Kpio.Contracts.Values;

namespace Kpio.Plugins.Tracing.Tests;

/// <summary>Counting calls, and the seed document's box.</summary>
public sealed class StatisticsTests
{
    private readonly Abi _abi = new();
    private readonly ISyscallStatistics _statistics;

    public StatisticsTests()
    {
        _statistics = Abi.Factory(_abi).CreateStatistics();
        GuestTask task = FakeCpu.Task(2, new FakeMemory());
        Count(task, 1, 523, SyscallSupport.Full);
        Count(task, 0, 312, SyscallSupport.Full);
        Count(task, 9, 45, SyscallSupport.Full);
        Count(task, 12, 89, SyscallSupport.Full);
        Count(task, 101, 2, SyscallSupport.None);
        Count(task, 5000, 1, SyscallSupport.None);
        Count(task, 999, 2, SyscallSupport.None);
    }

    [Fact]
    public void TheTableIsTheSeedDocuments()
    {
        var output = new StringWriter();
        _statistics.WriteTable(output);
        Assert.Equal(
            """
            ╔══════════════════════════════════════════════╗
            ║      Linux Syscall Statistics Summary        ║
            ╠══════════════════════════════════════════════╣
            ║ Total invocations: 974                       ║
            ║ Unknown syscalls:  5                         ║
            ╠══════════════════════════════════════════════╣
            ║  # │ Name                │ Count            ║
            ╠══════════════════════════════════════════════╣
            ║   1 │ write               │ 523              ║
            ║   0 │ read                │ 312              ║
            ║  12 │ brk                 │ 89               ║
            ║   9 │ mmap                │ 45               ║
            ║ 101 │ ptrace              │ 2                ║
            ║ 999 │ unknown             │ 2                ║
            ║ 5000 │ unknown             │ 1                ║
            ╚══════════════════════════════════════════════╝

            """,
            output.ToString());
    }

    [Fact]
    public void JsonHoldsTheSame()
    {
        var output = new StringWriter();
        _statistics.WriteJson(output);
        JsonElement root = JsonDocument.Parse(output.ToString()).RootElement;
        Assert.Equal(974, root.GetProperty("total").GetInt64());
        Assert.Equal(5, root.GetProperty("unknown").GetInt64());
        Assert.Equal([1, 0, 12, 9, 101, 999, 5000], root.GetProperty("syscalls").EnumerateArray().Select(s => s.GetProperty("nr").GetInt32()));
        Assert.Equal("write", root.GetProperty("syscalls")[0].GetProperty("name").GetString());
        Assert.Equal(523, root.GetProperty("syscalls")[0].GetProperty("count").GetInt64());
        Assert.Equal(974, _statistics.Total);
        Assert.Equal(5, _statistics.Unknown);
    }

    private void Count(GuestTask task, uint number, int times, SyscallSupport support)
    {
        SyscallInfo? info = _abi.Describe(number) is { } known ? known with { Support = support } : null;
        var frame = new SyscallFrame(number, 0, 0, 0, 0, 0, 0);
        for (int i = 0; i < times; i++)
        {
            _statistics.OnEnter(task, in frame, info);
            _statistics.OnExit(task, in frame, info, SysResult.Zero);
        }
    }
}
