using Kpio.Contracts.Abi;

namespace Kpio.Plugins.Tracing.Calls.Irregular;

/// <summary>Calls on paths and files.</summary>
internal static class FileCalls
{
    // O_CREAT, and the bit of O_TMPFILE that is its own: only then open has a mode.
    private const ulong Creates = 0x40 | 0x40_0000;

    public static void Adjust(CallPlan plan, ValueFormats formats)
    {
        switch (plan.Name)
        {
            case "open" or "mq_open":
                plan.ShowOnlyIf(2, static call => (call.Frame.Argument1 & Creates) != 0);
                break;
            case "openat":
                plan.ShowOnlyIf(3, static call => (call.Frame.Argument2 & Creates) != 0);
                break;
            case "mknod":
                plan.Arguments[1].Write = WriteFileMode;
                plan.ShowOnlyIf(2, static call => IrregularStructs.IsDevice(call.Frame.Argument1));
                break;
            case "mknodat":
                plan.Arguments[2].Write = WriteFileMode;
                plan.ShowOnlyIf(3, static call => IrregularStructs.IsDevice(call.Frame.Argument2));
                break;
            case "ftruncate" or "truncate":
                plan.Arguments[1].Write = ArgumentWriters.ULong;
                break;
            case "getcwd":
                plan.Arguments[0].Write = static (call, argument, value) =>
                {
                    if (call.HasEnded && !call.HasFailed)
                        ArgumentWriters.AppendPath(call, value);
                    else
                        call.Notation.Address(call.Line, value);
                };
                break;
            case "getdents64" or "getdents":
                plan.Arguments[1].Write = static (call, _, value) => Entries(call, value);
                break;
            case "statx":
                plan.Arguments[2].Write = StatxFlags(formats);
                break;
            case "sendfile":
                plan.Arguments[3] = new ArgumentPlan("count", SendfileRest) { Kind = ArgumentKind.Size, AtExit = true };
                plan.Arguments[2].Write = static (call, _, value) => OffsetBehind(call, value);
                plan.SeparatorAtExit = true;
                plan.JoinsOwnArguments = true;
                break;
            case "pipe2":
                plan.Arguments[1] = DescriptorFlags(plan.Arguments[1], formats);
                break;
            case "dup3":
                plan.Arguments[2] = DescriptorFlags(plan.Arguments[2], formats);
                break;
            case "preadv2" or "pwritev2":
                // The halves of the offset are one on a 64-bit machine.
                plan.Arguments = [.. plan.Arguments[..4], plan.Arguments[5].At(5)];
                break;
            case "umask":
                plan.Arguments[0].Write = static (call, argument, value) => call.Line.AppendOctal((uint)value);
                break;
            case "membarrier":
                // The third is there for two commands that this version of strace does not know.
                plan.Arguments = plan.Arguments[..2];
                break;
            case "openat2":
                plan.Arguments[2].Write = (call, argument, value) => OpenHow(call, value, formats);
                break;
        }
    }

    private static void WriteFileMode(Call call, ArgumentPlan argument, ulong value) => IrregularStructs.AppendFileMode(call.Line, (ushort)value);

    /// <summary>The number of entries in the buffer of getdents(2): d_reclen is the 16-bit number at offset 16 of each.</summary>
    private static void Entries(Call call, ulong address)
    {
        const ulong LengthOffset = 16;
        call.Notation.Address(call.Line, address);
        if (!call.HasEnded || call.HasFailed)
            return;
        ulong end = address + (ulong)call.Result.Raw;
        long count = 0;
        Span<byte> length = stackalloc byte[2];
        for (ulong entry = address; entry < end; count++)
        {
            if (!call.Memory.TryRead(entry + LengthOffset, length) || ValueFormats.Unsigned(length) is var size && size < 16)
                return;
            entry += size;
        }

        call.Line.Append(" /* ").AppendDecimal(count).Append(" entries */");
    }

    /// <summary>open's flags where there is no access mode, so that none is shown.</summary>
    private static ArgumentPlan DescriptorFlags(ArgumentPlan argument, ValueFormats formats)
    {
        SetFormat? set = formats.Variation("Open", static s => s with { EnumMask = 0, Values = [.. s.Values.Where(v => v.Value > 3)] });
        return set is null ? argument : new ArgumentPlan(argument.Name, ArgumentWriters.Set) { Kind = argument.Kind, Set = set };
    }

    private static void OffsetBehind(Call call, ulong address)
    {
        if (address == 0 || !call.Memory.TryReadUInt64(address, out ulong offset))
        {
            call.Notation.Address(call.Line, address);
            return;
        }

        call.Line.Append('[').AppendDecimal((long)offset).Append(']');
    }

    /// <summary>The offset that the call has left behind, and the count.</summary>
    private static void SendfileRest(Call call, ArgumentPlan argument, ulong value)
    {
        ulong address = call.Frame.Argument2;
        if (call.HasEnded && !call.HasFailed && address != 0 && call.Memory.TryReadUInt64(address, out _))
        {
            call.Line.Append(" => ");
            OffsetBehind(call, address);
        }

        call.Line.Append(", ").AppendDecimal(value);
    }

    /// <summary>The synchronisation type comes first and has a name for 0.</summary>
    private static ArgumentWriter StatxFlags(ValueFormats formats)
    {
        SetFormat? flags = formats.Set("At");
        return (call, _, value) =>
        {
            const ulong Types = 0x6000;
            call.Line.Append((value & Types) switch
            {
                0 => "AT_STATX_SYNC_AS_STAT",
                0x2000 => "AT_STATX_FORCE_SYNC",
                0x4000 => "AT_STATX_DONT_SYNC",
                _ => "AT_STATX_FORCE_SYNC|AT_STATX_DONT_SYNC",
            });
            ulong rest = (uint)value & ~Types;
            if (rest == 0)
                return;
            call.Line.Append('|');
            if (flags is null)
                call.Line.AppendHex(rest);
            else
                flags.Append(call.Line, rest);
        };
    }

    private static void OpenHow(Call call, ulong address, ValueFormats formats)
    {
        Span<byte> bytes = stackalloc byte[24];
        if (address == 0 || !call.Memory.TryRead(address, bytes))
        {
            call.Notation.Address(call.Line, address);
            return;
        }

        ulong flags = ValueFormats.Unsigned(bytes[..8]);
        call.Line.Append("{flags=");
        formats.Set("Open")?.Append(call.Line, flags);
        if ((flags & Creates) != 0 || ValueFormats.Unsigned(bytes.Slice(8, 8)) != 0)
            call.Line.Append(", mode=").AppendOctal(ValueFormats.Unsigned(bytes.Slice(8, 8)));
        call.Line.Append(", resolve=");
        formats.Set("Resolve")?.Append(call.Line, ValueFormats.Unsigned(bytes[16..]));
        call.Line.Append('}');
    }
}
