using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Kpio.Platform.X64.Interpreter;

/// <summary>
/// Takes the runtime's entry stub out of the way of handlers. The address of a method is that of a stub which jumps to the method's
/// code; with one jump for each guest instruction that second jump is a third of the time. Once a method has run, its stub is
/// <c>jmp [rip+x]</c> and the jump's target is the code, which the runtime never frees or moves (later tiers come beside it).
/// </summary>
/// <remarks>
/// This knows how CoreCLR 10 lays out its stubs on x64 (FixupPrecode and CallCountingStub in src/coreclr/vm/amd64): everything that
/// does not look exactly so is left as it is, which only costs the jump. The one target that is freed, the stub that counts calls
/// while a method waits for its next tier, is told by its bytes and left alone too.
/// </remarks>
internal static unsafe class HandlerAddress
{
    /// <summary>Whether the runtime is the one whose stubs are known.</summary>
    public static bool IsKnownRuntime { get; } =
        RuntimeInformation.ProcessArchitecture == Architecture.X64 && Environment.Version.Major == 10;

    /// <summary>The code behind a handler's stub; false, with the stub, when it has not run yet or is being counted.</summary>
    public static bool TryResolve(nint stub, out nint code)
    {
        code = stub;
        byte* p = (byte*)stub;
        if (!IsIndirectJump(p)) return true;
        byte* target = *(byte**)(p + 6 + *(int*)(p + 2));

        // mov r10, [rip+x]: the way to the method's first call, behind the jump itself.
        if (target == p + 6) return false;

        // mov rax, [rip+x]; dec word [rax]; je: the counting stub.
        if (target[0] == 0x48 && target[1] == 0x8B && target[2] == 0x05 && *(uint*)(target + 7) == 0x7408_FF66) return false;
        if (IsIndirectJump(target)) return false;
        code = (nint)target;
        return true;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool IsIndirectJump(byte* p) => p[0] == 0xFF && p[1] == 0x25;
}
