using System.Globalization;
using Kpio.Contracts.Abi;
using Kpio.Contracts.Process;

namespace Kpio.Kernel.Execution;

/// <summary>Logs each system call that nobody implements once, by its name, when a guest first makes it.</summary>
internal sealed class UnknownSyscalls
{
    private HashSet<uint>? _seen;
    private readonly IKernelLog _log;

    public UnknownSyscalls(IKernelLog log) => _log = log;

    /// <summary>A call answered ENOSYS. An implemented one may do so too, for an operation that it does not know.</summary>
    public void Note(uint number, ISyscallAbi abi)
    {
        if (!(_seen ??= []).Add(number))
            return;
        SyscallInfo? info = abi.Describe(number);
        if (info is null or { Support: SyscallSupport.None })
            _log.Write(string.Create(CultureInfo.InvariantCulture, $"unknown syscall {info?.Name ?? "?"} ({number}): ENOSYS"));
    }
}
