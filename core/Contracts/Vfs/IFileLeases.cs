using Kpio.Contracts.Process;
using Kpio.Contracts.Values;

namespace Kpio.Contracts.Vfs;

/// <summary>Kinds of leases, by the values of F_RDLCK and its kin (fcntl(2)).</summary>
public enum LeaseKind : byte
{
    /// <summary>Broken by who opens the file for writing, or truncates it.</summary>
    Read,

    /// <summary>Broken by who opens the file at all.</summary>
    Write,

    /// <summary>None.</summary>
    None,
}

/// <summary>
/// What open files have a say in of others' opens: leases (fcntl(2), F_SETLEASE), programs that run; and the notices of directories (F_NOTIFY). Who breaks a lease gets EAGAIN from
/// <see cref="IVfs.Open"/> and <see cref="IVfs.SetAttributes"/>; to wait for it, unless O_NONBLOCK was asked for, it waits on
/// <see cref="WaitKind.Lease"/> with the id <see cref="RestartState.Extra"/>, until <see cref="RestartState.DeadlineNanoseconds"/> of CLOCK_MONOTONIC, and tries again.
/// </summary>
public interface IFileLeases
{
    /// <summary>
    /// Takes, changes or gives back the lease of an open file; <paramref name="descriptor"/> is what the signal tells when it is to be given
    /// back. EAGAIN when others have the file open, EACCES for somebody else's file, EINVAL for what is no regular file.
    /// </summary>
    Errno SetLease(GuestTask task, FileId file, int descriptor, LeaseKind kind);

    /// <summary>The lease that the open file has, or what is to become of it when it is being broken.</summary>
    Result<LeaseKind> GetLease(FileId file);

    /// <summary>Asks for a signal when something in a directory changes: DN_… bits; 0 of them end it. ENOTDIR.</summary>
    Errno Notify(GuestTask task, FileId directory, int descriptor, uint events);

    /// <summary>
    /// Begins to run a program: until the open file is closed, opening its file for writing and truncating it give ETXTBSY. ETXTBSY when
    /// somebody has it open for writing (execve(2)).
    /// </summary>
    Errno DenyWriters(FileId file);
}
