namespace Kpio.Plugins.Tracing.Calls.Irregular;

/// <summary>poll(2), select(2) and theirs: what is ready stands behind the result.</summary>
internal static class EventCalls
{
    private const int PollSize = 8;
    private const int MaximumDescriptors = 1024;

    public static void Adjust(CallPlan plan, ValueFormats formats)
    {
        SetFormat? poll = formats.Set("Poll");
        switch (plan.Name)
        {
            case "poll":
                plan.Arguments[0].Write = (call, _, value) => Interests(call, value, poll);
                plan.WriteResult = (call, value) => PollResult(call, value, poll, null);
                break;
            case "ppoll":
                plan.Arguments[0].Write = (call, _, value) => Interests(call, value, poll);
                ValueFormat? left = formats.Value("timespec");
                plan.WriteResult = (call, value) => PollResult(call, value, poll, left);
                break;
            case "select" or "pselect6":
                for (int i = 1; i <= 3; i++)
                    plan.Arguments[i].Write = static (call, _, value) => Descriptors(call, value, call.Frame.Argument0, int.MaxValue);
                ValueFormat? rest = formats.Value(plan.Name == "select" ? "timeval" : "timespec");
                plan.WriteResult = (call, value) => SelectResult(call, value, rest);
                if (plan.Name == "pselect6")
                    plan.Arguments[5].Write = static (call, _, value) => MaskArgument(call, value);
                break;
        }
    }

    private static void Interests(Call call, ulong address, SetFormat? events)
    {
        LineBuffer line = call.Line;
        ulong count = (uint)call.Frame.Argument1;
        if (address == 0)
        {
            call.Notation.Address(line, address);
            return;
        }

        Span<byte> entry = stackalloc byte[PollSize];
        line.Append('[');
        for (ulong i = 0; i < count; i++, address += PollSize)
        {
            if (!call.Memory.TryRead(address, entry))
            {
                if (i == 0)
                    line.Truncate(line.Length - 1);
                call.Notation.Address(line, address);
                if (i == 0)
                    return;
                break;
            }

            if (i > 0)
                line.Append(", ");
            if (i >= QuotedText.Limit)
            {
                line.Append("...");
                break;
            }

            long fd = ValueFormats.Signed(entry[..4]);
            line.Append("{fd=").AppendDecimal(fd);
            if (fd >= 0)
                events?.Append(line.Append(", events="), ValueFormats.Unsigned(entry.Slice(4, 2)));
            line.Append('}');
        }

        line.Append(']');
    }

    private static void PollResult(Call call, long value, SetFormat? events, ValueFormat? left)
    {
        LineBuffer line = call.Line.AppendDecimal(value);
        if (value == 0)
        {
            line.Append(" (Timeout)");
            return;
        }

        Span<byte> entry = stackalloc byte[PollSize];
        ulong address = call.Frame.Argument0;
        ulong count = (uint)call.Frame.Argument1;
        int shown = 0;
        line.Append(" ([");
        for (ulong i = 0; i < count && call.Memory.TryRead(address, entry); i++, address += PollSize)
        {
            ulong ready = ValueFormats.Unsigned(entry.Slice(6, 2));
            if (ready == 0)
                continue;
            if (shown++ > 0)
                line.Append(", ");
            if (shown > QuotedText.Limit)
            {
                line.Append("...");
                break;
            }

            line.Append("{fd=").AppendDecimal(ValueFormats.Signed(entry[..4])).Append(", revents=");
            events?.Append(line, ready);
            line.Append('}');
        }

        line.Append(']');
        if (left is not null && call.Frame.Argument2 != 0)
            left.WriteAt(Lead(call, ", left "), call.Frame.Argument2);
        line.Append(')');
    }

    private static Call Lead(Call call, string text)
    {
        call.Line.Append(text);
        return call;
    }

    /// <summary>Writes the numbers of a set, at most so many; answers how many it wrote.</summary>
    private static int Descriptors(Call call, ulong address, ulong limit, int most)
    {
        Span<byte> bytes = stackalloc byte[MaximumDescriptors / 8];
        int count = Math.Clamp((int)limit, 0, MaximumDescriptors);
        bytes = bytes[..((count + 63) / 64 * 8)];
        if (address == 0 || !call.Memory.TryRead(address, bytes))
        {
            call.Notation.Address(call.Line, address);
            return 0;
        }

        int written = 0;
        call.Line.Append('[');
        for (int fd = 0; fd < count && written < most; fd++)
        {
            if ((bytes[fd / 8] >> (fd % 8) & 1) == 0)
                continue;
            if (written++ > 0)
                call.Line.Append(' ');
            call.Line.AppendDecimal((long)fd);
        }

        call.Line.Append(']');
        return written;
    }

    private static void SelectResult(Call call, long value, ValueFormat? left)
    {
        LineBuffer line = call.Line.AppendDecimal(value);
        if (value == 0)
        {
            line.Append(" (Timeout)");
            return;
        }

        int rest = (int)value;
        string lead = " (";
        for (int i = 1; i <= 3 && rest > 0; i++)
        {
            ulong address = call.Frame[i];
            if (address == 0 || !HasAny(call, address))
                continue;
            line.Append(lead).Append(i switch { 1 => "in ", 2 => "out ", _ => "except " });
            lead = ", ";
            rest -= Descriptors(call, address, call.Frame.Argument0, rest);
        }

        if (left is not null && call.Frame.Argument4 != 0)
        {
            left.WriteAt(Lead(call, lead + "left "), call.Frame.Argument4);
            lead = ", ";
        }

        if (lead == ", ")
            line.Append(')');
    }

    private static bool HasAny(Call call, ulong address)
    {
        Span<byte> bytes = stackalloc byte[MaximumDescriptors / 8];
        bytes = bytes[..((Math.Clamp((int)call.Frame.Argument0, 0, MaximumDescriptors) + 63) / 64 * 8)];
        return call.Memory.TryRead(address, bytes) && bytes.ContainsAnyExcept((byte)0);
    }

    /// <summary>pselect6's last argument points to the mask's address and size.</summary>
    private static void MaskArgument(Call call, ulong address)
    {
        if (address == 0 || !call.Memory.TryReadUInt64(address, out ulong mask) || !call.Memory.TryReadUInt64(address + 8, out ulong size))
        {
            call.Notation.Address(call.Line, address);
            return;
        }

        call.Line.Append("{sigmask=");
        if (mask != 0 && call.Memory.TryReadUInt64(mask, out ulong bits))
            SignalText.AppendSet(call.Line, bits);
        else
            call.Notation.Address(call.Line, mask);
        call.Line.Append(", sigsetsize=").AppendDecimal(size).Append('}');
    }
}
