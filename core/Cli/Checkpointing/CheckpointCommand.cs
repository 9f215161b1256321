using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Kpio.Cli.Control;

namespace Kpio.Cli.Checkpointing;

/// <summary><c>kpio checkpoint</c>: writes a running machine into a file.</summary>
internal static class CheckpointCommand
{
    private const int Refused = 1;

    public static Command Create()
    {
        var pid = new Option<int?>("--pid") { Description = "The process of kpio run --control.", HelpName = "PID" };
        var socket = new Option<string?>("--socket") { Description = "The socket of kpio run --control.", HelpName = "PATH" };
        var stop = new Option<bool>("--stop") { Description = "End the machine when the file is written; its kpio run ends with 0." };
        var json = new Option<bool>("--json") { Description = "Print JSON." };
        var file = new Argument<string>("FILE") { Description = "The file, which is replaced." };
        var command = new Command("checkpoint", """
            Write a running machine into a file, from which 'kpio restore' goes on. The machine goes on too, unless --stop is said. Exit code 0
            when it is done, 1 when it was refused and the machine runs on as before, 125 when there is no such machine.

            Examples:
              kpio run --control ./server &
              kpio checkpoint --pid $! server.ckpt
              kpio restore server.ckpt
            """) { pid, socket, stop, json, file };
        command.SetAction(result =>
        {
            string path = Path.GetFullPath(result.GetValue(file)!);
            using JsonDocument answer = ControlClient.Ask(result.GetValue(pid), result.GetValue(socket), writer =>
            {
                writer.WriteString("request", "checkpoint");
                writer.WriteString("path", path);
                writer.WriteBoolean("stop", result.GetValue(stop));
            });
            return Tell(answer.RootElement, result.GetValue(json));
        });
        return command;
    }

    private static int Tell(JsonElement answer, bool json)
    {
        if (!answer.GetProperty("ok").GetBoolean())
        {
            Console.Error.WriteLine($"kpio: refused: {ControlClient.Message(answer)}");
            return Refused;
        }

        if (json)
        {
            Console.Out.WriteLine(answer.GetRawText());
            return 0;
        }

        Console.Out.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{answer.GetProperty("path").GetString()}: {answer.GetProperty("bytes").GetInt64()} bytes, {answer.GetProperty("tasks").GetInt32()} tasks, {answer.GetProperty("cycles").GetInt64()} cycles, stopped for {answer.GetProperty("pauseMilliseconds").GetDouble():0.0} ms"));
        return 0;
    }
}
