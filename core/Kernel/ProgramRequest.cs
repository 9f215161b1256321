using Kpio.Contracts.Process;
using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;

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

    /// <summary>What is mounted before the program starts, in this order, over the machine's own mounts. Missing mount points are made.</summary>
    public PlainList<MachineMount> Mounts { get; init; } = [];

    /// <summary>Called when the mounts are made and before the working directory is entered, to put files into the guests' tree. Its error is the start's.</summary>
    public FilePreparation? Prepare { get; init; }

    /// <summary>User and group.</summary>
    public Credentials Credentials { get; init; } = Credentials.Of(0, 0);
}

/// <summary>Puts files into the guests' tree before a program starts; answers the error that keeps it from doing so.</summary>
public delegate Errno FilePreparation(MachineFiles files);

/// <summary>A mount.</summary>
/// <param name="Type">The file system's type.</param>
/// <param name="Options">Its source and options.</param>
/// <param name="Path">Where, in the guest's tree.</param>
/// <param name="IsFile">Whether a single file is mounted, so that a missing mount point is made as one.</param>
public sealed record MachineMount(string Type, MountOptions Options, byte[] Path, bool IsFile = false);
