using System.Globalization;
using System.Text.RegularExpressions;
using Kpio.Contracts.Abi;

namespace Kpio.Plugins.LinuxAbi.Tests.Abi;

/// <summary>The table against facts from elsewhere: the numbers of the kernel's headers, the seed document's tiers.</summary>
public sealed class SyscallTableTests
{
    private static readonly uint[] s_tierA =
    [
        0, 1, 2, 3, 4, 5, 8, 9, 10, 11, 12, 13, 14, 16, 19, 20, 21, 22, 28, 32, 33, 35, 39, 60, 62, 63, 72, 79, 80, 83, 87, 89, 96, 102,
        104, 107, 108, 158, 202, 217, 218, 228, 231, 257, 267, 273, 293, 302, 318,
    ];

    private static readonly uint[] s_tierB = [17, 18, 41, 42, 43, 44, 45, 46, 47, 48, 49, 56, 57, 59, 61, 76, 77, 82, 90, 91, 92];

    private static readonly AbiCatalog s_catalog = TestAbi.Create().Catalog;

    [Fact]
    public void NumbersAndNamesAreThoseOfTheHeaders()
    {
        const string Header = "/usr/include/x86_64-linux-gnu/asm/unistd_64.h";
        Assert.True(File.Exists(Header), $"{Header} is missing: install linux-libc-dev");
        var facts = Regex.Matches(File.ReadAllText(Header), @"#define __NR_(\w+) (\d+)")
            .Select(m => (Number: uint.Parse(m.Groups[2].Value, CultureInfo.InvariantCulture), Name: m.Groups[1].Value))
            .Where(f => f.Number <= 450) // Linux 6.1 ends there; later headers have more
            .OrderBy(f => f.Number);
        Assert.Equal(facts, s_catalog.Syscalls.Select(s => (s.Number, s.Name)));
    }

    [Fact]
    public void TiersAreTheSeeds()
    {
        Assert.Equal(49, s_tierA.Length);
        Assert.Equal(s_tierA, s_catalog.Syscalls.Where(s => s.Tier == SyscallTier.A).Select(s => s.Number));
        Assert.Equal(s_tierB, s_catalog.Syscalls.Where(s => s.Tier == SyscallTier.B).Select(s => s.Number));
    }

    [Fact]
    public void TierAIsImplemented() =>
        Assert.All(s_catalog.Syscalls.Where(s => s.Tier == SyscallTier.A), s => Assert.True(s.Support is SyscallSupport.Full or SyscallSupport.Partial, s.Name));

    [Fact]
    public void DescribeKnowsEveryRowAndNothingElse()
    {
        ISyscallAbi abi = TestAbi.Create();
        foreach (SyscallInfo info in s_catalog.Syscalls)
            Assert.Equal(info.Name, abi.Describe(info.Number)!.Name);
        Assert.Null(abi.Describe(335));
        Assert.Null(abi.Describe(100_000));
        Assert.Null(abi.Describe(uint.MaxValue));
    }

    [Fact]
    public void UnimplementedNumbersAnswerEnosys()
    {
        ISyscallAbi abi = TestAbi.Create();
        Contracts.Process.GuestTask task = Doubles.FakeTask.Create();
        var implemented = s_catalog.Syscalls.Where(s => s.Support != SyscallSupport.None).Select(s => s.Number).ToHashSet();
        foreach (uint number in Enumerable.Range(0, 1100).Select(n => (uint)n).Append(uint.MaxValue).Where(n => !implemented.Contains(n)))
            Assert.Equal(Contracts.Values.Errno.ENOSYS, abi.Invoke(task, new SyscallFrame(number, 0, 0, 0, 0, 0, 0)).Errno);
    }
}
