using Kpio.Platform.X64.Cpu;

namespace Kpio.Platform.X64.Translator;

/// <summary>Where translated code finds what it needs in <see cref="CpuState"/>.</summary>
internal sealed unsafe class StateOffsets
{
    public StateOffsets(CpuState* s)
    {
        byte* start = (byte*)s;
        Budget = (int)((byte*)&s->Budget - start);
        ExitSite = (int)((byte*)&s->ExitSite - start);
        HostFlags = (int)((byte*)&s->HostFlags - start);
        HostStack = (int)((byte*)&s->HostStack - start);
        HostTarget = (int)((byte*)&s->HostTarget - start);
        HostEntry = (int)((byte*)&s->HostEntry - start);
        HostAddress = (int)((byte*)&s->HostAddress - start);
        HostIndex = (int)((byte*)&s->HostIndex - start);
        Scratch = (int)((byte*)&s->HostScratch - start);
        HostMxcsr = (int)((byte*)&s->HostMxcsr - start);
        Mxcsr = (int)((byte*)&s->Mxcsr - start);
        FsBase = (int)((byte*)&s->FsBase - start);
        GsBase = (int)((byte*)&s->GsBase - start);
        Eflags = (int)((byte*)&s->Eflags - start);
        ExtraCycles = (int)((byte*)&s->ExtraCycles - start);
        CodeCache = (int)((byte*)s->CodeCache - start);
    }

    public int Budget { get; }

    public int ExitSite { get; }

    public int HostFlags { get; }

    public int HostStack { get; }

    public int HostTarget { get; }

    public int HostEntry { get; }

    public int HostAddress { get; }

    public int HostIndex { get; }

    public int Scratch { get; }

    public int HostMxcsr { get; }

    public int Mxcsr { get; }

    public int FsBase { get; }

    public int GsBase { get; }

    public int Eflags { get; }

    public int ExtraCycles { get; }

    public int CodeCache { get; }
}
