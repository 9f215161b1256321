using System.Diagnostics;

namespace Kpio.Testing;

/// <summary>
/// Starts a program of the host and gathers what it wrote. Standard input is given whole and then closed; both outputs are read
/// as bytes. A program that outlives its time is killed, which the result says.
/// </summary>
public static class ChildProcess
{
    /// <summary>Runs to the end.</summary>
    public static RunResult Run(
        string fileName,
        IEnumerable<string> arguments,
        string workingDirectory,
        IReadOnlyDictionary<string, string>? environment = null,
        byte[]? input = null,
        TimeSpan? timeout = null)
    {
        var start = new ProcessStartInfo(fileName)
        {
            WorkingDirectory = workingDirectory,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        foreach (string argument in arguments)
            start.ArgumentList.Add(argument);
        if (environment is not null)
        {
            start.Environment.Clear();
            foreach ((string name, string value) in environment)
                start.Environment[name] = value;
        }

        using var process = Process.Start(start) ?? throw new InvalidOperationException($"{fileName} did not start.");
        Task<byte[]> output = ReadAllAsync(process.StandardOutput.BaseStream);
        Task<byte[]> error = ReadAllAsync(process.StandardError.BaseStream);
        WriteInput(process, input);

        bool ended = process.WaitForExit(timeout ?? TimeSpan.FromSeconds(60));
        if (!ended)
            process.Kill(entireProcessTree: true);
        process.WaitForExit();
        return new RunResult(output.GetAwaiter().GetResult(), error.GetAwaiter().GetResult(), process.ExitCode, !ended);
    }

    private static void WriteInput(Process process, byte[]? input)
    {
        try
        {
            if (input is { Length: > 0 })
                process.StandardInput.BaseStream.Write(input);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // The program ended without reading its input (EPIPE): that is its right, and its result tells the rest.
        }
    }

    private static async Task<byte[]> ReadAllAsync(Stream stream)
    {
        using var memory = new MemoryStream();
        await stream.CopyToAsync(memory).ConfigureAwait(false);
        return memory.ToArray();
    }
}
