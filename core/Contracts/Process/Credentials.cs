using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;

namespace Kpio.Contracts.Process;

/// <summary>User and group ids of a task (credentials(7)). A value: changed by replacing it.</summary>
/// <param name="RealUser">The real user id.</param>
/// <param name="EffectiveUser">The effective user id.</param>
/// <param name="SavedUser">The saved set-user-id.</param>
/// <param name="FileSystemUser">The user id that file access is checked with.</param>
/// <param name="RealGroup">The real group id.</param>
/// <param name="EffectiveGroup">The effective group id.</param>
/// <param name="SavedGroup">The saved set-group-id.</param>
/// <param name="FileSystemGroup">The group id that file access is checked with.</param>
/// <param name="Groups">Supplementary groups.</param>
public sealed record Credentials(
    uint RealUser,
    uint EffectiveUser,
    uint SavedUser,
    uint FileSystemUser,
    uint RealGroup,
    uint EffectiveGroup,
    uint SavedGroup,
    uint FileSystemGroup,
    IReadOnlyList<uint> Groups)
{
#pragma warning disable CA1825 // Array.Empty over a value type is left to the JIT at every start.
    private static readonly uint[] NoGroups = new uint[0];
#pragma warning restore CA1825

    /// <summary>Credentials in which every id of a kind is the same.</summary>
    public static Credentials Of(uint user, uint group) => new(user, user, user, user, group, group, group, group, NoGroups);

    /// <summary>Whether the task may do what Linux reserves to uid 0's capabilities.</summary>
    public bool IsPrivileged => EffectiveUser == 0;
}

/// <summary>What path look-ups start from (CLONE_FS shares it).</summary>
public sealed class FileSystemContext
{
    /// <summary>The root directory, an open file of the Vfs plugin.</summary>
    public FileId Root { get; set; }

    /// <summary>The working directory, an open file of the Vfs plugin.</summary>
    public FileId WorkingDirectory { get; set; }

    /// <summary>The file mode creation mask (umask(2)).</summary>
    public uint Umask { get; set; } = 0x12; // 022

    /// <summary>How many tasks share this (CLONE_FS).</summary>
    public int Sharers { get; set; } = 1;

    /// <summary>One with the same root, working directory and umask, for one task; it has references of its own.</summary>
    public FileSystemContext Copy(IOpenFiles files)
    {
        files.AddReference(Root);
        files.AddReference(WorkingDirectory);
        return new FileSystemContext { Root = Root, WorkingDirectory = WorkingDirectory, Umask = Umask };
    }

    /// <summary>One task less has the context; the last gives its references back.</summary>
    public void Leave(IOpenFiles files)
    {
        if (--Sharers > 0)
            return;
        files.Release(Root);
        files.Release(WorkingDirectory);
    }
}
