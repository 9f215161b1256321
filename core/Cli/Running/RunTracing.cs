using System.Text;
using Kpio.Contracts.Tracing;
using Kpio.Kernel;
using Kpio.Kernel.Hosting;

namespace Kpio.Cli.Running;

/// <summary>The tracer and the statistics that a run was asked for.</summary>
internal sealed class RunTracing : IDisposable
{
    private readonly ErrorWriter _error;
    private readonly bool _json;
    private readonly StreamWriter? _file;
    private readonly string? _path;
    private readonly TracerHandle<ITracer>? _tracer;
    private readonly TracerHandle<ISyscallStatistics>? _statistics;
    private bool _isBroken;

    public RunTracing(Machine machine, RunOptions options, ErrorWriter error)
    {
        _error = error;
        _json = options.Json;
        ITracerFactory[] factories = [.. machine.Slots.Tracers.Current];
        if (factories.Length == 0)
            throw new UsageException("no loaded plugin can trace");
        if (options.Statistics)
            _statistics = machine.CountCalls();

        if (!options.Trace)
            return;
        ITracerFactory factory = factories.FirstOrDefault(f => f.Formats.Contains(options.TraceFormat))
            ?? throw new UsageException($"--trace-format {options.TraceFormat}: use {string.Join(", ", factories.SelectMany(f => f.Formats))}");
        SyscallSet interests = SyscallSet.All();
        if (options.TraceFilter is { } filter)
        {
            if (!factory.TryParseFilter(filter, out SyscallSet? set, out string? problem))
                throw new UsageException($"--trace-filter: {problem}");
            interests = set;
        }

        _path = options.TraceFile;
        _file = _path is not null ? OpenFile(_path) : null;
        _tracer = machine.Trace(options.TraceFormat, (TextWriter?)_file ?? error, _file is null ? TraceTarget.Console : TraceTarget.File, interests);
    }

    /// <summary>The counts of system calls, when they were asked for.</summary>
    public TracerHandle<ISyscallStatistics>? Statistics => _statistics;

    /// <summary>The machine has ended: writes what is left.</summary>
    public void Finish()
    {
        try
        {
            _tracer?.Current.Flush();
            _file?.Flush();
        }
        catch (IOException e)
        {
            _isBroken = true;
            throw new UsageException($"--trace {_path}: {ErrorText.Of(e)}", e);
        }

        if (_statistics is null)
            return;
        if (_json)
            _statistics.Current.WriteJson(_error);
        else
            _statistics.Current.WriteTable(_error);
    }

    public void Dispose()
    {
        // A writer that could not be emptied fails once more when it is disposed of.
        if (!_isBroken)
            _file?.Dispose();
    }

    private static StreamWriter OpenFile(string path)
    {
        try
        {
            return new StreamWriter(path, append: false, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false)) { NewLine = "\n" };
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"--trace {path}: {ErrorText.Of(e)}", e);
        }
    }
}
