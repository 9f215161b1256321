using Kpio.Contracts.Abi;

namespace Kpio.Plugins.Tracing.Calls;

/// <summary>The writers of arguments that are regular: one for each kind.</summary>
internal static class ArgumentWriters
{
    private const int MaximumVector = QuotedText.Limit;

    public static void Int(Call call, ArgumentPlan argument, ulong value) => call.Line.AppendDecimal((long)(int)value);

    public static void UInt(Call call, ArgumentPlan argument, ulong value) => call.Line.AppendDecimal((ulong)(uint)value);

    public static void Long(Call call, ArgumentPlan argument, ulong value) => call.Line.AppendDecimal((long)value);

    public static void ULong(Call call, ArgumentPlan argument, ulong value) => call.Line.AppendDecimal(value);

    public static void Hex(Call call, ArgumentPlan argument, ulong value) => call.Line.AppendAlternateHex(value);

    public static void Hex32(Call call, ArgumentPlan argument, ulong value) => call.Line.AppendAlternateHex((uint)value);

    public static void DirFd(Call call, ArgumentPlan argument, ulong value)
    {
        if ((int)value == Fd.AT_FDCWD)
            call.Line.Append("AT_FDCWD");
        else
            Int(call, argument, value);
    }

    public static void Pid(Call call, ArgumentPlan argument, ulong value) => call.Notation.Pid(call.Line, (int)value);

    public static void Id(Call call, ArgumentPlan argument, ulong value) => AppendId(call.Line, value);

    public static void Mode(Call call, ArgumentPlan argument, ulong value) => call.Line.AppendOctal((ushort)value);

    public static void Device(Call call, ArgumentPlan argument, ulong value) => AppendDevice(call.Line, value);

    public static void Signal(Call call, ArgumentPlan argument, ulong value) => SignalText.Append(call.Line, (int)value);

    public static void Address(Call call, ArgumentPlan argument, ulong value) => call.Notation.Address(call.Line, value);

    public static void Set(Call call, ArgumentPlan argument, ulong value) => argument.Set!.Append(call.Line, value);

    public static void Path(Call call, ArgumentPlan argument, ulong value) => AppendPath(call, value);

    public static void String(Call call, ArgumentPlan argument, ulong value) => AppendString(call, value);

    public static void In(Call call, ArgumentPlan argument, ulong value) => AppendBytes(call, value, argument.LengthIn(call));

    /// <summary>What the call wrote: as many bytes as its result says, or the address when it failed.</summary>
    public static void Out(Call call, ArgumentPlan argument, ulong value)
    {
        if (call.HasEnded && !call.HasFailed)
            AppendBytes(call, value, Math.Min((ulong)call.Result.Raw, argument.LengthIn(call)));
        else
            call.Notation.Address(call.Line, value);
    }

    public static void InStruct(Call call, ArgumentPlan argument, ulong value) => argument.Pointee!.WriteAt(call, value);

    public static void OutStruct(Call call, ArgumentPlan argument, ulong value)
    {
        if (call.HasEnded && !call.HasFailed)
            argument.Pointee!.WriteAt(call, value);
        else
            call.Notation.Address(call.Line, value);
    }

    public static void InArray(Call call, ArgumentPlan argument, ulong value) => argument.Pointee!.WriteArray(call, value, argument.LengthIn(call));

    public static void OutArray(Call call, ArgumentPlan argument, ulong value)
    {
        if (call.HasEnded && !call.HasFailed)
            argument.Pointee!.WriteArray(call, value, Math.Min((ulong)call.Result.Raw, argument.LengthIn(call)));
        else
            call.Notation.Address(call.Line, value);
    }

    public static void StringVector(Call call, ArgumentPlan argument, ulong value)
    {
        LineBuffer line = call.Line;
        if (value == 0)
        {
            call.Notation.Address(line, value);
            return;
        }

        for (int i = 0; ; i++, value += 8)
        {
            if (!call.Memory.TryReadUInt64(value, out ulong text))
            {
                if (i == 0)
                {
                    call.Notation.Address(line, value);
                    return;
                }

                line.Append(", ... /* ");
                call.Notation.Address(line, value);
                line.Append(" */");
                break;
            }

            if (i == 0)
                line.Append('[');
            if (text == 0)
                break;
            if (i > 0)
                line.Append(", ");
            if (i >= MaximumVector)
            {
                line.Append("...");
                break;
            }

            AppendString(call, text);
        }

        line.Append(']');
    }

    /// <summary>A path: whole, however long.</summary>
    public static void AppendPath(Call call, ulong address)
    {
        Span<byte> buffer = stackalloc byte[UserString.MaximumPath];
        int length = address == 0 ? -1 : call.Memory.ReadString(address, buffer, out bool _);
        if (length < 0)
        {
            call.Notation.Address(call.Line, address);
            return;
        }

        bool isCut = length == buffer.Length;
        call.Line.AppendQuoted(buffer[..(isCut ? length - 1 : length)]);
        if (isCut)
            call.Line.Append("...");
    }

    /// <summary>A NUL-terminated string: its first 32 bytes.</summary>
    public static void AppendString(Call call, ulong address)
    {
        Span<byte> buffer = stackalloc byte[QuotedText.Limit + 1];
        int length = address == 0 ? -1 : call.Memory.ReadString(address, buffer, out bool _);
        if (length < 0)
        {
            call.Notation.Address(call.Line, address);
            return;
        }

        call.Line.AppendQuoted(buffer[..Math.Min(length, QuotedText.Limit)]);
        if (length > QuotedText.Limit)
            call.Line.Append("...");
    }

    /// <summary>A run of bytes: its first 32.</summary>
    public static void AppendBytes(Call call, ulong address, ulong length, bool hexadecimal = false)
    {
        Span<byte> buffer = stackalloc byte[QuotedText.Limit];
        buffer = buffer[..(int)Math.Min(length, QuotedText.Limit)];
        if (address == 0 || !call.Memory.TryRead(address, buffer))
        {
            call.Notation.Address(call.Line, address);
            return;
        }

        call.Line.AppendQuoted(buffer, hexadecimal);
        if (length > QuotedText.Limit)
            call.Line.Append("...");
    }

    public static void AppendId(LineBuffer line, ulong id)
    {
        if ((uint)id == uint.MaxValue)
            line.Append("-1");
        else
            line.AppendDecimal((ulong)(uint)id);
    }

    /// <summary>A device number in Linux's encoding (makedev(3)).</summary>
    public static void AppendDevice(LineBuffer line, ulong device)
    {
        ulong major = (device >> 8 & 0xFFF) | (device >> 32 & 0xFFFF_F000);
        ulong minor = (device & 0xFF) | (device >> 12 & 0xFFFF_FF00);
        line.Append("makedev(").AppendAlternateHex(major).Append(", ").AppendAlternateHex(minor).Append(')');
    }
}
