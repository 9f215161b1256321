using Kpio.Contracts.Platform;
using Kpio.Platform.Host;

namespace Kpio.Platform.X64.Tests;

/// <summary>A way in which the machine runs code.</summary>
public enum TestedEngine
{
    /// <summary>The interpreter, with code decoded to specialised handlers from the first instruction.</summary>
    Specialised,

    /// <summary>The interpreter with the handlers that short programs run on.</summary>
    Plain,

    /// <summary>Every block translated when it is entered for the first time, into a cache that is soon full.</summary>
    Translated,
}

internal static class TestedMachine
{
    /// <summary>A machine that runs code so.</summary>
    public static X64Machine Create(TestedEngine engine, long memoryBytes, EntropySource entropy, CpuModel model) => engine switch
    {
        TestedEngine.Specialised => new X64Machine(memoryBytes, entropy) { PlainInstructions = 0, Model = model },
        TestedEngine.Plain => new X64Machine(memoryBytes, entropy) { PlainInstructions = long.MaxValue, Model = model },
        _ => new X64Machine(memoryBytes, entropy) { CodeMemory = HostMachine.FindCodeMemory(), TranslateAfter = 1, CodeCacheBytes = 128 << 10, TranslatesEverything = true, Model = model },
    };
}
