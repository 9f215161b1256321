using System.Globalization;
using System.Net.Sockets;
using System.Text.Json;
using Kpio.Cli.Running;

namespace Kpio.Cli.Control;

/// <summary>Asks a running machine through its control socket.</summary>
internal static class ControlClient
{
    /// <summary>Sends one request and waits for its answer, whose <c>ok</c> the caller looks at.</summary>
    /// <param name="pid">The process of <c>kpio run</c>, or null.</param>
    /// <param name="path">Its socket, or null.</param>
    /// <param name="fields">Writes the request.</param>
    /// <exception cref="UsageException">There is no such machine, or it has ended.</exception>
    public static JsonDocument Ask(int? pid, string? path, Action<Utf8JsonWriter> fields)
    {
        if (pid is null == path is null)
            throw new UsageException("say which machine: --pid PID or --socket PATH");
        using Socket socket = Connect(path is not null ? [Path.GetFullPath(path)] : [.. ControlSocket.PathsOf(pid!.Value)], pid);
        try
        {
            using var request = new MemoryStream();
            using (var writer = new Utf8JsonWriter(request))
            {
                writer.WriteStartObject();
                fields(writer);
                writer.WriteEndObject();
            }

            request.WriteByte((byte)'\n');
            socket.Send(request.ToArray());
            return JsonDocument.Parse(ReadLine(socket));
        }
        catch (Exception e) when (e is SocketException or JsonException)
        {
            throw new UsageException("the machine has ended before it answered", e);
        }
    }

    /// <summary>The message of an answer that is not <c>ok</c>.</summary>
    public static string Message(JsonElement answer) => answer.GetProperty("message").GetString()!;

    private static Socket Connect(string[] paths, int? pid)
    {
        foreach (string path in paths)
        {
            var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            try
            {
                socket.Connect(new UnixDomainSocketEndPoint(path));
                return socket;
            }
            catch (Exception e) when (e is SocketException or ArgumentException)
            {
                socket.Dispose();
            }
        }

        throw new UsageException(pid is null
            ? $"no machine listens at {paths[0]}: is it a socket of kpio run --control?"
            : string.Create(CultureInfo.InvariantCulture, $"process {pid} does not listen at {string.Join(" or ", paths)}: was it started with kpio run --control? A socket with a path of its own is found with --socket"));
    }

    private static byte[] ReadLine(Socket socket)
    {
        using var answer = new MemoryStream();
        byte[] buffer = new byte[4096];
        int count;
        while ((count = socket.Receive(buffer)) > 0)
        {
            answer.Write(buffer, 0, count);
            if (buffer[count - 1] == (byte)'\n')
                break;
        }

        return answer.ToArray();
    }
}
