using Kpio.Contracts.Abi;
using Kpio.Contracts.Memory;
using Kpio.Contracts.Plugins;
using Kpio.Contracts.Vfs;

namespace Kpio.Plugins.KpioTierA;

/// <summary>The layer that <c>--abi kpio-tier-a</c> chooses.</summary>
internal sealed class TierALayer : ISyscallLayer
{
    private readonly Slot<IMemoryManager> _memory;
    private readonly Slot<IOpenFiles> _files;
    private readonly Slot<IPipes> _pipes;

    public TierALayer(Slot<IMemoryManager> memory, Slot<IOpenFiles> files, Slot<IPipes> pipes)
    {
        _memory = memory;
        _files = files;
        _pipes = pipes;
    }

    public string Name => "kpio-tier-a";

    public ISyscallAbi Stack(ISyscallAbi below) => new TierASyscalls(below, _memory, _files, _pipes);
}
