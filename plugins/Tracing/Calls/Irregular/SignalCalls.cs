namespace Kpio.Plugins.Tracing.Calls.Irregular;

/// <summary>Calls with sets of signals: of a size that is not the kernel's strace shows the address only.</summary>
internal static class SignalCalls
{
    private const ulong SetSize = 8;

    public static void Adjust(CallPlan plan)
    {
        switch (plan.Name)
        {
            case "rt_sigprocmask":
                Check(plan, sizeIndex: 3, 1, 2);
                break;
            case "rt_sigtimedwait":
                Check(plan, sizeIndex: 3, 0);
                break;
            case "rt_sigsuspend":
                Check(plan, sizeIndex: 1, 0);
                break;
        }
    }

    private static void Check(CallPlan plan, int sizeIndex, params ReadOnlySpan<int> sets)
    {
        foreach (int index in sets)
        {
            ArgumentWriter write = plan.Arguments[index].Write;
            plan.Arguments[index].Write = (call, argument, value) =>
            {
                if (call.Frame[sizeIndex] == SetSize)
                    write(call, argument, value);
                else
                    call.Notation.Address(call.Line, value);
            };
        }
    }
}
