using System.Globalization;
using Kpio.Testing;

namespace Kpio.HotSwap.Tests.Command;

/// <summary><c>--watch</c>: a plugin's file changes, and the plugin with it.</summary>
public sealed class WatchTests : IDisposable
{
    private readonly ScratchDirectory _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void SavedSourceIsSwappedIn()
    {
        string path = _folder.Write("layer.cs", SpeechPlugin.Source(SpeechPlugin.Loud));
        using var kpio = new RunningKpio(["--watch", "--abi", path]);
        Assert.Equal("HELLO", kpio.Ask("hello"));

        File.WriteAllText(path, SpeechPlugin.Source(SpeechPlugin.Next));
        kpio.AskUntil("hello", "ifmmp");

        // What does not compile changes nothing, and is said once.
        File.WriteAllText(path, SpeechPlugin.Source("letter += nothing"));
        kpio.WaitForError($"; plugin 'speech' stays as it is");
        Assert.Equal("ifmmp", kpio.Ask("hello"));
        Assert.Equal(
            string.Create(CultureInfo.InvariantCulture, $"""
            kpio: {path}({SpeechPlugin.ChangeLine},27): error CS0103: The name 'nothing' does not exist in the current context
            kpio: {path} does not compile: 1 error; plugin 'speech' stays as it is
            """),
            kpio.Error);

        // Many editors write another file and put it in the place of the old one.
        string other = _folder.Write("layer.cs~", SpeechPlugin.Source(SpeechPlugin.Loud));
        File.Move(other, path, overwrite: true);
        kpio.AskUntil("hello", "HELLO");

        // What is no plugin any more is refused.
        File.WriteAllText(path, "internal sealed class Nothing;\n");
        kpio.WaitForError($"kpio: {path} is not swapped in: {path} is no KPIO plugin: it has 0 public classes that implement IKernelPlugin, not one; plugin 'speech' stays as it is");
        Assert.Equal("HELLO", kpio.Ask("hello"));
        Assert.Equal(0, kpio.End());
    }

    [Fact]
    public void AssemblyThatIsBuiltAgainIsSwappedIn()
    {
        string path = Path.Combine(_folder.Path, "Layer.dll");
        SpeechPlugin.Compile(SpeechPlugin.Loud, "1, 0", path);
        using var kpio = new RunningKpio(["--watch", "--verbose", "--abi", path]);
        Assert.Equal("HELLO", kpio.Ask("hello"));
        SpeechPlugin.Compile(SpeechPlugin.Next, "1, 2", path);
        kpio.AskUntil("hello", "ifmmp");
        kpio.WaitForError("kpio: swapped speech 1.0 ");

        // Touched, and the same: nothing is to be done.
        File.SetLastWriteTimeUtc(path, DateTime.UtcNow.AddSeconds(-5));
        SpeechPlugin.Compile(SpeechPlugin.Loud, "1, 3", path);
        kpio.AskUntil("hello", "HELLO");
        Assert.Equal(0, kpio.End());
        Assert.Equal(2, kpio.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
    }
}
