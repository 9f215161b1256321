using Kpio.Contracts.Abi;
using Kpio.Contracts.Process;
using Kpio.Contracts.Values;

namespace Kpio.Kernel.Execution;

/// <summary>Takes away the system calls that a <see cref="TierSelection"/> leaves out: they answer ENOSYS and are described as not implemented.</summary>
internal sealed class TierLayer : ISyscallAbi
{
    private readonly ISyscallAbi _below;
    private readonly Dictionary<uint, SyscallInfo> _removed = [];

    public TierLayer(ISyscallAbi below, TierSelection selection)
    {
        _below = below;
        AbiCatalog catalog = below.Catalog;
        var calls = new List<SyscallInfo>(catalog.Syscalls.Count);
        foreach (SyscallInfo info in catalog.Syscalls)
        {
            if (info.Support == SyscallSupport.None || selection.Includes(info))
            {
                calls.Add(info);
                continue;
            }

            SyscallInfo removed = info with { Support = SyscallSupport.None, Note = "left out by --tier" };
            _removed.Add(info.Number, removed);
            calls.Add(removed);
        }

        Catalog = catalog with { Syscalls = calls };
    }

    public string Name => _below.Name;

    public AbiCatalog Catalog { get; }

    public SysResult Invoke(GuestTask task, in SyscallFrame frame) =>
        _removed.ContainsKey(frame.Number) ? Errno.ENOSYS : _below.Invoke(task, in frame);

    public SyscallInfo? Describe(uint number) => _removed.TryGetValue(number, out SyscallInfo? info) ? info : _below.Describe(number);
}
