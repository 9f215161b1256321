using Kpio.Contracts.Host;
using Kpio.Contracts.Platform;
using Kpio.Contracts.Values;
using Kpio.Platform.X64.Cpu;
using Kpio.Platform.X64.Debugging;
using Kpio.Platform.X64.Interpreter;
using Kpio.Platform.X64.Mmu;
using Kpio.Platform.X64.Timing;

namespace Kpio.Platform.X64;

/// <summary>Fills a buffer with what RDRAND and RDSEED give.</summary>
public delegate void EntropySource(Span<byte> destination);

/// <summary>
/// The emulated machine: memory, page tables and processors. Everything is changed under the kernel lock; only
/// <see cref="ICpu.Interrupt"/> may be called at any time.
/// </summary>
public sealed class X64Machine : IDisposable
{
    private readonly PhysicalMemory _memory;
    private readonly MemoryManagementUnit _mmu;
    private readonly BlockCache _blocks;
    private readonly EntropySource _entropy;
    private readonly PlainList<X64Cpu> _cpus = new();
    private DebugPoints? _debugPoints;

    /// <param name="memoryBytes">The machine's memory; the host backs it as it is touched.</param>
    /// <param name="entropy">Where RDRAND and RDSEED come from.</param>
    /// <param name="pool">Where the memory comes from and goes to; null for the host.</param>
    public X64Machine(long memoryBytes, EntropySource entropy, MemoryPool? pool = null)
        : this(new PhysicalMemory(memoryBytes, pool), entropy)
    {
    }

    /// <summary>A machine that is to be restored from the snapshot of a store, whose frames it shares.</summary>
    /// <param name="frames">The frames. May be disposed of before the machine.</param>
    /// <param name="entropy">Where RDRAND and RDSEED come from.</param>
    /// <param name="pool">Where memory of the machine's own comes from and goes to, when there are too few frames to share; null for the host.</param>
    /// <exception cref="IOException">The host has no memory for it.</exception>
    public X64Machine(FrameStore frames, EntropySource entropy, MemoryPool? pool = null)
        : this(new PhysicalMemory(frames ?? throw new ArgumentNullException(nameof(frames)), pool), entropy)
    {
    }

    private X64Machine(PhysicalMemory memory, EntropySource entropy)
    {
        ArgumentNullException.ThrowIfNull(entropy);
        _entropy = entropy;
        _memory = memory;
        _mmu = new MemoryManagementUnit(_memory);
        _blocks = new BlockCache(_memory, _mmu);
    }

    /// <summary>
    /// After how many instructions of a processor code is decoded to specialised handlers: short programs end sooner without. 0: from
    /// the first. It changes no result and no cycle count.
    /// </summary>
    public long PlainInstructions { get; init; } = 500_000;

    /// <summary>What its processors are: the instructions that they have and that CPUID claims.</summary>
    public CpuModel Model
    {
        get => _blocks.Model;
        init => _blocks.Model = value;
    }

    /// <summary>Memory for machine code: with it, blocks that are executed often are translated. Null: the interpreter runs everything.</summary>
    public ICodeMemory? CodeMemory { get; init; }

    /// <summary>Whether blocks are translated that the interpreter does as well: for tests.</summary>
    internal bool TranslatesEverything { get; init; }

    /// <summary>Bytes of the host's memory for translated code, at least 64 KiB; when they are used up, all of it is forgotten.</summary>
    public long CodeCacheBytes { get; init; } = 64L << 20;

    /// <summary>How often a block is entered before it is translated.</summary>
    public int TranslateAfter { get; init; } = 32;

    /// <summary>The frames.</summary>
    public IPhysicalMemory PhysicalMemory => _memory;

    /// <summary>The page tables.</summary>
    public IMmu Mmu => _mmu;

    /// <summary>Guest memory by linear address.</summary>
    public IGuestMemory GuestMemory => _mmu;

    /// <summary>The timing model in force.</summary>
    public ITimingModel Timing { get; } = new UntimedModel();

    /// <summary>Told of instructions that have no implementation yet, which the guest sees as #UD: the address and the instruction's text.</summary>
    public Action<ulong, string>? NotImplemented { get; set; }

    /// <summary>The breakpoints and watchpoints of a debugger; made when one first asks, for they would cost time at every start.</summary>
    internal DebugPoints DebugPoints => _debugPoints ??= new DebugPoints(_blocks, [.. _cpus.ToArray().Select(static cpu => cpu.Engine)]);

    /// <summary>Makes a processor.</summary>
    public ICpu CreateCpu()
    {
        var cpu = new X64Cpu(this, _mmu, _memory, _blocks, _entropy);
        _cpus.Add(cpu);
        _debugPoints?.Register(cpu.Engine);
        return cpu;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        // In this order: dropping blocks empties the processors' caches and unmarks frames.
        _blocks.Dispose();
        foreach (X64Cpu cpu in _cpus) cpu.Dispose();
        _memory.Dispose();
    }
}
