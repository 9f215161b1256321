using Kpio.Contracts.Process;
using Kpio.Contracts.Values;

namespace Kpio.Contracts.Vfs;

/// <summary>
/// Changes of descriptor tables that concern the files behind them: every entry holds a reference, and closing one has effects of its
/// own (record locks of the process go, fcntl(2)). Whoever removes an entry does it through here.
/// </summary>
public interface IDescriptorTables
{
    /// <summary>Closes a descriptor (close(2)); EBADF when it is not open.</summary>
    Errno Close(DescriptorTable table, int fd);

    /// <summary>Puts a file in place of what a descriptor holds, which is closed; the table takes over the caller's reference (dup2(2)).</summary>
    void Replace(DescriptorTable table, int fd, Descriptor descriptor);

    /// <summary>A copy with references of its own and one sharer: fork(2), unshare(2) with CLONE_FILES. Record locks are not inherited.</summary>
    DescriptorTable Copy(DescriptorTable table);

    /// <summary>Closes what is marked close-on-exec (execve(2)). The table is shared by nobody else.</summary>
    void CloseOnExec(DescriptorTable table);

    /// <summary>A sharer has gone (exit(2), unshare(2)); with the last one everything is closed.</summary>
    void Leave(DescriptorTable table);
}
