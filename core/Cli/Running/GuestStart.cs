using Kpio.Contracts.Process;
using Kpio.Contracts.Values;
using Kpio.Kernel;
using Kpio.Platform.Host;

namespace Kpio.Cli.Running;

/// <summary>Puts the program that was asked for into a machine.</summary>
internal static class GuestStart
{
    /// <summary>Mounts the root that was chosen, and settles the working directory.</summary>
    public static void MountRoot(Machine machine, RunOptions options, List<byte[]> hostEnvironment)
    {
        string directory = "/";
        if (options.Root == "host")
            directory = options.WorkingDirectory is { } chosen ? Path.GetFullPath(chosen) : HostProcess.CurrentDirectory;
        options.WorkingDirectory ??= directory;
        RootMounts.Apply(machine, options, directory, hostEnvironment);
    }

    /// <summary>Starts the program on the root that is mounted.</summary>
    /// <param name="machine">The machine, which has no program yet.</param>
    /// <param name="options">What was asked for.</param>
    /// <param name="hostEnvironment">The environment of this process.</param>
    /// <param name="message">Why it has not started, in a line; empty when it has.</param>
    /// <returns>0, or the exit code of a run that has not begun.</returns>
    public static int Begin(Machine machine, RunOptions options, List<byte[]> hostEnvironment, out string message)
    {
        List<byte[]> environment = GuestEnvironment.Create(options, hostEnvironment);
        byte[][] arguments = GuestStrings.EncodeArguments(options.Arguments);
        Errno result = machine.Start(
            new ProgramRequest
            {
                Path = arguments[0],
                SearchPath = GuestEnvironment.SearchPath(environment),
                Arguments = arguments,
                Environment = environment,
                Mounts = RootMounts.Describe(options.Mounts),
                WorkingDirectory = GuestStrings.Encode(options.WorkingDirectory!),
                Credentials = Credentials.Of(options.User, options.Group),
            },
            out string culprit);
        message = "";
        return result == Errno.None ? 0 : StartFailure.Explain(machine, options, culprit, result, out message);
    }
}
