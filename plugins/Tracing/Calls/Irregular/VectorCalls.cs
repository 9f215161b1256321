namespace Kpio.Plugins.Tracing.Calls.Irregular;

/// <summary>readv(2), writev(2) and theirs: the bytes of each part in its place.</summary>
internal static class VectorCalls
{
    private const int PartSize = 16;

    public static void Adjust(CallPlan plan)
    {
        switch (plan.Name)
        {
            case "writev" or "pwritev" or "pwritev2" or "vmsplice":
                plan.Arguments[1].Write = static (call, argument, value) => Write(call, value, argument.LengthIn(call), long.MaxValue);
                break;
            case "readv" or "preadv" or "preadv2":
                plan.Arguments[1].AtExit = true;
                plan.Arguments[1].Write = static (call, argument, value) =>
                    Write(call, value, argument.LengthIn(call), call.HasEnded && !call.HasFailed ? call.Result.Raw : -1);
                break;
        }
    }

    /// <summary>Writes parts with their bytes, in all <paramref name="valid"/> at most; only addresses when that is negative.</summary>
    private static void Write(Call call, ulong address, ulong count, long valid)
    {
        LineBuffer line = call.Line;
        if (address == 0)
        {
            call.Notation.Address(line, address);
            return;
        }

        if (count == 0)
        {
            line.Append("[]");
            return;
        }

        Span<byte> part = stackalloc byte[PartSize];
        for (ulong i = 0; i < count; i++, address += PartSize)
        {
            if (i >= QuotedText.Limit)
            {
                line.Append(", ...");
                break;
            }

            if (!call.Memory.TryRead(address, part))
            {
                if (i == 0)
                {
                    call.Notation.Address(line, address);
                    return;
                }

                line.Append(", ... /* ");
                call.Notation.Address(line, address);
                line.Append(" */");
                break;
            }

            ulong start = ValueFormats.Unsigned(part[..8]);
            ulong length = ValueFormats.Unsigned(part[8..]);
            line.Append(i == 0 ? "[{iov_base=" : ", {iov_base=");
            if (valid < 0)
            {
                call.Notation.Address(line, start);
            }
            else
            {
                ulong shown = Math.Min(length, (ulong)valid);
                ArgumentWriters.AppendBytes(call, start, shown);
                valid -= valid == long.MaxValue ? 0 : (long)shown;
            }

            line.Append(", iov_len=").AppendDecimal(length).Append('}');
        }

        line.Append(']');
    }
}
