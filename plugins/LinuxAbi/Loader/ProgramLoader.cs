using Kpio.Contracts.Abi;
using Kpio.Contracts.Memory;
using Kpio.Contracts.Platform;
using Kpio.Contracts.Plugins;
using Kpio.Contracts.Process;
using Kpio.Contracts.State;
using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;
using static Kpio.Plugins.LinuxAbi.Linux;

namespace Kpio.Plugins.LinuxAbi.Loader;

/// <summary>
/// Loads ELF programs for x86_64, static and with an interpreter, the way fs/binfmt_elf.c lays them out: segments, heap, stack and
/// auxiliary vector. Preconditions: the address space is empty and no task runs in it.
/// </summary>
internal sealed class ProgramLoader : IProgramLoader, IStatefulService<AbiState>
{
    private const int StateVersion = 1;

    /// <summary>ELF_ET_DYN_BASE: two thirds of the address space, where programs with an interpreter go.</summary>
    private const ulong DynamicBase = 0x5555_5555_4000;
    private const ulong StackTop = UserBuffer.AddressLimit;
    private const ulong InitialStackRoom = 128 << 10; // setup_arg_pages: stack_expand
    private const uint ADDR_NO_RANDOMIZE = 0x0040000;
    private const ulong ClockTicks = 100;

    private readonly Slot<IOpenFiles> _files;
    private readonly Slot<IMemoryManager> _memory;
    private readonly Slot<IAddressSpaces> _spaces;
    private readonly IEntropySource _entropy;
    private readonly MachineOptions _options;
    private ulong _loads;

    public ProgramLoader(Slot<IOpenFiles> files, Slot<IMemoryManager> memory, Slot<IAddressSpaces> spaces, IEntropySource entropy, MachineOptions options)
    {
        _files = files;
        _memory = memory;
        _spaces = spaces;
        _entropy = entropy;
        _options = options;
    }

    public AbiState Capture() => new() { Version = StateVersion, ProgramsLoaded = _loads };

    public Errno Restore(AbiState state)
    {
        if (state.Version != StateVersion)
            return Errno.EINVAL;
        _loads = state.ProgramsLoaded;
        return Errno.None;
    }

    public Result<ProgramKind> Inspect(FileId file)
    {
        var program = new ProgramFile(_files.Current, file);
        Span<byte> start = stackalloc byte[ScriptLine.MaximumLength];
        start.Clear();
        int length = program.ReadAtMost(start, 0);
        if (length >= 2 && start[..2].SequenceEqual("#!"u8))
            return ScriptLine.Read(start);
        return ElfImage.Read(program).TryGet(out ElfImage? image, out Errno error)
            ? new ProgramKind(false, image.Interpreter, null)
            : error;
    }

    public Result<ProgramStart> Load(in LoadRequest request)
    {
        if (!ElfImage.Read(new ProgramFile(_files.Current, request.File)).TryGet(out ElfImage? image, out Errno error))
            return error;
        ElfImage? interpreter = null;
        if (!request.Interpreter.IsNone
            && !ElfImage.Read(new ProgramFile(_files.Current, request.Interpreter)).TryGet(out interpreter, out _))
            return Errno.ELIBBAD;

        bool random = _options.RandomizeAddresses && (request.Task.Group.Personality & ADDR_NO_RANDOMIZE) == 0;
        var layout = new LayoutRandom(_options.Seed ^ ((ulong)request.Task.Group.Pid << 32) ^ _loads++, random);
        ulong stackLimit = request.Task.Group.Limits[(int)RLIMIT_STACK].Soft;
        ulong stackTop = StackTop - layout.Pages(22);
        _spaces.Current.SetLayout(request.Space, new AddressSpaceLayout(MappingTop(stackLimit, ref layout), stackTop, stackLimit));

        var mapper = new ElfMapper(_memory.Current, request.Space);
        // A program without an interpreter may be one itself (ld.so run by hand): it goes where libraries go.
        ulong wanted = image.IsPositionIndependent && interpreter is not null ? DynamicBase + layout.Pages(28) : 0;
        if (!mapper.Map(image, request.File, wanted).TryGet(out ulong bias, out error))
            return error;
        ulong entry = bias + image.Entry;
        ulong interpreterBase = 0;
        if (interpreter is not null)
        {
            if (!mapper.Map(interpreter, request.Interpreter, 0).TryGet(out ulong interpreterBias, out error))
                return error;
            interpreterBase = interpreterBias + (interpreter.IsPositionIndependent ? 0 : interpreter.PageStart);
            entry = interpreterBias + interpreter.Entry;
        }

        if (entry >= UserBuffer.AddressLimit)
            return Errno.EINVAL;
        ulong heap = image.IsPositionIndependent && interpreter is null ? DynamicBase : bias + image.PageEnd;
        _spaces.Current.SetHeapStart(request.Space, heap + layout.Pages(13));
        var stack = new InitialStack(request.Path, request.Arguments, request.Environment, stackTop, layout.Bits(13));
        error = BuildStack(in request, image, bias, interpreterBase, stack, stackTop, stackLimit);
        return error != Errno.None ? error : new ProgramStart(entry, stack.StackPointer, ToLayout(image, bias, stack));
    }

    /// <summary>Where mappings begin, downwards: below the stack's room, which is between 128 MiB and five sixths of all (arch/x86/mm/mmap.c).</summary>
    private static ulong MappingTop(ulong stackLimit, ref LayoutRandom layout)
    {
        const ulong StackRandom = 16UL << 30;
        const ulong GuardGap = 1 << 20;
        ulong gap = Math.Clamp(Math.Min(stackLimit, StackTop) + StackRandom + GuardGap, 128 << 20, StackTop / 6 * 5);
        return (StackTop - gap - layout.Pages(28)) & ~0xFFFUL;
    }

    private Errno BuildStack(
        in LoadRequest request, ElfImage image, ulong bias, ulong interpreterBase, InitialStack stack, ulong top, ulong limit)
    {
        AuxiliaryEntry[] vector = AuxiliaryVector(in request, image, bias, interpreterBase, stack);
        Errno error = stack.Place(limit, vector.Length);
        if (error != Errno.None)
            return error;
        // The addresses are known only now; the number of entries stays.
        vector = AuxiliaryVector(in request, image, bias, interpreterBase, stack);
        ulong used = top - (stack.StackPointer & ~0xFFFUL);
        ulong size = used + Math.Min(InitialStackRoom, Math.Max(limit, used) - used & ~0xFFFUL);
        PageAccess access = PageAccess.Read | PageAccess.Write | (image.HasExecutableStack ? PageAccess.Execute : PageAccess.None);
        var mapping = new MapRequest(
            top - size,
            size,
            access,
            MapFlags.MAP_PRIVATE | MapFlags.MAP_ANONYMOUS | MapFlags.MAP_GROWSDOWN | MapFlags.MAP_FIXED_NOREPLACE,
            Name: "[stack]");
        Result<ulong> mapped = _memory.Current.Map(request.Space, in mapping);
        if (!mapped.IsOk)
            return mapped.Error;
        Span<byte> random = stackalloc byte[16];
        _entropy.Fill(random);
        return _spaces.Current.Write(request.Space, stack.StackPointer, stack.Build(vector, random));
    }

    private AuxiliaryEntry[] AuxiliaryVector(
        in LoadRequest request, ElfImage image, ulong bias, ulong interpreterBase, InitialStack stack)
    {
        Credentials ids = request.Task.Credentials;
        bool secure = ids.RealUser != ids.EffectiveUser || ids.RealGroup != ids.EffectiveGroup;
        return
        [
            new(AT_MINSIGSTKSZ, SignalFrameSize(request.Task)),
            new(AT_HWCAP, _options.HardwareCapabilities),
            new(AT_PAGESZ, FrameNumber.Size),
            new(AT_CLKTCK, ClockTicks),
            new(AT_PHDR, image.ProgramHeaderAddress == 0 ? 0 : bias + image.ProgramHeaderAddress),
            new(AT_PHENT, 56),
            new(AT_PHNUM, (ulong)image.ProgramHeaderCount),
            new(AT_BASE, interpreterBase),
            new(AT_FLAGS, 0),
            new(AT_ENTRY, bias + image.Entry),
            new(AT_UID, ids.RealUser),
            new(AT_EUID, ids.EffectiveUser),
            new(AT_GID, ids.RealGroup),
            new(AT_EGID, ids.EffectiveGroup),
            new(AT_SECURE, secure ? 1UL : 0),
            new(AT_RANDOM, stack.RandomAddress),
            new(AT_HWCAP2, 0), // neither ring-3 MWAIT nor FSGSBASE
            new(AT_EXECFN, stack.PathAddress),
            new(AT_PLATFORM, stack.PlatformAddress),
            new(AT_NULL, 0),
        ];
    }

    /// <summary>The largest signal frame: rt_sigframe with its padding, and the extended state with XSAVE's alignment and end marker.</summary>
    private static ulong SignalFrameSize(GuestTask task)
    {
        const ulong Frame = 440 + 15 + 63 + 4;
        return (Frame + (ulong)task.Cpu.ExtendedStateSize + 7) & ~7UL;
    }

    private static ProgramLayout ToLayout(ElfImage image, ulong bias, InitialStack stack)
    {
        ulong codeStart = ulong.MaxValue;
        ulong codeEnd = 0;
        ulong dataStart = 0;
        ulong dataEnd = 0;
        foreach (ElfSegment segment in image.Segments)
        {
            if ((segment.Access & PageAccess.Execute) != 0)
            {
                codeStart = Math.Min(codeStart, bias + segment.Address);
                codeEnd = Math.Max(codeEnd, bias + segment.Address + segment.FileSize);
            }

            if ((segment.Access & PageAccess.Write) != 0)
            {
                dataStart = dataStart == 0 ? bias + segment.Address : dataStart;
                dataEnd = Math.Max(dataEnd, bias + segment.Address + segment.FileSize);
            }
        }

        return new ProgramLayout(
            stack.ArgumentsStart,
            stack.ArgumentsEnd,
            stack.ArgumentsEnd,
            stack.EnvironmentEnd,
            stack.AuxiliaryVectorStart,
            stack.AuxiliaryVectorEnd,
            stack.StackPointer,
            codeEnd == 0 ? 0 : codeStart,
            codeEnd,
            dataStart,
            dataEnd);
    }
}
