namespace Kpio.Platform.X64.Cpu;

/// <summary>Byte offsets of <see cref="CpuState"/>'s fields as constants, for handlers that compute addresses in it.</summary>
internal static unsafe class StateLayout
{
    public const int Rip = 136;
    public const int FsBase = 168;
    public const int X87 = 720;
    public const int SourceScratch = 824;
    public const int ReadTlb = 2048;
    public const int WriteTlb = ReadTlb + (TlbEntry.Count * 16);
    public const int JumpCache = WriteTlb + (TlbEntry.Count * 16);

    public const int ReturnStack = JumpCache + (JumpCacheEntry.Count * 16);
    public const ulong ReturnMask = (CpuState.ReturnEntries - 1) * 16;

    /// <summary>Whether the constants are the offsets that the runtime has chosen.</summary>
    public static bool Holds(CpuState* s)
    {
        byte* start = (byte*)s;
        return (byte*)&s->Zero - start == CpuState.ZeroOffset
            && (byte*)&s->Rip - start == Rip
            && (byte*)&s->FsBase - start == FsBase
            && (byte*)s->Xmm - start == CpuState.XmmBase
            && (byte*)s->X87.Significands - start == X87
            && s->SourceScratch - start == SourceScratch
            && (byte*)s->ReadTlb - start == ReadTlb
            && (byte*)s->WriteTlb - start == WriteTlb
            && (byte*)s->JumpCache - start == JumpCache
            && (byte*)s->ReturnStack - start == ReturnStack;
    }
}
