namespace Kpio.Contracts.Tracing;

/// <summary>Makes tracers and statistics. The Tracing plugin; the command asks for what the user chose.</summary>
public interface ITracerFactory
{
    /// <summary>The formats that it knows: <c>kpio</c>, <c>strace</c>, <c>json</c>, <c>normalized</c>.</summary>
    IReadOnlyList<string> Formats { get; }

    /// <summary>Makes a tracer that writes to <paramref name="output"/>; null for an unknown format.</summary>
    ITracer? Create(string format, TextWriter output, SyscallSet interests);

    /// <summary>Makes a counter of calls.</summary>
    ISyscallStatistics CreateStatistics();
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
