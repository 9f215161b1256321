using System.Text.Json;
using Kpio.Testing;

namespace Kpio.HotSwap.Tests.Command;

/// <summary>Requests that make no sense: one machine answers each of them, and runs on.</summary>
public sealed class WrongRequestTests(WrongRequestTests.ControlledMachine machine) : IClassFixture<WrongRequestTests.ControlledMachine>
{
    [Theory]
    [InlineData("rubbish", "syntax")]
    [InlineData("{\"request\":", "syntax")]
    [InlineData("[]", "syntax")]
    [InlineData("\"stats\"", "syntax")]
    [InlineData("\u0000\u0001ÿ", "syntax")]
    [InlineData("{}", "request")]
    [InlineData("{\"request\":7}", "request")]
    [InlineData("{\"request\":\"nothing\"}", "request")]
    [InlineData("{\"request\":\"\\ud800\"}", "request")]
    [InlineData("{\"request\":\"\u00ff\"}", "request")]
    [InlineData("{\"id\":\"\u00ff\",\"request\":\"stats\"}", "request")]
    [InlineData("{\"request\":\"trace\"}", "request")]
    [InlineData("{\"request\":\"trace\",\"on\":\"yes\"}", "request")]
    [InlineData("{\"request\":\"swap\"}", "request")]
    [InlineData("{\"request\":\"swap\",\"plugins\":[]}", "request")]
    [InlineData("{\"request\":\"swap\",\"plugins\":[7]}", "request")]
    [InlineData("{\"request\":\"swap\",\"plugins\":[{\"path\":\"relative.dll\"}]}", "request")]
    [InlineData("{\"request\":\"swap\",\"plugins\":[{\"path\":\"builtin\"}]}", "request")]
    [InlineData("{\"request\":\"swap\",\"plugins\":[{\"name\":\"vfs\",\"path\":\"/missing\"}]}", "refused")]
    [InlineData("{\"request\":\"swap\",\"plugins\":[{\"name\":\"vfs\"},{\"name\":\"vfs\"}]}", "refused")]
    public void WrongRequestsAreAnswered(string line, string error) => machine.Check(line, error);

    /// <summary>A machine with a control socket.</summary>
    public sealed class ControlledMachine : IDisposable
    {
        private readonly ScratchDirectory _folder = new();
        private readonly string _socket;
        private readonly RunningKpio _kpio;

        public ControlledMachine()
        {
            _socket = Path.Combine(_folder.Path, "kpio.sock");
            _kpio = new RunningKpio(["--control", _socket]);
            _kpio.WaitForSocket(_socket);
        }

        public void Dispose()
        {
            _kpio.Dispose();
            _folder.Dispose();
        }

        internal void Check(string line, string error)
        {
            using var client = new SocketClient(_socket);
            using JsonDocument answer = JsonDocument.Parse(client.Ask(line));
            Assert.Equal((false, error), (answer.RootElement.GetProperty("ok").GetBoolean(), answer.RootElement.GetProperty("error").GetString()));
            Assert.NotEmpty(answer.RootElement.GetProperty("message").GetString()!);
            Assert.Equal("a", _kpio.Ask("a"));
        }
    }
}
