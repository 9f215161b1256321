using System.Diagnostics.CodeAnalysis;

namespace Kpio.Contracts.Tracing;

/// <summary>Makes tracers and statistics. The Tracing plugin; the command asks for what the user chose.</summary>
public interface ITracerFactory
{
    /// <summary>The formats that it knows: <c>kpio</c>, <c>strace</c>, <c>json</c>, <c>normalized</c>.</summary>
    IReadOnlyList<string> Formats { get; }

    /// <summary>
    /// Makes a tracer that writes to <paramref name="output"/>; null for an unknown format. The tracer hands over at each event what
    /// the event completes; a writer with AutoFlush keeps it in order with what the guest prints on the same terminal, one without is
    /// flushed by <see cref="ITracer.Flush"/>.
    /// </summary>
    /// <param name="format">One of <see cref="Formats"/>.</param>
    /// <param name="output">Where the trace goes.</param>
    /// <param name="target">What that is; a format may look otherwise for people than in a file.</param>
    /// <param name="interests">The calls to be shown.</param>
    ITracer? Create(string format, TextWriter output, TraceTarget target, SyscallSet interests);

    /// <summary>
    /// Reads a set of calls as <c>--trace-filter</c> and strace(1)'s <c>-e trace=</c> spell it: names, numbers, classes
    /// (<c>%file</c>, <c>%desc</c>, <c>%memory</c>, <c>%process</c>, <c>%signal</c>, <c>%network</c>, …) and <c>/regex/</c>,
    /// separated by commas; <c>!</c> in front takes the complement, <c>?</c> before a name lets it be unknown.
    /// </summary>
    /// <param name="text">What the user wrote.</param>
    /// <param name="set">The set, or null.</param>
    /// <param name="error">One line for the user when there is no set.</param>
    bool TryParseFilter(string text, [NotNullWhen(true)] out SyscallSet? set, [NotNullWhen(false)] out string? error);

    /// <summary>Makes a counter of calls.</summary>
    ISyscallStatistics CreateStatistics();
}

/// <summary>What a trace is written to.</summary>
public enum TraceTarget
{
    /// <summary>A file: whole lines, all of one form.</summary>
    File,

    /// <summary>Standard error, where somebody looks on: what a call begins with is shown when it begins.</summary>
    Console,
}

/// <summary>An observer that writes lines.</summary>
public interface ITracer : ISyscallObserver
{
    /// <summary>Writes what is still buffered, and what the format ends with.</summary>
    void Flush();
}

/// <summary>Counts of calls.</summary>
public interface ISyscallStatistics : ISyscallObserver
{
    /// <summary>Writes the seed document's box, sorted by count.</summary>
    void WriteTable(TextWriter output);

    /// <summary>Writes the counts as one JSON object.</summary>
    void WriteJson(TextWriter output);

    /// <summary>All calls.</summary>
    long Total { get; }

    /// <summary>Calls of numbers that the ABI does not implement.</summary>
    long Unknown { get; }
}
