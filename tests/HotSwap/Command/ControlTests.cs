using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Kpio.Testing;

namespace Kpio.HotSwap.Tests.Command;

/// <summary>The control socket of <c>kpio run</c>, and the commands that use it.</summary>
public sealed class ControlTests : IDisposable
{
    private readonly ScratchDirectory _folder = new();
    private readonly string _socket;

    public ControlTests() => _socket = Path.Combine(_folder.Path, "kpio.sock");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void RunningMachineGetsOtherPlugins()
    {
        string loud = _folder.Write("loud.cs", SpeechPlugin.Source(SpeechPlugin.Loud));
        string next = _folder.Write("next.cs", SpeechPlugin.Source(SpeechPlugin.Next, "1, 2"));
        string broken = _folder.Write("broken.cs", SpeechPlugin.Source("letter += nothing"));
        using RunningKpio kpio = Start("--abi", loud, "--stats");
        Assert.Equal("HELLO", kpio.Ask("hello"));

        RunResult swapped = KpioCommandRunner.Invoke(["swap", "--socket", _socket, "speech=next.cs", "vfs=builtin"], _folder.Path);
        Assert.Equal((0, ""), (swapped.ExitCode, swapped.ErrorText));
        Assert.Matches(@"(?s)^plugin +version +generation +old generation\nspeech +1\.0 → 1\.2 +2 +\S+\nvfs .* 2 +resident\npause +[0-9.]+ ms, .*\ncarried over +1 waiting calls, [1-9]\d* records, [1-9]\d* bytes\n$", Encoding.UTF8.GetString(swapped.Output));
        Assert.Equal("ifmmp", kpio.Ask("hello"));

        RunResult refused = KpioCommandRunner.Invoke(["swap", "--socket", _socket, broken], "/");
        Assert.Equal((1, ""), (refused.ExitCode, refused.OutputText));
        Assert.Equal(
            $"kpio: {broken}({SpeechPlugin.ChangeLine},27): error CS0103: The name 'nothing' does not exist in the current context\nkpio: refused: {broken} does not compile: 1 error\n",
            refused.ErrorText);
        Fails(1, "refused: there is no plugin 'vsf' to replace", "swap", "--socket", _socket, "vsf=" + next);
        Fails(1, "refused: there is no built-in plugin 'speech'", "swap", "--socket", _socket, "speech=builtin");
        Fails(1, "refused: there is no file /missing.dll", "swap", "--socket", _socket, "vfs=missing.dll");
        Assert.Equal("ifmmp", kpio.Ask("hello"));

        RunResult json = KpioCommandRunner.Invoke(["swap", "--socket", _socket, "--json", "--wait", loud], "/");
        using JsonDocument report = JsonDocument.Parse(json.Output);
        JsonElement plugin = Assert.Single(report.RootElement.GetProperty("plugins").EnumerateArray());
        Assert.Equal(
            ("speech", "1.2", "1.0", 3, "collected"),
            (plugin.GetProperty("name").GetString(), plugin.GetProperty("from").GetString(), plugin.GetProperty("to").GetString(), plugin.GetProperty("generation").GetInt32(), plugin.GetProperty("old").GetString()));
        Assert.InRange(report.RootElement.GetProperty("lostAfterwardsMilliseconds").GetDouble(), 0, 10000);
        Assert.Equal("HELLO", kpio.Ask("hello"));

        RunResult list = KpioCommandRunner.Invoke(["plugins", "--json", "--socket", _socket], "/");
        using JsonDocument rows = JsonDocument.Parse(list.Output);
        Assert.Equal(
            ["built-in vfs 2", "built-in memory 1", "built-in process 1", "built-in linux 1", "built-in tracing 1", "source speech 3"],
            rows.RootElement.EnumerateArray().Select(static row => $"{row.GetProperty("kind").GetString()} {row.GetProperty("name").GetString()} {row.GetProperty("generation").GetInt32()}"));
        RunResult table = KpioCommandRunner.Invoke(["plugins", "--socket", _socket], "/");
        Assert.Matches(@"(?s)^kind +name +version +contract +generation +since +path +provides\n.*\nsource +speech +1\.0 +0\.1 +3 +\d{4}-\d\d-\d\d \d\d:\d\d:\d\d +" + loud + " +ISyscallLayer\n$", table.OutputText);

        Assert.Equal(0, kpio.End());
        Assert.False(File.Exists(_socket));
        Fails(125, $"no machine listens at {_socket}", "swap", "--socket", _socket, next);
        Fails(125, $"no machine listens at {_socket}", "plugins", "--socket", _socket);
    }

    [Fact]
    public void MachineIsFoundByItsProcess()
    {
        string folder = Directory.CreateDirectory(Path.Combine(_folder.Path, "runtime")).FullName;
        File.SetUnixFileMode(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        foreach (string variable in (string[])["XDG_RUNTIME_DIR", "TMPDIR"])
        {
            var environment = new Dictionary<string, string>(ProgramRun.PlainEnvironment) { [variable] = folder };
            using var kpio = new RunningKpio(["--control"], environment.Where(pair => pair.Key == variable).ToDictionary());
            Assert.Equal("a", kpio.Ask("a"));
            string socket = Assert.Single(Directory.GetFiles(folder, "*.sock", SearchOption.AllDirectories));
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(socket));
            RunResult swapped = KpioCommandRunner.Invoke(["swap", "--pid", kpio.Pid, "vfs=builtin"], "/", environment: environment);
            Assert.Equal((0, ""), (swapped.ExitCode, swapped.ErrorText));
            RunResult list = KpioCommandRunner.Invoke(["plugins", "--pid", kpio.Pid], "/", environment: environment);
            Assert.Matches(@"\nbuilt-in +vfs +\S+ +\S+ +2 ", list.OutputText);
            Assert.Equal(0, kpio.End());
            Assert.Empty(Directory.GetFiles(folder, "*.sock", SearchOption.AllDirectories));
        }

        // A folder that others can reach into is not used.
        string own = Assert.Single(Directory.GetDirectories(folder));
        File.SetUnixFileMode(own, (UnixFileMode)0x1ED);
        var open = new Dictionary<string, string>(ProgramRun.PlainEnvironment) { ["TMPDIR"] = folder };
        RunResult result = KpioCommandRunner.Invoke(["run", "--control", "busybox", "true"], "/", environment: open);
        Assert.Equal((125, $"kpio: --control: {own} is not a folder of this user's alone (mode 0700): set XDG_RUNTIME_DIR, or name a socket with --control=PATH\n"), (result.ExitCode, result.ErrorText));
    }

    [Fact]
    public void SocketTakesNoPlaceOfAnother()
    {
        string file = _folder.Write("file.sock", "mine");
        string[] taken = [file, Directory.CreateDirectory(Path.Combine(_folder.Path, "folder.sock")).FullName];
        foreach (string path in taken)
            Fails(125, $"--control {path}: the path is taken: a machine listens there, or it is no socket", "run", "--control", path, "busybox", "true");
        Assert.Equal("mine", File.ReadAllText(file));
        Fails(125, "--control /missing/x.sock: no socket can be made there", "run", "--control=/missing/x.sock", "busybox", "true");
        string name = $"/{new string('x', 200)}.sock";
        Fails(125, $"--control {name}: the path is too long for a socket", "run", "--control=" + name, "busybox", "true");

        using (RunningKpio kpio = Start())
        {
            Fails(125, $"--control {_socket}: the path is taken", "run", "--control", _socket, "busybox", "true");
            Assert.Equal("a", kpio.Ask("a"));
        } // killed, which leaves its socket

        Assert.True(File.Exists(_socket));
        using RunningKpio next = Start();
        using SocketClient client = Connect();
        Assert.StartsWith("{\"ok\":true,", client.Ask("{\"request\":\"stats\"}"), StringComparison.Ordinal);
        Assert.Equal(0, next.End());
    }

    [Fact]
    public void RequestsAreAnsweredLineByLine()
    {
        using RunningKpio kpio = Start("--stats");
        Assert.Equal("a", kpio.Ask("a"));
        using SocketClient client = Connect();
        using (JsonDocument stats = JsonDocument.Parse(client.Ask("{\"id\":[1,\"x\"],\"request\":\"stats\"}")))
        {
            Assert.Equal("[1,\"x\"]", stats.RootElement.GetProperty("id").GetRawText());
            Assert.True(stats.RootElement.GetProperty("ok").GetBoolean());
            Assert.True(stats.RootElement.GetProperty("cycles").GetInt64() > 1000);
            Assert.Equal(1, stats.RootElement.GetProperty("tasks").GetInt32());
            Assert.True(stats.RootElement.GetProperty("syscalls").GetProperty("total").GetInt64() > 10);
        }

        Assert.Equal("{\"ok\":true}", client.Ask("{\"request\":\"trace\",\"on\":true}"));
        Assert.Contains("the trace is on already", client.Ask("{\"request\":\"trace\",\"on\":true}"), StringComparison.Ordinal);
        Assert.Equal("b", kpio.Ask("b"));
        kpio.WaitForError(" write(1) ");
        Assert.Equal("{\"ok\":true}", client.Ask("{\"request\":\"trace\",\"on\":false}"));
        Assert.Equal("{\"ok\":true}", client.Ask("{\"request\":\"stop\"}"));
        Assert.Equal(125, kpio.WaitForExit());
        Assert.Contains("kpio: stopped through the control socket", kpio.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(_socket));
    }

    [Fact]
    public void ClientsHarmNobody()
    {
        using RunningKpio kpio = Start();
        Assert.Equal("a", kpio.Ask("a"));
        for (int i = 0; i < 20; i++)
        {
            using SocketClient gone = Connect();
            gone.Send(i % 2 == 0 ? "{\"request\":\"sta" : "{\"request\":\"swap\",\"plugins\":[{\"name\":\"vfs\"}]}\n");
        }

        using (SocketClient large = Connect())
        {
            // A hundred megabytes without an end of line: it is cut off at the first.
            byte[] part = new byte[1 << 20];
            Array.Fill(part, (byte)'x');
            Assert.Throws<SocketException>(() =>
            {
                for (int i = 0; i < 100; i++)
                    large.Send(part);
            });
        }

        var idle = new List<SocketClient>();
        string answer = "";
        for (int i = 0; i < 17; i++)
        {
            SocketClient client = Connect();
            idle.Add(client);
            answer = client.Ask("{\"request\":\"trace\"}");
        }

        Assert.Equal("{\"ok\":false,\"error\":\"busy\",\"message\":\"there are 16 clients already\"}", answer);
        idle.ForEach(static client => client.Dispose());
        kpio.Wait(
            () =>
            {
                using SocketClient client = Connect();
                return client.Ask("{\"request\":\"stats\"}").StartsWith("{\"ok\":true", StringComparison.Ordinal);
            },
            "a place for a client");
        Assert.Equal("a", kpio.Ask("a"));
        using (SocketClient halves = Connect())
        {
            halves.Send("{\"request\":");
            Assert.Equal("a", kpio.Ask("a"));
            Assert.StartsWith("{\"ok\":true,", halves.Ask("\"stats\"}"), StringComparison.Ordinal);
        }

        Assert.Equal(0, kpio.End());
        Assert.Equal("", kpio.Error.Trim());
    }

    [Theory]
    [InlineData("say which machine: --pid PID or --socket PATH", "swap", "vfs=builtin")]
    [InlineData("say which machine: --pid PID or --socket PATH", "swap", "--pid", "1", "--socket", "x", "vfs=builtin")]
    [InlineData("process 1 does not listen at ", "swap", "--pid", "1", "vfs=builtin")]
    [InlineData("'builtin' names no plugin: use NAME=PATH, PATH, or NAME=builtin", "swap", "--pid", "1", "builtin")]
    [InlineData("--plugin is not for a machine that runs", "plugins", "--pid", "1", "--plugin", "x.dll")]
    public void WrongCommandsEndInALine(string message, params string[] arguments) => Fails(125, message, arguments);

    private RunningKpio Start(params string[] options)
    {
        var kpio = new RunningKpio([.. options, "--control", _socket]);
        kpio.WaitForSocket(_socket);
        return kpio;
    }

    private SocketClient Connect() => new(_socket);

    private static void Fails(int exitCode, string message, params string[] arguments)
    {
        RunResult result = KpioCommandRunner.Invoke(arguments, "/");
        Assert.Equal((exitCode, ""), (result.ExitCode, result.OutputText));
        string line = Assert.Single(result.ErrorText.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.StartsWith("kpio: " + message, line, StringComparison.Ordinal);
    }
}
