using System.CommandLine;
using System.Text;
using System.Text.Json;
using Kpio.Cli.Control;
using Kpio.Cli.Running;

namespace Kpio.Cli.Commands;

/// <summary><c>kpio plugins</c>: what is loaded, here or in a running machine, and what each one provides.</summary>
internal static class PluginsCommand
{
    public static Command Create()
    {
        var json = new Option<bool>("--json") { Description = "Print JSON." };
        var plugin = new Option<string[]>("--plugin") { Description = "Load this plugin too: an assembly, or one .cs file.", HelpName = "PATH" };
        var pid = new Option<int?>("--pid") { Description = "Ask the machine of this process, which was started with kpio run --control.", HelpName = "PID" };
        var socket = new Option<string?>("--socket") { Description = "Ask the machine that listens at this socket.", HelpName = "PATH" };
        var command = new Command("plugins", "List the plugins that a machine has, with what they provide.") { json, plugin, pid, socket };
        command.SetAction(result =>
        {
            List<PluginRow> rows = result.GetValue(pid) is null && result.GetValue(socket) is null
                ? OfNewMachine(result.GetValue(plugin) ?? [])
                : OfRunningMachine(result.GetValue(pid), result.GetValue(socket), result.GetValue(plugin) ?? []);
            if (result.GetValue(json))
                Console.Out.WriteLine(ToJson(rows));
            else
                TextTable.Write(Console.Out, PluginRow.Header, rows.Select(static row => row.Cells()));
            return 0;
        });
        return command;
    }

    private static List<PluginRow> OfNewMachine(string[] plugins)
    {
        var options = new RunOptions();
        options.Plugins.AddRange(plugins);
        return CatalogMachine.Ask(options, static machine => machine.Plugins.Select(PluginRow.Of).ToList());
    }

    private static List<PluginRow> OfRunningMachine(int? pid, string? socket, string[] plugins)
    {
        if (plugins.Length > 0)
            throw new UsageException("--plugin is not for a machine that runs: 'kpio swap' changes its plugins");
        using JsonDocument answer = ControlClient.Ask(pid, socket, static writer => writer.WriteString("request", "plugins"));
        return answer.RootElement.GetProperty("ok").GetBoolean()
            ? [.. answer.RootElement.GetProperty("plugins").EnumerateArray().Select(PluginRow.Read)]
            : throw new UsageException(ControlClient.Message(answer.RootElement));
    }

    private static string ToJson(List<PluginRow> rows)
    {
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true }))
            PluginRow.Write(writer, null, rows);
        return Encoding.UTF8.GetString(buffer.ToArray());
    }
}
