using System.Runtime.InteropServices;
using Kpio.Platform.X64.Cpu;

namespace Kpio.Platform.X64.Interpreter.Handlers;

/// <summary>
/// The targets that an indirect branch has had, in the records behind its own. Going through them is a row of branches, which the
/// host predicts, so that the next record is known long before the target has been computed.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct TargetCache
{
    /// <summary>The <see cref="CpuState.CodeGeneration"/> for which the entries hold.</summary>
    public ulong Generation;

    public JumpCacheEntry First;
    public JumpCacheEntry Second;
    public JumpCacheEntry Third;
    public JumpCacheEntry Fourth;
    public JumpCacheEntry Fifth;

    /// <summary>Entries of a jump's cache.</summary>
    public const int JumpEntries = 5;

    /// <summary>Entries of a call's cache, which ends with the second.</summary>
    public const int CallEntries = 2;

    /// <summary>Records that a jump's cache takes.</summary>
    public const int JumpRecords = 2;

    /// <summary>Whether there is room for a target; empties the cache when it is out of date.</summary>
    public static bool HasRoom(CpuState* s, TargetCache* cache, int entries)
    {
        if (cache->Generation != s->CodeGeneration)
        {
            new Span<byte>(&cache->First, entries * sizeof(JumpCacheEntry)).Clear();
            cache->Generation = s->CodeGeneration;
        }

        return (&cache->First)[entries - 1].Code == null;
    }

    /// <summary>Remembers a target.</summary>
    public static void Add(TargetCache* cache, int entries, ulong rip, Op* code)
    {
        for (int i = 0; i < entries; i++)
        {
            JumpCacheEntry* entry = &cache->First + i;
            if (entry->Code != null) continue;
            entry->Rip = rip;
            entry->Code = code;
            return;
        }
    }
}
