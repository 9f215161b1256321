namespace Kpio.Plugins.Tracing.Calls.Irregular;

/// <summary>fcntl(2) and ioctl(2): what the last argument is depends on the command.</summary>
internal static class DescriptorCalls
{
    public static void Adjust(CallPlan plan, ValueFormats formats)
    {
        if (plan.Name == "fcntl")
            Fcntl(plan, formats);
        else if (plan.Name == "ioctl")
            Ioctl(plan, formats);
    }

    private static void Fcntl(CallPlan plan, ValueFormats formats)
    {
        SetFormat? open = formats.Set("Open");
        SetFormat? descriptor = formats.Set("FdFlags");
        SetFormat? seals = formats.Set("Seal");
        SetFormat? leases = formats.Set("LockType");
        ValueFormat? flock = formats.Value("flock");
        ValueFormat? owner = formats.Value("f_owner_ex");
        ArgumentPlan fd = plan.Arguments[0];
        ArgumentPlan command = plan.Arguments[1];
        ArgumentPlan[] none = [fd, command];
        ArgumentPlan[] With(ArgumentWriter write, bool atExit = false) => [fd, command, new ArgumentPlan("argument", write) { AtExit = atExit }];
        ArgumentPlan[] integer = With(ArgumentWriters.Int);
        ArgumentPlan[] hexadecimal = With(ArgumentWriters.Hex);
        ArgumentPlan[] statusFlags = With(Set(open));
        ArgumentPlan[] descriptorFlags = With(Set(descriptor));
        ArgumentPlan[] sealFlags = With(Set(seals));
        ArgumentPlan[] lease = With(Set(leases));
        ArgumentPlan[] signal = With(ArgumentWriters.Signal);
        ArgumentPlan[] setLock = With((call, _, value) => WriteOrAddress(call, flock, value));
        ArgumentPlan[] getLock = With((call, _, value) => GetLock(call, flock, value), atExit: true);
        ArgumentPlan[] setOwner = With((call, _, value) => WriteOrAddress(call, owner, value));
        ArgumentPlan[] getOwner = With((call, _, value) => OutOrAddress(call, owner, value), atExit: true);
        plan.Select = call => (uint)call.Frame.Argument1 switch
        {
            1 or 3 or 9 or 11 or 1025 or 1032 or 1034 => none,
            0 or 8 or 1030 or 1031 => integer,
            2 => descriptorFlags,
            4 => statusFlags,
            5 or 36 => getLock,
            6 or 7 or 37 or 38 => setLock,
            10 => signal,
            15 => setOwner,
            16 => getOwner,
            1024 => lease,
            1033 => sealFlags,
            _ => hexadecimal,
        };
        plan.WriteResult = (call, value) =>
        {
            switch ((uint)call.Frame.Argument1)
            {
                case 1 when value != 0:
                    Flagged(call, value, " (flags ", descriptor);
                    break;
                case 3:
                    Flagged(call, value, " (flags ", open);
                    break;
                case 1025:
                    ResultWriters.Named(call, value, leases?.NameOf((ulong)value));
                    break;
                case 1034 when value != 0:
                    Flagged(call, value, " (seals ", seals);
                    break;
                default:
                    call.Line.AppendDecimal(value);
                    break;
            }
        };
    }

    private static void Flagged(Call call, long value, string lead, SetFormat? set)
    {
        call.Line.AppendAlternateHex((ulong)value);
        if (set is null)
            return;
        call.Line.Append(lead);
        set.AppendNames(call.Line, (ulong)value);
        call.Line.Append(')');
    }

    private static void GetLock(Call call, ValueFormat? flock, ulong value)
    {
        Span<byte> bytes = stackalloc byte[32];
        if (flock is null || call.HasFailed || value == 0 || !call.Memory.TryRead(value, bytes))
        {
            call.Notation.Address(call.Line, value);
            return;
        }

        flock.Write(call, bytes);
        call.Line.Truncate(call.Line.Length - 1);
        call.Line.Append(", l_pid=");
        call.Notation.Pid(call.Line, (int)ValueFormats.Signed(bytes.Slice(24, 4)));
        call.Line.Append('}');
    }

    private static void Ioctl(CallPlan plan, ValueFormats formats)
    {
        SetFormat? names = formats.Set("Ioctl");
        ValueFormat? winsize = formats.Value("winsize");
        ValueFormat? termios = formats.Value("termios");
        ArgumentPlan fd = plan.Arguments[0];
        ArgumentPlan request = plan.Arguments[1];
        request.Write = (call, _, value) => AppendRequest(call.Line, (uint)value, names);
        ArgumentPlan[] none = [fd, request];
        ArgumentPlan[] With(ArgumentWriter write, bool atExit = false) => [fd, request, new ArgumentPlan("argument", write) { AtExit = atExit }];
        ArgumentPlan[] hexadecimal = With(ArgumentWriters.Hex);
        ArgumentPlan[] integer = With(ArgumentWriters.Int);
        ArgumentPlan[] address = With(ArgumentWriters.Address);
        ArgumentPlan[] getTermios = With((call, _, value) => OutOrAddress(call, termios, value), atExit: true);
        ArgumentPlan[] setTermios = With((call, _, value) => WriteOrAddress(call, termios, value));
        ArgumentPlan[] getWindow = With((call, _, value) => OutOrAddress(call, winsize, value), atExit: true);
        ArgumentPlan[] setWindow = With((call, _, value) => WriteOrAddress(call, winsize, value));
        ValueFormat? number = formats.Value("i32");
        ValueFormat? wide = formats.Value("u64");
        ArgumentPlan[] getNumber = With((call, _, value) => OutOrAddress(call, number, value), atExit: true);
        ArgumentPlan[] setNumber = With((call, _, value) => WriteOrAddress(call, number, value));
        ArgumentPlan[] getWide = With((call, _, value) => OutOrAddress(call, wide, value), atExit: true);
        ArgumentPlan[] flush = With(static (call, _, value) => NameOr(call, value, value switch { 0 => "TCIFLUSH", 1 => "TCOFLUSH", 2 => "TCIOFLUSH", _ => null }));
        ArgumentPlan[] flow = With(static (call, _, value) => NameOr(call, value, value switch { 0 => "TCOOFF", 1 => "TCOON", 2 => "TCIOFF", 3 => "TCION", _ => null }));
        plan.Select = call => (uint)call.Frame.Argument1 switch
        {
            0x5401 => getTermios,
            0x5402 or 0x5403 or 0x5404 => setTermios,
            0x5413 => getWindow,
            0x5414 => setWindow,
            0x540f or 0x5429 or 0x541b or 0x5411 or 0x5424 or 0x80045430 or 0x80045438 or 0x80045439 or 0x80045440 or 0x1268 or 0x125e or 0x8903 or 0x8904 => getNumber,
            0x5410 or 0x5421 or 0x5452 or 0x5423 or 0x40045431 or 0x8901 or 0x8902 => setNumber,
            0x80081272 or 0x1260 or 0x80081270 => getWide,
            0x5450 or 0x5451 or 0x540c or 0x540d or 0x5422 or 0x5427 or 0x5428 or 0x5437 => none,
            0x540e or 0x5409 or 0x5425 or 0x40049409 => integer,
            0x540b => flush,
            0x540a => flow,
            0x80086601 or 0x40086602 => address,
            _ => hexadecimal,
        };
    }

    /// <summary>A request's name, or its parts (asm-generic/ioctl.h): direction, type, number, size of the argument.</summary>
    private static void AppendRequest(LineBuffer line, uint request, SetFormat? names)
    {
        // Numbers that two drivers use: strace names both.
        string? other = request switch
        {
            0x5402 => "SNDCTL_TMR_START or ",
            0x5403 => "SNDCTL_TMR_STOP or ",
            0x5404 => "SNDCTL_TMR_CONTINUE or ",
            0x40049409 => "BTRFS_IOC_CLONE or ",
            _ => null,
        };
        if (names?.NameOf(request) is { } name)
        {
            line.Append(other).Append(name);
            return;
        }

        string direction = (request >> 30) switch { 0 => "_IOC_NONE", 1 => "_IOC_WRITE", 2 => "_IOC_READ", _ => "_IOC_READ|_IOC_WRITE" };
        line.Append("_IOC(").Append(direction).Append(", ").AppendAlternateHex(request >> 8 & 0xFF).Append(", ")
            .AppendAlternateHex(request & 0xFF).Append(", ").AppendAlternateHex(request >> 16 & 0x3FFF).Append(')');
    }

    private static ArgumentWriter Set(SetFormat? set) => (call, _, value) =>
    {
        if (set is null)
            call.Line.AppendAlternateHex(value);
        else
            set.Append(call.Line, value);
    };

    private static void NameOr(Call call, ulong value, string? name)
    {
        if (name is null)
            call.Line.AppendAlternateHex(value);
        else
            call.Line.Append(name);
    }

    private static void WriteOrAddress(Call call, ValueFormat? format, ulong value)
    {
        if (format is null)
            call.Notation.Address(call.Line, value);
        else
            format.WriteAt(call, value);
    }

    private static void OutOrAddress(Call call, ValueFormat? format, ulong value)
    {
        if (format is null || call.HasFailed || !call.HasEnded)
            call.Notation.Address(call.Line, value);
        else
            format.WriteAt(call, value);
    }
}
