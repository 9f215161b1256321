using System.Text;
using Kpio.Contracts.Memory;
using Kpio.Contracts.Process;
using Kpio.Contracts.Values;
using Kpio.Kernel.Tests;

namespace Kpio.Plugins.Process.Tests;

public sealed class ExecTests : IDisposable
{
    private readonly TestMachine _machine = new();

    public ExecTests() => _machine.System.AddFile("/bin/program", TestMachine.Assemble(c => TestMachine.Call(c, TestSystem.Exit, 5)));

    private IProcessManager Processes => _machine.Machine.Slots.Processes.Current;

    private GuestTask Task => _machine.Machine.Tasks.All.Single();

    public void Dispose() => _machine.Dispose();

    [Fact]
    public void A_new_program_has_its_name_and_registers()
    {
        Assert.Equal(Errno.None, _machine.Start("/bin/program", "a", "b"));
        Assert.Equal("program", Encoding.UTF8.GetString(Task.Name));
        Assert.Equal("/bin/program", Encoding.UTF8.GetString(Task.Group.ExecutablePath));
        Assert.Equal(TestSystem.CodeAddress, Task.Cpu.Rip);
        Assert.Equal(["/bin/program", "a", "b"], _machine.System.LastLoad.Arguments.Select(Encoding.UTF8.GetString));
        Assert.Equal(2, Task.Tid);
        Assert.Equal(5, _machine.Machine.Run().ExitCode);
    }

    [Fact]
    public void A_script_starts_its_interpreter()
    {
        _machine.System.AddFile("/home/script", "#!/bin/program one two\nrest");
        Assert.Equal(Errno.None, _machine.Start("/home/script", "x", "y"));
        Assert.Equal(["/bin/program", "one two", "/home/script", "x", "y"], _machine.System.LastLoad.Arguments.Select(Encoding.UTF8.GetString));
        Assert.Equal("/home/script", Encoding.UTF8.GetString(_machine.System.LastLoad.Path));
        Assert.Equal("script", Encoding.UTF8.GetString(Task.Name));
        Assert.Equal("/bin/program", Encoding.UTF8.GetString(Task.Group.ExecutablePath));
    }

    [Theory]
    [InlineData(5, Errno.None)]
    [InlineData(6, Errno.ELOOP)]
    public void Scripts_may_start_scripts_five_deep(int depth, Errno expected)
    {
        _machine.System.AddFile("/s1", "#!/bin/program\n");
        for (int i = 2; i <= depth; i++)
            _machine.System.AddFile($"/s{i}", $"#!/s{i - 1}\n");
        Assert.Equal(expected, _machine.Start($"/s{depth}"));
    }

    [Theory]
    [InlineData("/missing", Errno.ENOENT)]
    [InlineData("/", Errno.EACCES)]
    [InlineData("/notes.txt", Errno.EACCES)]
    [InlineData("/empty", Errno.ENOEXEC)]
    [InlineData("/lost", Errno.ENOENT)]
    public void What_cannot_be_executed_leaves_the_old_program(string path, Errno expected)
    {
        _machine.System.AddFile("/notes.txt", "text");
        _machine.System.AddFile("/empty", "");
        _machine.System.AddFile("/lost", "#!/nowhere\n");
        Assert.Equal(Errno.None, _machine.Start("/bin/program"));
        GuestTask task = Task;
        AddressSpaceId space = task.Group.AddressSpace;
        task.Cpu[Contracts.Platform.GuestRegister.Rbx] = 77;
        Assert.Equal(expected, Processes.Exec(task, new ExecRequest(Encoding.UTF8.GetBytes(path), [[]], [])));
        Assert.Equal(space, task.Group.AddressSpace);
        Assert.Equal(77UL, task.Cpu[Contracts.Platform.GuestRegister.Rbx]);
        Assert.Equal(5, _machine.Machine.Run().ExitCode);
    }

    [Fact]
    public void What_goes_and_what_stays_at_exec()
    {
        Assert.Equal(Errno.None, _machine.Start("/bin/program"));
        GuestTask task = Task;
        AddressSpaceId old = task.Group.AddressSpace;
        task.Descriptors.Set(7, new Descriptor(new FileId(1), CloseOnExec: true));
        task.Descriptors.Set(8, new Descriptor(new FileId(1), CloseOnExec: false));
        task.Group.SignalActions[(int)Signal.SIGUSR1] = new SignalAction(0x1234, 0, 0, default);
        task.Group.SignalActions[(int)Signal.SIGUSR2] = new SignalAction(1, 0, 0, default);
        task.Signals.Blocked = new SignalSet(0).With(Signal.SIGALRM);
        task.Signals.AlternateStackSize = 100;
        task.RobustListHead = 5;
        task.ClearChildTid = 6;
        Assert.Equal(Errno.None, Processes.Exec(task, new ExecRequest("/bin/program"u8.ToArray(), [], [])));
        Assert.NotEqual(old, task.Group.AddressSpace);
        Assert.False(task.Descriptors.TryGet(7, out _));
        Assert.True(task.Descriptors.TryGet(8, out _));
        Assert.Equal(0UL, task.Group.SignalActions[(int)Signal.SIGUSR1].Handler);
        Assert.Equal(1UL, task.Group.SignalActions[(int)Signal.SIGUSR2].Handler);
        Assert.True(task.Signals.Blocked.Contains(Signal.SIGALRM));
        Assert.Equal((0UL, 0UL, 0UL), (task.Signals.AlternateStackSize, task.RobustListHead, task.ClearChildTid));
        Assert.Equal([""], _machine.System.LastLoad.Arguments.Select(Encoding.UTF8.GetString));
        Assert.Throws<ArgumentOutOfRangeException>(() => _machine.Machine.Slots.AddressSpaces.Current.GetRegions(old));
    }

    [Fact]
    public void A_long_name_is_cut()
    {
        _machine.System.AddFile("/a-very-long-program-name", "x");
        Assert.Equal(Errno.None, _machine.Start("/a-very-long-program-name"));
        Assert.Equal("a-very-long-pro", Encoding.UTF8.GetString(Task.Name));
    }
}
