using System.Runtime.InteropServices;
using Kpio.Contracts.Platform;
using Kpio.Contracts.Values;
using Kpio.Platform.X64.Debugging;
using Kpio.Platform.X64.Interpreter.Handlers;
using Kpio.Platform.X64.Mmu;

namespace Kpio.Platform.X64.Interpreter;

/// <summary>
/// Decoded blocks by the frame that their code lies in and their linear address, shared by all address spaces that map the frame
/// there. All blocks of a frame go together when it is written or freed; links between blocks stay inside a frame, so nothing
/// else points to them but jump caches, which are emptied then. A block whose one instruction crosses into the next page is
/// valid for that pair of frames.
/// </summary>
internal sealed unsafe class BlockCache : IDisposable
{
    /// <summary>Bytes of records beyond which everything is dropped.</summary>
    private const long SizeLimit = 256L << 20;

    /// <summary>Slices after which a block's handlers are looked at again.</summary>
    private const int SweepsPerBlock = 8;

    private readonly PhysicalMemory _memory;
    private readonly MemoryManagementUnit _mmu;
    private readonly PlainList<Engine> _engines = new();
    private readonly PointerList _retired = new();
    private readonly BlockDecoder _decoder = new();
    private readonly byte* _joined = (byte*)NativeMemory.Alloc(32);
    private readonly PointerList _unresolved = new();
    private Breakpoints? _breakpoints;
    private Translator.Translator? _translator;
    private CodePage?[] _pages = new CodePage?[64];
    private AddressTable _pageOfFrame = new();
    private int _pageCount;
    private int _sweepsLeft;
    private long _size;

    public BlockCache(PhysicalMemory memory, MemoryManagementUnit mmu)
    {
        _memory = memory;
        _mmu = mmu;
        memory.CodeLost = Drop;
    }

    /// <summary>The model of the machine's processors. Set before any code is decoded.</summary>
    public CpuModel Model
    {
        get => _decoder.Model;
        set => _decoder.Model = value;
    }

    /// <summary>Addresses with breakpoints, or null. <see cref="DropAt"/> makes a change act.</summary>
    public Breakpoints? Breakpoints
    {
        get => _breakpoints;
        set => _decoder.Breakpoints = _breakpoints = value;
    }

    /// <summary>The instruction of the last <see cref="DecodeSingle"/>.</summary>
    public ref readonly Iced.Intel.Instruction Single => ref _decoder.First;

    /// <summary>Whether blocks are decoded to specialised handlers. Setting it drops what was decoded to the others; no handler may be running.</summary>
    public bool Specialises
    {
        get => _decoder.Specialises;
        set
        {
            if (_decoder.Specialises == value) return;
            DropAll();
            _decoder.Specialises = value;
        }
    }

    public void Register(Engine engine) => _engines.Add(engine);

    // ---- for the translator ----

    /// <summary>The translator of all processors; null where the host has no memory for it.</summary>
    public Translator.Translator? GetTranslator(X64Machine machine, Cpu.CpuState* state) =>
        _translator ??= Translator.Translator.TryCreate(machine, machine.CodeMemory!, this, state);

    /// <summary>Decodes a block once more; the instructions are valid until the next call. False when its page has gone.</summary>
    public bool TryDecodeAgain(Engine engine, ulong rip, out ReadOnlySpan<Iced.Intel.Instruction> block, out ulong end)
    {
        block = default;
        end = 0;
        if (!_mmu.TryTranslate(engine.Space, rip, PageAccess.Execute, out uint frame, out _, out _)) return false;
        int offset = (int)(rip & 4095);
        _decoder.Start(_memory.Host(frame) + offset, 4096 - offset, rip, BlockDecoder.MaxInstructions);
        if (_decoder.NeedsNextPage) return false;
        block = _decoder.Instructions;
        end = _decoder.End;
        return true;
    }

    /// <summary>Makes records of some instructions for the caller to keep, which frees them; they go back to the main loop behind the last. False when the page has gone.</summary>
    public bool TryDecodeSome(Engine engine, ulong rip, int count, out Op* records, out int recordCount)
    {
        records = null;
        recordCount = 0;
        if (!_mmu.TryTranslate(engine.Space, rip, PageAccess.Execute, out uint frame, out _, out _)) return false;
        int offset = (int)(rip & 4095);
        _decoder.Start(_memory.Host(frame) + offset, 4096 - offset, rip, count);
        if (_decoder.NeedsNextPage) return false;
        int bytes = _decoder.RecordBytes(engine.Machine);
        records = (Op*)NativeMemory.Alloc((nuint)bytes);
        recordCount = bytes / sizeof(Op);
        _decoder.Place(records, rip, LinkKind.None);
        return true;
    }

    /// <summary>Has every block counted again from the start.</summary>
    public void ForgetTranslations() => DropAll();

    /// <summary>Drops the blocks of the page that holds an address, in whatever frames it lies: they are decoded again.</summary>
    public void DropAt(ulong address)
    {
        for (int i = _pageCount - 1; i >= 0; i--)
        {
            if (_pages[i]!.HasBlocksIn(address >> 12)) _memory.DropCode(_pages[i]!.Frame);
        }
    }

    public void Dispose()
    {
        DropAll();
        ReleaseRetired();
        _translator?.Dispose();
        _decoder.Dispose();
        NativeMemory.Free(_joined);
    }

    /// <summary>Frees the records of dropped blocks. Called when no handler is running.</summary>
    public void ReleaseRetired()
    {
        if (_retired.Count == 0) return;
        for (int i = 0; i < _retired.Count; i++) NativeMemory.Free((void*)_retired[i]);
        _retired.Truncate(0);
    }

    /// <summary>The block at an address of the engine's current space; null with the fault of fetching it.</summary>
    public Op* FindOrDecode(Engine engine, ulong rip, out FaultInfo fault)
    {
        if (!_mmu.TryTranslate(engine.Space, rip, PageAccess.Execute, out uint frame, out _, out fault)) return null;
        CodePage? page = Find(frame);
        if (page != null)
        {
            nint known = page.Blocks.Find(rip);
            if (known != 0) return (Op*)known;
            if (page.HasCrossing && page.Crosses(rip))
            {
                if (!_mmu.TryTranslate(engine.Space, (rip | 4095) + 1, PageAccess.Execute, out uint second, out _, out fault)) return null;
                Op* records = page.FindCrossing(rip, second);
                if (records != null) return records;
            }
        }

        if (_size > SizeLimit) DropAll();
        return Decode(engine, rip, frame, out fault);
    }

    /// <summary>Whether the decoded block at an address of the engine's current space is one whose instruction ends in the next page.</summary>
    public bool Crosses(Engine engine, ulong rip) => _mmu.TryTranslate(engine.Space, rip, PageAccess.Execute, out uint frame, out _, out _)
        && Find(frame) is { HasCrossing: true } page && page.Crosses(rip);

    /// <summary>A block of one instruction that is kept until the next call only.</summary>
    public Op* DecodeSingle(Engine engine, ulong rip, out FaultInfo fault)
    {
        if (!_mmu.TryTranslate(engine.Space, rip, PageAccess.Execute, out uint frame, out _, out fault)) return null;
        int offset = (int)(rip & 4095);
        _decoder.Start(_memory.Host(frame) + offset, 4096 - offset, rip, 1);
        if (_decoder.NeedsNextPage && !Join(engine, rip, frame, 1, out _, out fault)) return null;
        nint chunk = (nint)NativeMemory.Alloc((nuint)(_decoder.RecordBytes(engine.Machine)));
        _retired.Add(chunk);
        _decoder.Place((Op*)chunk, rip, LinkKind.None);
        return (Op*)chunk;
    }

    private Op* Decode(Engine engine, ulong rip, uint frame, out FaultInfo fault)
    {
        fault = default;
        if (_breakpoints is { } breakpoints && breakpoints.HasAny(rip)) return PlaceBreakpoint(PageOf(frame), rip);
        int offset = (int)(rip & 4095);
        _decoder.Start(_memory.Host(frame) + offset, 4096 - offset, rip, BlockDecoder.MaxInstructions);
        uint second = 0;
        bool crosses = _decoder.NeedsNextPage;
        if (crosses && !Join(engine, rip, frame, 1, out second, out fault)) return null;

        int entries = crosses || engine.Machine.CodeMemory is null ? 0 : engine.Machine.TranslateAfter;
        int bytes = _decoder.RecordBytes(engine.Machine, entries);
        CodePage page = PageOf(frame);
        Op* records = Allocate(page, bytes);
        _decoder.Place(records, rip, crosses ? LinkKind.Looked : LinkKind.Patched);
        Resolve(records);
        if (crosses)
        {
            PageOf(second);
            page.AddCrossing(rip, second, records);
        }
        else
        {
            page.Blocks.Set(rip, (nint)records);
        }

        return records;
    }

    /// <summary>A block that stops instead of doing the instruction.</summary>
    private Op* PlaceBreakpoint(CodePage page, ulong rip)
    {
        Op* records = Allocate(page, sizeof(Op));
        *records = default;
        records->Rip = rip;
        records->Handler = (nint)(delegate*<Cpu.CpuState*, Op*, Engine, long, void>)&BreakpointHandler.Stop;
        page.Blocks.Set(rip, (nint)records);
        return records;
    }

    /// <summary>Starts the decoder on an instruction that begins in one page and ends in the next.</summary>
    private bool Join(Engine engine, ulong rip, uint frame, int limit, out uint second, out FaultInfo fault)
    {
        if (!_mmu.TryTranslate(engine.Space, (rip | 4095) + 1, PageAccess.Execute, out second, out _, out fault)) return false;
        int offset = (int)(rip & 4095);
        int head = 4096 - offset;
        byte* joined = _joined;
        new ReadOnlySpan<byte>(_memory.Host(frame) + offset, head).CopyTo(new Span<byte>(joined, 16));
        new ReadOnlySpan<byte>(_memory.Host(second), 16).CopyTo(new Span<byte>(joined + head, 16));
        _decoder.Start(joined, head + 15, rip, limit);
        return true;
    }

    // ---- handlers behind the runtime's stubs (HandlerAddress) ----

    /// <summary>Whether <see cref="SweepHandlers"/> has something to do.</summary>
    public bool HasUnresolvedHandlers => _sweepsLeft > 0;

    private void Resolve(Op* records)
    {
        if (!HandlerAddress.IsKnownRuntime) return;
        foreach (int index in _decoder.HandlerRecords)
        {
            if (!HandlerAddress.TryResolve(records[index].Handler, out records[index].Handler)) _unresolved.Add((nint)(records + index));
        }

        if (_unresolved.Count != 0) _sweepsLeft = SweepsPerBlock;
    }

    /// <summary>Resolves the handlers that have run since their blocks were decoded. Called between slices.</summary>
    public void SweepHandlers()
    {
        _sweepsLeft--;
        int kept = 0;
        for (int i = 0; i < _unresolved.Count; i++)
        {
            Op* op = (Op*)_unresolved[i];
            if (!HandlerAddress.TryResolve(op->Handler, out op->Handler)) _unresolved[kept++] = (nint)op;
        }

        _unresolved.Truncate(kept);
        if (kept == 0) _sweepsLeft = 0;
    }

    private CodePage? Find(uint frame)
    {
        nint index = _pageOfFrame.Find(frame);
        return index == 0 ? null : _pages[index - 1];
    }

    private CodePage PageOf(uint frame)
    {
        CodePage? page = Find(frame);
        if (page != null) return page;
        page = new CodePage(frame);
        if (_pageCount == _pages.Length)
        {
            var pages = new CodePage?[_pageCount * 2];
            Array.Copy(_pages, pages, _pageCount);
            _pages = pages;
        }

        _pages[_pageCount++] = page;
        _pageOfFrame.Set(frame, _pageCount);
        _memory.MarkCode(frame);
        foreach (Engine engine in _engines) engine.ProtectCode(frame);
        return page;
    }

    private Op* Allocate(CodePage page, int bytes)
    {
        if (page.Left < bytes)
        {
            int size = Math.Max(bytes, page.Chunks.Count == 0 ? 4096 : 32768);
            page.Next = (byte*)NativeMemory.Alloc((nuint)size);
            page.Left = size;
            page.Chunks.Add((nint)page.Next);
            page.Size += size;
            _size += size;
        }

        byte* records = page.Next;
        page.Next += bytes;
        page.Left -= bytes;
        return (Op*)records;
    }

    private void Drop(uint frame)
    {
        nint index = _pageOfFrame.Find(frame);
        if (index != 0)
        {
            // The last page takes the place of the dropped one.
            Retire(_pages[index - 1]!);
            CodePage last = _pages[--_pageCount]!;
            _pages[_pageCount] = null;
            _pageOfFrame.Set(frame, 0);
            if (last.Frame != frame)
            {
                _pages[index - 1] = last;
                _pageOfFrame.Set(last.Frame, index);
            }
        }

        for (int i = 0; i < _pageCount; i++)
        {
            if (_pages[i]!.HasCrossing) _pages[i]!.DropCrossing(frame);
        }

        foreach (Engine engine in _engines) engine.CodeDropped();
    }

    private void DropAll()
    {
        for (int i = 0; i < _pageCount; i++)
        {
            _memory.UnmarkCode(_pages[i]!.Frame);
            Retire(_pages[i]!);
            _pages[i] = null;
        }

        _pageCount = 0;
        _pageOfFrame = new AddressTable();
        foreach (Engine engine in _engines) engine.CodeDropped();
    }

    private void Retire(CodePage page)
    {
        _size -= page.Size;
        _unresolved.Truncate(0);
        for (int i = 0; i < page.Chunks.Count; i++) _retired.Add(page.Chunks[i]);
    }
}
