using Kpio.Contracts.Tracing;

namespace Kpio.Plugins.Tracing.Tests;

/// <summary>Sets of calls as users write them.</summary>
public sealed class FilterTests
{
    private readonly Abi _abi = new();

    [Theory]
    [InlineData("write", "write")]
    [InlineData("trace=write,read", "read write")]
    [InlineData("1, 0 ,60", "read write exit")]
    [InlineData("write@64", "write")]
    [InlineData("%statfs", "statfs")]
    [InlineData("%%stat", "stat fstat lstat newfstatat statx")]
    [InlineData("%clock", "gettimeofday adjtimex settimeofday time clock_settime clock_gettime clock_getres clock_adjtime")]
    [InlineData("/^mk/", "mkdir mknod mkdirat mknodat")]
    [InlineData("/^mk(dir|nod)$", "mkdir mknod")]
    [InlineData("/^p?read(v|64)$/,close", "close pread64 readv preadv")]
    [InlineData("/^mk{1,2}nod/", "mknod mknodat")]
    [InlineData("?no_such_call,close", "close")]
    [InlineData("none", "")]
    public void NamesExactlyTheseCalls(string filter, string expected)
    {
        SyscallSet set = Parse(filter);
        Assert.Equal(expected.Split(' ', StringSplitOptions.RemoveEmptyEntries).Order(), Members(set).Order());
        Assert.False(set.Contains(5000));
    }

    [Theory]
    [InlineData("%file", "openat", "write")]
    [InlineData("file", "openat", "write")]
    [InlineData("%desc", "write", "getpid")]
    [InlineData("%memory", "brk", "write")]
    [InlineData("%process", "exit_group", "write")]
    [InlineData("%signal", "rt_sigaction", "write")]
    [InlineData("%network", "socket", "write")]
    [InlineData("%net", "socket", "write")]
    [InlineData("%ipc", "shmget", "write")]
    [InlineData("%creds", "getuid", "write")]
    [InlineData("!write", "read", "write")]
    [InlineData("!%file", "write", "openat")]
    [InlineData("%memory,%file", "mmap", "write")]
    public void ClassesAndComplementsHold(string filter, string inside, string outside)
    {
        SyscallSet set = Parse(filter);
        Assert.Contains(inside, Members(set));
        Assert.DoesNotContain(outside, Members(set));
    }

    [Fact]
    public void EverythingAndItsComplementAreWhole()
    {
        Assert.Equal(_abi.Catalog.Syscalls.Count, Members(Parse("all")).Count());
        Assert.True(Parse("all").Contains(5000));
        Assert.True(Parse("!write").Contains(5000));
        Assert.False(Parse("!all").Contains(0));
        Assert.False(Parse("!all").Contains(5000));
    }

    [Fact]
    public void EveryNameOfAClassIsACall()
    {
        HashSet<string> known = [.. _abi.Catalog.Syscalls.Select(info => info.Name)];
        foreach (string name in (string[])["file", "process", "network", "signal", "ipc", "desc", "memory", "creds", "%stat", "%statfs", "clock", "pure"])
        {
            string members = FilterClasses.Members(name) ?? throw new InvalidOperationException(name);
            Assert.All(members.Split(' '), member => Assert.True(known.Contains(member), $"{name}: {member}"));
        }
    }

    [Theory]
    [InlineData("", "empty")]
    [InlineData("!", "empty")]
    [InlineData("write,,read", "empty name")]
    [InlineData("wrte", "'wrte' is no system call")]
    [InlineData("sigaction", "did you mean 'rt_sigaction'?")]
    [InlineData("%bogus", "'%bogus' is no class")]
    [InlineData("4000", "no system call's number")]
    [InlineData("/[/", "no regular expression")]
    [InlineData("/^nothing$/", "matches no system call")]
    public void MistakesAreExplained(string filter, string expected)
    {
        Assert.False(Abi.Factory(_abi).TryParseFilter(filter, out SyscallSet? set, out string? error));
        Assert.Null(set);
        Assert.Contains(expected, error, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error);
    }

    private SyscallSet Parse(string filter)
    {
        Assert.True(Abi.Factory(_abi).TryParseFilter(filter, out SyscallSet? set, out string? error), error);
        return set;
    }

    private IEnumerable<string> Members(SyscallSet set) => _abi.Catalog.Syscalls.Where(info => set.Contains(info.Number)).Select(info => info.Name);
}
