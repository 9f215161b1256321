namespace Kpio.Plugins.Tracing.Calls.Irregular;

/// <summary>futex(2): what the arguments behind the operation mean depends on it.</summary>
internal static class FutexCalls
{
    private const uint Private = 0x80;
    private const uint ClockRealtime = 0x100;

    private static readonly string[] Operations =
    [
        "FUTEX_WAIT", "FUTEX_WAKE", "FUTEX_FD", "FUTEX_REQUEUE", "FUTEX_CMP_REQUEUE", "FUTEX_WAKE_OP", "FUTEX_LOCK_PI", "FUTEX_UNLOCK_PI",
        "FUTEX_TRYLOCK_PI", "FUTEX_WAIT_BITSET", "FUTEX_WAKE_BITSET", "FUTEX_WAIT_REQUEUE_PI", "FUTEX_CMP_REQUEUE_PI", "FUTEX_LOCK_PI2",
    ];

    public static void Adjust(CallPlan plan, ValueFormats formats)
    {
        if (plan.Name != "futex")
            return;
        ValueFormat? timespec = formats.Value("timespec");
        ArgumentWriter timeout = (call, _, value) =>
        {
            if (timespec is null)
                call.Notation.Address(call.Line, value);
            else
                timespec.WriteAt(call, value);
        };
        ArgumentPlan address = plan.Arguments[0];
        ArgumentPlan operation = plan.Arguments[1];
        operation.Write = static (call, _, value) => AppendOperation(call.Line, (uint)value);
        var value2 = new ArgumentPlan("value", ArgumentWriters.UInt) { Index = 2 };
        var time = new ArgumentPlan("timeout", timeout) { Index = 3 };
        var count = new ArgumentPlan("value2", ArgumentWriters.UInt) { Index = 3 };
        var second = new ArgumentPlan("address2", ArgumentWriters.Address) { Index = 4 };
        var expected = new ArgumentPlan("value3", ArgumentWriters.UInt) { Index = 5 };
        var bits = new ArgumentPlan("bitset", static (call, _, value) =>
        {
            if ((uint)value == uint.MaxValue)
                call.Line.Append("FUTEX_BITSET_MATCH_ANY");
            else
                call.Line.AppendAlternateHex((uint)value);
        })
        { Index = 5 };
        var hexadecimal = new ArgumentPlan("value3", ArgumentWriters.Hex32) { Index = 5 };

        // FUTEX_WAIT and the first to the last operation, each with what follows the operation.
        ArgumentPlan[][] shapes =
        [
            [address, operation, value2, time],
            [address, operation, value2],
            [address, operation, value2],
            [address, operation, value2, count, second],
            [address, operation, value2, count, second, expected],
            [address, operation, value2, count, second, hexadecimal],
            [address, operation, time],
            [address, operation],
            [address, operation],
            [address, operation, value2, time, bits],
            [address, operation, value2, bits],
            [address, operation, value2, time, second],
            [address, operation, value2, count, second, expected],
            [address, operation, time],
        ];
        ArgumentPlan[] unknown = [address, operation, value2, time, second, hexadecimal];
        plan.Select = call => (call.Frame.Argument1 & ~(ulong)(Private | ClockRealtime)) is var number && number < (ulong)shapes.Length ? shapes[number] : unknown;
    }

    private static void AppendOperation(LineBuffer line, uint value)
    {
        uint number = value & ~(Private | ClockRealtime);
        if (number >= Operations.Length)
        {
            line.AppendHex(value).Append(" /* FUTEX_??? */");
            return;
        }

        line.Append(Operations[number]);
        // FUTEX_FD has no private form, so the flag stands beside it.
        if ((value & Private) != 0)
            line.Append(number == 2 ? "|FUTEX_PRIVATE_FLAG" : "_PRIVATE");
        if ((value & ClockRealtime) != 0)
            line.Append("|FUTEX_CLOCK_REALTIME");
    }
}
