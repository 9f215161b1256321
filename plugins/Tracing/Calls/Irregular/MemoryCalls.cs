namespace Kpio.Plugins.Tracing.Calls.Irregular;

/// <summary>Calls on the address space.</summary>
internal static class MemoryCalls
{
    private const ulong MREMAP_MAYMOVE = 1;
    private const ulong MREMAP_FIXED = 2;
    private const int MaximumPages = QuotedText.Limit;

    public static void Adjust(CallPlan plan)
    {
        switch (plan.Name)
        {
            case "mremap":
                plan.ShowOnlyIf(4, static call => (call.Frame.Argument3 & (MREMAP_MAYMOVE | MREMAP_FIXED)) == (MREMAP_MAYMOVE | MREMAP_FIXED));
                break;
            case "mincore":
                plan.Arguments[2].AtExit = true;
                plan.Arguments[2].Write = Pages;
                break;
        }
    }

    /// <summary>The lowest bit of a byte for each page.</summary>
    private static void Pages(Call call, ArgumentPlan argument, ulong value)
    {
        ulong count = (call.Frame.Argument1 + 4095) / 4096;
        Span<byte> pages = stackalloc byte[(int)Math.Min(count, MaximumPages)];
        if (value == 0 || call.HasFailed || !call.Memory.TryRead(value, pages))
        {
            call.Notation.Address(call.Line, value);
            return;
        }

        call.Line.Append('[');
        for (int i = 0; i < pages.Length; i++)
            call.Line.Append(i == 0 ? "" : ", ").Append((pages[i] & 1) != 0 ? '1' : '0');
        call.Line.Append(count > MaximumPages ? ", ...]" : "]");
    }
}
