using System.Text.Json;
using Kpio.Testing;

namespace Kpio.Sandbox.Tests;

/// <summary><c>kpio abi diff A B -- PROGRAM</c>: what a program does under two interfaces, aligned.</summary>
public sealed class RunDifferenceTests : IDisposable
{
    private static readonly string ShortReads = RepositoryRoot.Combine("samples", "abi-variants", "ShortReads.cs");
    private static readonly string NoEntropy = RepositoryRoot.Combine("samples", "abi-variants", "NoEntropy.cs");
    private readonly ScratchDirectory _scratch = new();

    public void Dispose() => _scratch.Dispose();

    /// <summary>A variant of fewer than ten lines, and one command that shows where a program behaves differently under it.</summary>
    [Fact]
    public void VariantOfTenLinesShowsWhereAProgramBehavesDifferently()
    {
        Assert.True(File.ReadAllLines(ShortReads).Length <= 10);
        string file = _scratch.Write("text", "one two three\nfour five six\n");
        RunResult run = Diff("linux", ShortReads, "--", "busybox", "head", "-n", "1", file);
        Assert.Equal((1, ""), (run.ExitCode, run.ErrorText));
        string[] lines = run.OutputText.Split('\n');
        Assert.Matches("^first divergence: event [0-9]+ of task 1 \\(busybox, process [0-9]+\\): result, memory written$", lines[0]);
        Assert.Equal("  linux", lines[1]);
        Assert.Equal("    call     read(3, \"one two three\\nfour five six\\n\", 4096) = 28", lines[2]);
        Assert.Equal("    result   28", lines[3]);
        Assert.Equal("    errno    -", lines[4]);
        Assert.Matches("^    written  0x[0-9a-f]+: 28 bytes: 6f6e652074776f.* \"one two three.four five six.\"$", lines[5]);
        Assert.Matches("^    at       busybox\\+0x[0-9a-f]+, 0x[0-9a-f]+$", lines[6]);
        Assert.Matches("^    cycle    [0-9]+, [0-9]+ in the call$", lines[7]);
        Assert.Equal("  " + ShortReads, lines[8]);
        Assert.Equal("    call     read(3, \"one two\", 4096) = 7", lines[9]);
        Assert.Matches("\nread +1 +2 +0 +- +1 +1 +- +- +1\n", run.OutputText);
        Assert.Matches("\nstdout +14 bytes +14 bytes\n", run.OutputText);
        Assert.EndsWith("\ndifferent\n", run.OutputText, StringComparison.Ordinal);
    }

    /// <summary>Position-independent and dynamic programs too: the module is the one that the call is made in, the symbol of its own table.</summary>
    [Theory]
    [InlineData(GuestVariant.Musl, "uname")]
    [InlineData(GuestVariant.MuslPie, "uname")]
    [InlineData(GuestVariant.Glibc, "uname")]
    [InlineData(GuestVariant.GlibcPie, "uname")]
    [InlineData(GuestVariant.Dynamic, "uname")]
    public void CallSiteIsASymbolOfTheRightModule(string variant, string symbol)
    {
        string program = GuestProgram.Build("sandbox/uname.c", variant);
        JsonElement first = Json("linux", "linux:-uname", "--", program).GetProperty("firstDivergence");
        string module = variant == GuestVariant.Dynamic ? "libc.so.6" : Path.GetFileName(program);
        Assert.Matches($"^_*{symbol}\\+0x[0-9a-f]+ \\({System.Text.RegularExpressions.Regex.Escape(module)}\\)$", first.GetProperty("a").GetProperty("at").GetString());
        Assert.Equal(JsonValueKind.Null, first.GetProperty("a").GetProperty("errno").ValueKind);
        Assert.Equal("ENOSYS", first.GetProperty("b").GetProperty("errno").GetString());
        Assert.Equal(-38, first.GetProperty("b").GetProperty("result").GetInt64());
        Assert.Equal("errno, memory written", first.GetProperty("differs").GetString());
        JsonElement written = first.GetProperty("a").GetProperty("written");
        Assert.StartsWith(Convert.ToHexStringLower("Linux"u8), written[0].GetProperty("bytes").GetString(), StringComparison.Ordinal);
        Assert.Empty(first.GetProperty("b").GetProperty("written").EnumerateArray());
    }

    /// <summary>After the first divergence what belongs together is compared: only what differs is counted.</summary>
    [Fact]
    public void RunsAreAlignedAfterTheFirstDivergence()
    {
        JsonElement json = Json("linux", "linux:-uname", "--", "busybox", "sh", "-c", "busybox uname; busybox echo one; busybox echo two; cat /etc/hostname >/dev/null");
        Assert.False(json.GetProperty("same").GetBoolean());
        Dictionary<string, JsonElement> calls = json.GetProperty("calls").EnumerateArray().ToDictionary(static call => call.GetProperty("name").GetString()!);
        Assert.Equal((Count("uname", "a"), Count("uname", "a")), (Count("uname", "b"), Count("uname", "result")));
        foreach (string name in (string[])["execve", "fork", "vfork", "clone", "openat", "read", "mmap", "brk"])
        {
            if (calls.ContainsKey(name))
                Assert.Equal((name, Count(name, "a"), Count(name, "a"), 0, 0), (name, Count(name, "b"), Count(name, "same"), Count(name, "onlyA"), Count(name, "onlyB")));
        }

        Assert.Equal("Linux\none\ntwo\n".Length, json.GetProperty("a").GetProperty("outputBytes").GetInt32());
        Assert.InRange(json.GetProperty("b").GetProperty("outputBytes").GetInt32(), "one\ntwo\n".Length, "?\none\ntwo\n".Length);

        int Count(string call, string what) => calls[call].GetProperty(what).GetInt32();
    }

    [Theory]
    [InlineData(GuestVariant.Musl)]
    [InlineData(GuestVariant.Dynamic)]
    public void SameInterfaceIsTheSameWithThreadsTimeAndRandomNumbers(string variant)
    {
        RunResult run = Diff("linux", "linux:A+B+C", "--", GuestProgram.Build("sandbox/busy.c", variant));
        Assert.Equal((0, ""), (run.ExitCode, run.ErrorText));
        Assert.EndsWith("\nthe same\n", run.OutputText, StringComparison.Ordinal);
        Assert.Matches("\nended +exited 0 +exited 0\n", run.OutputText);
    }

    /// <summary>Both runs get the whole of standard input, and neither changes a file of the host.</summary>
    [Fact]
    public void BothRunsHaveTheSameInputAndChangeNothing()
    {
        _scratch.Write("kept", "before\n");
        RunResult run = KpioCommandRunner.Invoke(
            ["abi", "diff", "--json", "--mount", $"{_scratch.Path}:{_scratch.Path}:rw", "linux", "linux:C+A+B", "--", "busybox", "sh", "-c", $"busybox cat; echo after >{_scratch.Path}/kept; busybox cat {_scratch.Path}/kept"],
            "/", input: "input\n"u8.ToArray(), timeout: TimeSpan.FromMinutes(2));
        Assert.Equal((0, ""), (run.ExitCode, run.ErrorText));
        using JsonDocument json = JsonDocument.Parse(run.OutputText);
        Assert.Equal("input\nafter\n".Length, json.RootElement.GetProperty("a").GetProperty("outputBytes").GetInt32());
        Assert.Equal("input\nafter\n".Length, json.RootElement.GetProperty("b").GetProperty("outputBytes").GetInt32());
        Assert.Equal("before\n", File.ReadAllText(Path.Combine(_scratch.Path, "kept")));
    }

    [Theory]
    [InlineData(2, "not-there: command not found", "linux", "linux", "--", "not-there")]
    [InlineData(2, "no plugin has an ABI named 'other'", "linux", "other", "--", "busybox", "true")]
    [InlineData(2, "the same as far as they went: linux: it was stopped after 5 events", "--events", "5", "linux", "linux", "--", "busybox", "true")]
    [InlineData(2, "--html shows two runs", "--html", "page.html", "linux", "linux")]
    [InlineData(2, "--html /nowhere/page.html: no such file or directory", "--html", "/nowhere/page.html", "linux", "linux", "--", "busybox", "true")]
    [InlineData(2, "the same as far as they went: linux: stopped: the time was over", "--timeout", "1", "linux", "linux", "--", "busybox", "sh", "-c", "while :; do :; done")]
    [InlineData(2, "--memory: ", "--memory", "many", "linux", "linux", "--", "busybox", "true")]
    [InlineData(2, "a single file cannot be written here", "--mount", "/etc/hostname:/etc/hostname:rw", "linux", "linux", "--", "busybox", "true")]
    [InlineData(2, "--events: use a number", "--events", "0", "linux", "linux", "--", "busybox", "true")]
    public void WhatCannotBeComparedIsTold(int code, string message, params string[] arguments)
    {
        RunResult run = Diff(arguments);
        Assert.Equal(code, run.ExitCode);
        Assert.Contains(message, run.ErrorText, StringComparison.Ordinal);
        Assert.Single(run.ErrorText.TrimEnd('\n').Split('\n'));
    }

    /// <summary>The page as Debian's chromium shows it: after its script has run, with both traces and the first divergence, and what the guest wrote is text.</summary>
    [Fact]
    public void PageShowsBothTracesInABrowser()
    {
        string page = Path.Combine(_scratch.Path, "page.html");
        RunResult run = Diff("--html", page, "linux", NoEntropy, "--", "busybox", "sh", "-c", "echo '</script><b id=injected>&amp;'; uname");
        Assert.Equal((1, ""), (run.ExitCode, run.ErrorText));
        string text = File.ReadAllText(page);
        Assert.DoesNotContain("http://", text, StringComparison.Ordinal);
        Assert.DoesNotContain("https://", text, StringComparison.Ordinal);

        string dom = Browse("--dump-dom", "file://" + page);
        Assert.Matches("<body data-ready=\"[1-9][0-9]*\">", dom);
        Assert.DoesNotContain("<b id=", dom, StringComparison.Ordinal);
        Assert.Contains("The runs differ first at event", dom, StringComparison.Ordinal);
        Assert.Contains("<tr class=\"differs first\" id=\"divergence\">", dom, StringComparison.Ordinal);
        Assert.Contains("uname({sysname=\"Linux\"", dom, StringComparison.Ordinal);
        Assert.Matches("-1 EPERM", dom);

        foreach (string scheme in (string[])["0", "1"])
        {
            string picture = Path.Combine(_scratch.Path, $"page-{scheme}.png");
            Browse("--blink-settings=preferredColorScheme=" + scheme, "--window-size=1200,1400", "--screenshot=" + picture, "file://" + page + "#differences");
            Assert.True(new FileInfo(picture).Length > 50_000, "the page's picture is all but empty");
        }
    }

    private string Browse(params string[] arguments)
    {
        string profile = Path.Combine(_scratch.Path, "profile");
        RunResult run = ChildProcess.Run(
            "chromium",
            ["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--user-data-dir=" + profile, "--virtual-time-budget=5000", .. arguments],
            _scratch.Path,
            timeout: TimeSpan.FromMinutes(2));
        Assert.Equal(0, run.ExitCode);
        return run.OutputText;
    }

    private static JsonElement Json(params string[] arguments)
    {
        RunResult run = Diff(["--json", .. arguments]);
        Assert.Equal("", run.ErrorText);
        using JsonDocument json = JsonDocument.Parse(run.OutputText);
        return json.RootElement.Clone();
    }

    private static RunResult Diff(params string[] arguments) => KpioCommandRunner.Invoke(["abi", "diff", .. arguments], "/", timeout: TimeSpan.FromMinutes(2));
}
