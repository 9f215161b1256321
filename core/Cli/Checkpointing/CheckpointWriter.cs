using System.Diagnostics;
using Kpio.Cli.Running;
using Kpio.Kernel;
using Kpio.Kernel.Checkpoint;

namespace Kpio.Cli.Checkpointing;

/// <summary>A checkpoint that lies in its file.</summary>
/// <param name="Bytes">The file's size.</param>
/// <param name="Tasks">How many tasks the machine had.</param>
/// <param name="Cycles">Its cycles.</param>
/// <param name="Pause">How long the guests stood still.</param>
internal sealed record WrittenCheckpoint(long Bytes, int Tasks, long Cycles, TimeSpan Pause);

/// <summary>Writes checkpoints of a running machine, with what the command must know to put one together again.</summary>
internal sealed class CheckpointWriter
{
    private readonly Machine _machine;
    private readonly RunOptions _options;

    public CheckpointWriter(Machine machine, RunOptions options)
    {
        _machine = machine;
        _options = options;
    }

    /// <summary>Writes those that <c>--checkpoint</c> asks for. Before the machine runs.</summary>
    public void Plan(Action<string> report)
    {
        foreach (ScheduledCheckpoint checkpoint in _options.Checkpoints)
        {
            _machine.CaptureAfter(
                checkpoint.Calls,
                repeats: false,
                snapshot =>
                {
                    try
                    {
                        Save(snapshot, checkpoint.Path);
                        if (_options.EndsAtCheckpoint)
                            _machine.Stop(MachineEnd.Kept);
                    }
                    catch (UsageException e)
                    {
                        report(e.Message);
                        if (_options.EndsAtCheckpoint)
                            _machine.Stop(MachineEnd.Stopped);
                    }
                },
                message => report($"--checkpoint {checkpoint.Path}: {message}"));
        }
    }

    /// <summary>Writes one now. From any thread but the machine's.</summary>
    /// <exception cref="SnapshotException">The machine cannot be kept.</exception>
    /// <exception cref="UsageException">The file cannot be written; the machine runs on.</exception>
    public WrittenCheckpoint Write(string path, bool stops)
    {
        long begin = Stopwatch.GetTimestamp();
        TimeSpan pause = default;
        MachineSnapshot snapshot = _machine.Capture(kept =>
        {
            if (stops)
            {
                Save(kept, path);
                _machine.Stop(MachineEnd.Kept);
            }

            pause = Stopwatch.GetElapsedTime(begin);
        });
        if (!stops)
            Save(snapshot, path);
        return new WrittenCheckpoint(new FileInfo(path).Length, snapshot.Tasks, snapshot.Cycles, pause);
    }

    /// <summary>Writes beside the file and puts it into its place when it is whole.</summary>
    private void Save(MachineSnapshot snapshot, string path)
    {
        string partial = path + ".partial";
        try
        {
            using (FileStream file = Create(partial))
                CheckpointFile.Write(file, snapshot.With(RestoredMachine.Describe(_options)));
            File.Move(partial, path, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            TryDelete(partial);
            throw new UsageException($"the checkpoint {path} cannot be written: {ErrorText.Of(e)}", e);
        }
    }

    /// <summary>For this user alone: a checkpoint holds all that the programs have in memory.</summary>
    private static FileStream Create(string path)
    {
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.ReadWrite, BufferSize = 1 << 16 };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        return new FileStream(path, options);
    }

    private static void TryDelete(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            // The reason why it could not be written is told; that it could not be taken away either is the same one.
        }
    }
}
