using System.Text;
using Kpio.Contracts.Abi;
using Kpio.Contracts.Values;

namespace Kpio.Plugins.LinuxAbi.Tests.Loader;

/// <summary>The "#!" line by the rules of execve(2) and fs/binfmt_script.c.</summary>
public sealed class ScriptLineTests
{
    [Theory]
    [InlineData("#!/bin/sh\necho", "/bin/sh", null)]
    [InlineData("#!/bin/sh", "/bin/sh", null)]
    [InlineData("#! \t/bin/sh  \t\n", "/bin/sh", null)]
    [InlineData("#!/bin/sh -x\n", "/bin/sh", "-x")]
    [InlineData("#!/usr/bin/env  a b  c \n", "/usr/bin/env", "a b  c")]
    [InlineData("#!/bin/sh\t-e", "/bin/sh", "-e")]
    public void NameAndOneArgument(string text, string name, string? argument)
    {
        ProgramKind kind = Inspect(text).ValueOrDefault!;
        Assert.True(kind.IsScript);
        Assert.Equal(name, Encoding.UTF8.GetString(kind.Interpreter!));
        Assert.Equal(argument, kind.InterpreterArgument is { } bytes ? Encoding.UTF8.GetString(bytes) : null);
    }

    [Theory]
    [InlineData("#!")]
    [InlineData("#!\n")]
    [InlineData("#!   \t \n/bin/sh")]
    [InlineData("#")]
    [InlineData("echo no line")]
    public void NoInterpreter(string text) => Assert.Equal(Errno.ENOEXEC, Inspect(text).Error);

    [Fact]
    public void ALongLineIsCutInItsArgumentButNotInItsName()
    {
        Assert.Equal(Errno.ENOEXEC, Inspect("#!/" + new string('a', 300)).Error);
        ProgramKind kind = Inspect("#!/bin/sh " + new string('b', 300)).ValueOrDefault!;
        Assert.Equal(256 - "#!/bin/sh ".Length, kind.InterpreterArgument!.Length);
    }

    private static Result<ProgramKind> Inspect(string text)
    {
        var fixture = new LoaderFixture();
        return fixture.Loader.Inspect(fixture.Files.Add(Encoding.UTF8.GetBytes(text)));
    }
}
