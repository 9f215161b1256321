using Kpio.Contracts.Process;

namespace Kpio.Kernel;

/// <summary>The machine's first program. Paths, arguments and environment are bytes, as Linux has them.</summary>
public sealed record ProgramRequest
{
    /// <summary>The program's path in the guest's tree.</summary>
    public required byte[] Path { get; init; }

    /// <summary>Directories in which a <see cref="Path"/> without a slash is looked for, as a shell does with PATH; null takes it as it is.</summary>
    public byte[]? SearchPath { get; init; }

    /// <summary>argv.</summary>
    public required IReadOnlyList<byte[]> Arguments { get; init; }

    /// <summary>envp: <c>NAME=value</c>.</summary>
    public IReadOnlyList<byte[]> Environment { get; init; } = [];

    /// <summary>The working directory.</summary>
    public byte[] WorkingDirectory { get; init; } = [(byte)'/'];

    /// <summary>User and group.</summary>
    public Credentials Credentials { get; init; } = Credentials.Of(0, 0);
}
