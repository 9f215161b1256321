namespace Kpio.Platform.X64.Analysis;

/// <summary>Where a value comes from.</summary>
public enum ValueSource : byte
{
    /// <summary>It cannot be told.</summary>
    Unknown,

    /// <summary>It is <see cref="TracedValue.Number"/>.</summary>
    Constant,

    /// <summary>The function was called with it in the register <see cref="TracedValue.Number"/> (0 RAX to 15 R15).</summary>
    Register,

    /// <summary>The function was called with it on the stack, <see cref="TracedValue.Number"/> bytes above its return address.</summary>
    Stack,
}

/// <summary>What is known of a value at a place in code.</summary>
/// <param name="Source">Where it comes from.</param>
/// <param name="Number">The constant, the register, or the place on the stack.</param>
public readonly record struct TracedValue(ValueSource Source, long Number);

/// <summary>A call, or a jump out of its function.</summary>
/// <param name="Address">The instruction's address.</param>
/// <param name="Function">The start of the function that it is in.</param>
/// <param name="Target">Where it leads; for one through memory the address of the slot that holds that.</param>
/// <param name="IsThroughSlot">Whether it leads through memory.</param>
public readonly record struct CodeTransfer(ulong Address, ulong Function, ulong Target, bool IsThroughSlot);
