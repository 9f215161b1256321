namespace Kpio.Plugins.Tracing.Calls.Irregular;

/// <summary>prctl(2): how many arguments follow the option, and what they are.</summary>
internal static class PrctlCalls
{
    private static readonly string[] Capabilities =
    [
        "CHOWN", "DAC_OVERRIDE", "DAC_READ_SEARCH", "FOWNER", "FSETID", "KILL", "SETGID", "SETUID", "SETPCAP", "LINUX_IMMUTABLE",
        "NET_BIND_SERVICE", "NET_BROADCAST", "NET_ADMIN", "NET_RAW", "IPC_LOCK", "IPC_OWNER", "SYS_MODULE", "SYS_RAWIO", "SYS_CHROOT",
        "SYS_PTRACE", "SYS_PACCT", "SYS_ADMIN", "SYS_BOOT", "SYS_NICE", "SYS_RESOURCE", "SYS_TIME", "SYS_TTY_CONFIG", "MKNOD", "LEASE",
        "AUDIT_WRITE", "AUDIT_CONTROL", "SETFCAP", "MAC_OVERRIDE", "MAC_ADMIN", "SYSLOG", "WAKE_ALARM", "BLOCK_SUSPEND", "AUDIT_READ",
        "PERFMON", "BPF", "CHECKPOINT_RESTORE",
    ];

    public static void Adjust(CallPlan plan)
    {
        if (plan.Name != "prctl")
            return;
        ArgumentPlan option = plan.Arguments[0];
        ArgumentPlan[] With(params ArgumentWriter[] writers) => [option, .. writers.Select((w, i) => new ArgumentPlan($"argument{i + 2}", w))];
        ArgumentPlan[] Out(ArgumentWriter write) => [option, new ArgumentPlan("argument2", write) { AtExit = true }];
        ArgumentPlan[] none = With();
        ArgumentPlan[] number = With(ArgumentWriters.ULong);
        ArgumentPlan[] numberAndZeros = With(ArgumentWriters.ULong, ArgumentWriters.Hex, ArgumentWriters.Hex, ArgumentWriters.Hex);
        ArgumentPlan[] zeros = With(ArgumentWriters.Hex, ArgumentWriters.Hex, ArgumentWriters.Hex, ArgumentWriters.Hex);
        ArgumentPlan[] setName = With(static (call, _, value) => Name(call, value));
        ArgumentPlan[] getName = Out(static (call, _, value) =>
        {
            if (call.HasFailed)
                call.Notation.Address(call.Line, value);
            else
                Name(call, value);
        });
        ArgumentPlan[] signal = With(ArgumentWriters.Signal);
        ArgumentPlan[] getSignal = Out(static (call, _, value) => Behind(call, value, static (c, v) => SignalText.Append(c.Line, v)));
        ArgumentPlan[] getInteger = Out(static (call, _, value) => Behind(call, value, static (c, v) => c.Line.AppendDecimal((long)v)));
        ArgumentPlan[] getTsc = Out(static (call, _, value) => Behind(call, value, static (c, v) => c.Line.Append(Tsc(v))));
        ArgumentPlan[] setTsc = With(static (call, _, value) => call.Line.Append(Tsc((int)value)));
        ArgumentPlan[] dumpable = With(static (call, _, value) => call.Line.Append(Dumpable((long)value) ?? "0x" + value.ToString("x")));
        ArgumentPlan[] capability = With(static (call, _, value) => AppendCapability(call.Line, value));
        ArgumentPlan[] seccomp = With(
            static (call, _, value) => call.Line.Append(value switch { 0 => "SECCOMP_MODE_DISABLED", 1 => "SECCOMP_MODE_STRICT", 2 => "SECCOMP_MODE_FILTER", _ => "0x" + value.ToString("x") }),
            ArgumentWriters.Address);
        ArgumentPlan[] strict = seccomp[..2];
        ArgumentPlan[] getAddress = Out(static (call, _, value) =>
        {
            if (value == 0 || call.HasFailed || !call.Memory.TryReadUInt64(value, out ulong address))
            {
                call.Notation.Address(call.Line, value);
                return;
            }

            call.Line.Append('[');
            call.Notation.AddressResult(call.Line, address);
            call.Line.Append(']');
        });
        ArgumentPlan[] ambient = With(
            static (call, _, value) => call.Line.Append(value switch
            {
                1 => "PR_CAP_AMBIENT_IS_SET",
                2 => "PR_CAP_AMBIENT_RAISE",
                3 => "PR_CAP_AMBIENT_LOWER",
                4 => "PR_CAP_AMBIENT_CLEAR_ALL",
                _ => "0x" + value.ToString("x"),
            }),
            static (call, _, value) => AppendCapability(call.Line, value),
            ArgumentWriters.Hex,
            ArgumentWriters.Hex);
        ArgumentPlan[] area = With(
            static (call, _, value) => call.Line.Append(value == 0 ? "PR_SET_VMA_ANON_NAME" : "0x" + value.ToString("x")),
            ArgumentWriters.Address,
            ArgumentWriters.ULong,
            ArgumentWriters.String);
        ArgumentPlan[] dispatch = With(
            static (call, _, value) => call.Line.Append(value switch
            {
                0 => "PR_SYS_DISPATCH_OFF",
                1 => "PR_SYS_DISPATCH_ON",
                _ => "0x" + value.ToString("x") + " /* PR_SYS_DISPATCH_??? */",
            }),
            ArgumentWriters.Hex,
            ArgumentWriters.Hex,
            ArgumentWriters.Address);
        ArgumentPlan[] unknown = With(ArgumentWriters.Hex, ArgumentWriters.Hex, ArgumentWriters.Hex, ArgumentWriters.Hex);
        // Only the first has a name of its own; the numbers that follow are shown with their prefix.
        ArgumentPlan[] all = [option, .. unknown[1..].Select(a => new ArgumentPlan(a.Name, static (call, _, value) => call.Line.AppendHex(value)))];
        plan.Select = call => (uint)call.Frame.Argument0 switch
        {
            1 => signal,
            2 => getSignal,
            3 or 7 or 21 or 27 or 30 or 31 or 32 => none,
            4 => dumpable,
            8 or 28 or 29 or 36 => number,
            15 => setName,
            16 => getName,
            22 => call.Frame.Argument1 == 2 ? seccomp : strict,
            23 or 24 => capability,
            25 => getTsc,
            26 => setTsc,
            37 => getInteger,
            38 or 41 => numberAndZeros,
            39 or 42 => zeros,
            40 => getAddress,
            47 => ambient,
            59 => dispatch,
            0x53564d41 => area,
            _ => all,
        };
        plan.WriteResult = static (call, value) => ResultWriters.Named(call, value, (uint)call.Frame.Argument0 == 3 ? Dumpable(value) : null);
    }

    /// <summary>A thread's name has at most 15 bytes; more is not read.</summary>
    private static void Name(Call call, ulong address)
    {
        const int Limit = 15;
        Span<byte> buffer = stackalloc byte[Limit + 1];
        int length = address == 0 ? -1 : call.Memory.ReadString(address, buffer, out bool terminated);
        if (length < 0)
        {
            call.Notation.Address(call.Line, address);
            return;
        }

        call.Line.AppendQuoted(buffer[..Math.Min(length, Limit)]);
        if (length > Limit)
            call.Line.Append("...");
    }

    private static void Behind(Call call, ulong address, Action<Call, int> write)
    {
        if (address == 0 || call.HasFailed || !call.Memory.TryReadInt32(address, out int value))
        {
            call.Notation.Address(call.Line, address);
            return;
        }

        call.Line.Append('[');
        write(call, value);
        call.Line.Append(']');
    }

    private static string Tsc(int value) => value switch { 1 => "PR_TSC_ENABLE", 2 => "PR_TSC_SIGSEGV", _ => "0" };

    private static string? Dumpable(long value) => value switch { 0 => "SUID_DUMP_DISABLE", 1 => "SUID_DUMP_USER", 2 => "SUID_DUMP_ROOT", _ => null };

    private static void AppendCapability(LineBuffer line, ulong number)
    {
        if (number < (ulong)Capabilities.Length)
            line.Append("CAP_").Append(Capabilities[number]);
        else
            line.AppendHex(number).Append(" /* CAP_??? */");
    }
}
