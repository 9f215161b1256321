using Kpio.Contracts.Abi;

namespace Kpio.Plugins.Tracing.Calls;

/// <summary>Structures that strace abbreviates or writes otherwise than field by field.</summary>
internal static class IrregularStructs
{
    private const ulong FormatMask = 0xF000;

    /// <summary>The format of an irregular structure; null for a regular one.</summary>
    public static ValueFormat? Create(StructInfo info, ValueFormats formats)
    {
        ValueWriter? write = info.Name switch
        {
            "stat" => Stat(info),
            "statx" => Statx(info, formats),
            "mq_attr" => QueueAttributes,
            "timespec" => static (call, bytes) => Time(call, bytes, "tv_nsec"),
            "timeval" => static (call, bytes) => Time(call, bytes, "tv_usec"),
            "rlimit" => static (call, bytes) => Limits(call, bytes),
            "rusage" => Abbreviated(formats.Fields(info, static name => name is "ru_utime" or "ru_stime")),
            "utsname" => Abbreviated(formats.Fields(info, static name => name is "sysname" or "nodename")),
            "sysinfo" => SystemInformation(info, formats),
            "tms" => ProcessTimes(info),
            "statfs" => FileSystem(info, formats),
            "sigaction" => SignalAction(info, formats),
            "siginfo" => (call, bytes) => SignalInfoText.Append(call.Line, call.Notation, formats, bytes),
            "sigevent" => SignalEvent(info, formats),
            "termios" => TerminalText.Write,
            "pipe_fds" => static (call, bytes) =>
                call.Line.Append('[').AppendDecimal(ValueFormats.Signed(bytes[..4])).Append(", ").AppendDecimal(ValueFormats.Signed(bytes[4..])).Append(']'),
            "epoll_event" => EpollEvent(info, formats),
            "sched_param" => static (call, bytes) => call.Line.Append('[').AppendDecimal(ValueFormats.Signed(bytes)).Append(']'),
            "flock" => formats.Fields(info, static name => name != "l_pid"),
            "timex" => formats.Fields(info, static name => name != "__reserved"),
            "utimbuf" => static (call, bytes) => UtimeBuffer(call, bytes),
            "clone_args" => CloneArguments(info, formats),
            _ => null,
        };
        return write is null ? null : new ValueFormat(info.Name, info.Size, write);
    }

    /// <summary>The type and permissions of a file: S_IFREG|S_ISUID|0755.</summary>
    public static void AppendFileMode(LineBuffer line, ulong mode)
    {
        string? type = (mode & FormatMask) switch
        {
            0x8000 => "S_IFREG",
            0xC000 => "S_IFSOCK",
            0x1000 => "S_IFIFO",
            0xA000 => "S_IFLNK",
            0x4000 => "S_IFDIR",
            0x6000 => "S_IFBLK",
            0x2000 => "S_IFCHR",
            _ => null,
        };
        if (type is null)
        {
            line.AppendOctal(mode);
            return;
        }

        line.Append(type).Append('|');
        if ((mode & 0x800) != 0)
            line.Append("S_ISUID|");
        if ((mode & 0x400) != 0)
            line.Append("S_ISGID|");
        if ((mode & 0x200) != 0)
            line.Append("S_ISVTX|");
        line.AppendOctal(mode & 0x1FF);
    }

    /// <summary>Whether a mode is that of a device node.</summary>
    public static bool IsDevice(ulong mode) => (mode & FormatMask) is 0x2000 or 0x6000;

    private static FieldInfo Field(StructInfo info, string name) => info.Fields.First(f => f.Name == name);

    private static ulong Get(FieldInfo field, ReadOnlySpan<byte> bytes) => ValueFormats.Unsigned(bytes.Slice(field.Offset, field.Size));

    private static ValueWriter Stat(StructInfo info)
    {
        FieldInfo mode = Field(info, "st_mode");
        FieldInfo size = Field(info, "st_size");
        FieldInfo device = Field(info, "st_rdev");
        return (call, bytes) =>
        {
            ulong value = Get(mode, bytes);
            call.Line.Append("{st_mode=");
            AppendFileMode(call.Line, value);
            if (IsDevice(value))
                ArgumentWriters.AppendDevice(call.Line.Append(", st_rdev="), Get(device, bytes));
            else
                call.Line.Append(", st_size=").AppendDecimal((long)Get(size, bytes));
            call.Line.Append(", ...}");
        };
    }

    private static ValueWriter SignalEvent(StructInfo info, ValueFormats formats)
    {
        const ulong SIGEV_THREAD = 2;
        const ulong SIGEV_THREAD_ID = 4;
        FieldInfo value = Field(info, "sigev_value");
        FieldInfo signal = Field(info, "sigev_signo");
        FieldInfo notify = Field(info, "sigev_notify");
        FieldInfo thread = Field(info, "sigev_notify_thread_id");
        SetFormat? ways = formats.Set(notify.Set);
        return (call, bytes) =>
        {
            ulong given = Get(value, bytes);
            ulong way = Get(notify, bytes);
            LineBuffer line = call.Line.Append('{');
            if (given != 0)
            {
                line.Append("sigev_value={sival_int=").AppendDecimal((long)(int)given).Append(", sival_ptr=");
                call.Notation.Address(line, given);
                line.Append("}, ");
            }

            line.Append("sigev_signo=");
            if (way is 0 or SIGEV_THREAD or SIGEV_THREAD_ID)
                SignalText.Append(line, (int)Get(signal, bytes));
            else
                line.AppendDecimal((ulong)(uint)Get(signal, bytes));
            line.Append(", sigev_notify=");
            ways?.Append(line, way);
            if (way == SIGEV_THREAD_ID)
                call.Notation.Pid(line.Append(", sigev_notify_thread_id="), (int)Get(thread, bytes));
            if (way == SIGEV_THREAD)
            {
                call.Notation.Address(line.Append(", sigev_notify_function="), ValueFormats.Unsigned(bytes.Slice(thread.Offset, 8)));
                call.Notation.Address(line.Append(", sigev_notify_attributes="), ValueFormats.Unsigned(bytes.Slice(thread.Offset + 8, 8)));
            }

            line.Append('}');
        };
    }

    private static ValueWriter Statx(StructInfo info, ValueFormats formats)
    {
        FieldInfo mask = Field(info, "stx_mask");
        FieldInfo attributes = Field(info, "stx_attributes");
        FieldInfo mode = Field(info, "stx_mode");
        FieldInfo size = Field(info, "stx_size");
        SetFormat? masks = formats.Set(mask.Set);
        SetFormat? attributeSet = formats.Set(attributes.Set);
        return (call, bytes) =>
        {
            call.Line.Append("{stx_mask=");
            masks?.Append(call.Line, Get(mask, bytes));
            call.Line.Append(", stx_attributes=");
            attributeSet?.Append(call.Line, Get(attributes, bytes));
            call.Line.Append(", stx_mode=");
            AppendFileMode(call.Line, Get(mode, bytes));
            call.Line.Append(", stx_size=").AppendDecimal(Get(size, bytes)).Append(", ...}");
        };
    }

    /// <summary>The part below a second is unsigned, as strace shows it.</summary>
    private static void Time(Call call, ReadOnlySpan<byte> bytes, string part)
    {
        call.Line.Append("{tv_sec=");
        call.Notation.Measure(call.Line, ValueFormats.Signed(bytes[..8]));
        call.Line.Append(", ").Append(part).Append('=');
        if (call.Notation.IsNormalized)
            call.Notation.Measure(call.Line, 0);
        else
            call.Line.AppendDecimal(ValueFormats.Unsigned(bytes.Slice(8, 8)));
        call.Line.Append('}');
    }

    private static void Limits(Call call, ReadOnlySpan<byte> bytes)
    {
        AppendLimit(call.Line.Append("{rlim_cur="), ValueFormats.Unsigned(bytes[..8]));
        AppendLimit(call.Line.Append(", rlim_max="), ValueFormats.Unsigned(bytes[8..]));
        call.Line.Append('}');
    }

    private static void AppendLimit(LineBuffer line, ulong limit)
    {
        if (limit == ulong.MaxValue)
            line.Append("RLIM64_INFINITY");
        else if (limit > 1024 && limit % 1024 == 0)
            line.AppendDecimal(limit / 1024).Append("*1024");
        else
            line.AppendDecimal(limit);
    }

    /// <summary>The flags have names only where they mean something.</summary>
    private static void QueueAttributes(Call call, ReadOnlySpan<byte> bytes)
    {
        const ulong O_NONBLOCK = 0x800;
        ulong flags = ValueFormats.Unsigned(bytes[..8]);
        call.Line.Append("{mq_flags=");
        if (flags == O_NONBLOCK && call.Plan.Name != "mq_open")
            call.Line.Append("O_NONBLOCK");
        else
            call.Line.AppendAlternateHex(flags);
        call.Line.Append(", mq_maxmsg=").AppendDecimal(ValueFormats.Signed(bytes[8..16]));
        call.Line.Append(", mq_msgsize=").AppendDecimal(ValueFormats.Signed(bytes[16..24]));
        call.Line.Append(", mq_curmsgs=").AppendDecimal(ValueFormats.Signed(bytes[24..32])).Append('}');
    }

    /// <summary>A structure of which the first fields are shown.</summary>
    private static ValueWriter Abbreviated(ValueWriter fields) => (call, bytes) =>
    {
        fields(call, bytes);
        call.Line.Truncate(call.Line.Length - 1);
        call.Line.Append(", ...}");
    };

    private static ValueWriter SystemInformation(StructInfo info, ValueFormats formats)
    {
        ValueWriter fields = formats.Fields(info, static name => name != "pad");
        return (call, bytes) =>
        {
            if (call.Notation.IsNormalized)
                call.Line.Append("{<sysinfo>}");
            else
                fields(call, bytes);
        };
    }

    private static ValueWriter ProcessTimes(StructInfo info)
    {
        FieldInfo[] fields = [.. info.Fields];
        return (call, bytes) =>
        {
            char separator = '{';
            foreach (FieldInfo field in fields)
            {
                call.Line.Append(separator);
                if (separator == ',')
                    call.Line.Append(' ');
                separator = ',';
                long ticks = (long)Get(field, bytes);
                call.Line.Append(field.Name).Append('=');
                call.Notation.Measure(call.Line, ticks);
                if (ticks != 0 && !call.Notation.IsNormalized)
                    call.Line.Append(" /* ").AppendDecimal(ticks / 100).Append('.').AppendDecimal(ticks % 100, 2).Append(" s */");
            }

            call.Line.Append('}');
        };
    }

    private static ValueWriter FileSystem(StructInfo info, ValueFormats formats)
    {
        FieldInfo type = Field(info, "f_type");
        FieldInfo flags = Field(info, "f_flags");
        FieldInfo id = Field(info, "f_fsid");
        SetFormat? types = formats.Set(type.Set);
        SetFormat? flagSet = formats.Set(flags.Set);
        FieldInfo[] between = [.. info.Fields.Where(f => f.Name is not ("f_type" or "f_flags" or "f_spare"))];
        return (call, bytes) =>
        {
            LineBuffer line = call.Line.Append("{f_type=");
            ulong kind = Get(type, bytes);
            if (types?.NameOf(kind) is { } name)
                line.Append(kind == 0xEF53 ? "EXT2_SUPER_MAGIC" : name);
            else
                line.AppendAlternateHex(kind);
            foreach (FieldInfo field in between)
            {
                line.Append(", ").Append(field.Name).Append('=');
                ulong value = Get(field, bytes);
                if (field == id)
                    line.Append("{val=[").AppendAlternateHex((uint)value).Append(", ").AppendAlternateHex(value >> 32).Append("]}");
                else if (call.Notation.IsNormalized && field.Name is "f_blocks" or "f_bfree" or "f_bavail" or "f_files" or "f_ffree")
                    call.Notation.Measure(line, (long)value);
                else
                    line.AppendDecimal(value);
            }

            ulong bits = Get(flags, bytes);
            if (bits != 0)
            {
                line.Append(", f_flags=");
                flagSet?.Append(line, bits);
            }

            line.Append('}');
        };
    }

    private static ValueWriter SignalAction(StructInfo info, ValueFormats formats)
    {
        FieldInfo handler = Field(info, "sa_handler");
        FieldInfo mask = Field(info, "sa_mask");
        FieldInfo flags = Field(info, "sa_flags");
        FieldInfo restorer = Field(info, "sa_restorer");
        SetFormat? handlers = formats.Set(handler.Set);
        SetFormat? flagSet = formats.Set(flags.Set);
        const ulong SaRestorer = 0x0400_0000;
        return (call, bytes) =>
        {
            ulong address = Get(handler, bytes);
            call.Line.Append("{sa_handler=");
            if (handlers?.NameOf(address) is { } name)
                call.Line.Append(name);
            else
                call.Notation.Address(call.Line, address);
            SignalText.AppendSet(call.Line.Append(", sa_mask="), Get(mask, bytes));
            call.Line.Append(", sa_flags=");
            ulong bits = Get(flags, bytes);
            flagSet?.Append(call.Line, bits);
            if ((bits & SaRestorer) != 0)
            {
                call.Line.Append(", sa_restorer=");
                call.Notation.Address(call.Line, Get(restorer, bytes));
            }

            call.Line.Append('}');
        };
    }

    private static ValueWriter EpollEvent(StructInfo info, ValueFormats formats)
    {
        SetFormat? events = formats.Set(Field(info, "events").Set);
        return (call, bytes) =>
        {
            ulong data = ValueFormats.Unsigned(bytes.Slice(4, 8));
            call.Line.Append("{events=");
            events?.Append(call.Line, ValueFormats.Unsigned(bytes[..4]));
            call.Line.Append(", data={u32=").AppendDecimal((ulong)(uint)data).Append(", u64=").AppendDecimal(data).Append("}}");
        };
    }

    private static void UtimeBuffer(Call call, ReadOnlySpan<byte> bytes)
    {
        for (int i = 0; i < 2; i++)
        {
            long seconds = ValueFormats.Signed(bytes.Slice(i * 8, 8));
            call.Line.Append(i == 0 ? "{actime=" : ", modtime=");
            call.Notation.Measure(call.Line, seconds);
            if (!call.Notation.IsNormalized)
                TimeText.AppendComment(call.Line, seconds);
        }

        call.Line.Append('}');
    }

    private static ValueWriter CloneArguments(StructInfo info, ValueFormats formats)
    {
        FieldInfo[] fields = [.. info.Fields];
        SetFormat? flags = formats.Set(Field(info, "flags").Set);
        return (call, bytes) =>
        {
            call.Line.Append("{flags=");
            ulong bits = Get(fields[0], bytes);
            flags?.Append(call.Line, bits);
            foreach (FieldInfo field in fields.AsSpan(1))
            {
                // A field whose flag is not set has no meaning; pidfd, set_tid and cgroup alike.
                ulong value = Get(field, bytes);
                bool isShown = field.Name switch
                {
                    "pidfd" => (bits & 0x1000) != 0,
                    "child_tid" => (bits & 0x0120_0000) != 0,
                    "parent_tid" => (bits & 0x0010_0000) != 0,
                    "tls" => (bits & 0x0008_0000) != 0,
                    "set_tid" or "set_tid_size" => Get(fields.First(f => f.Name == "set_tid_size"), bytes) != 0,
                    "cgroup" => (bits & 0x2_0000_0000) != 0,
                    _ => true,
                };
                if (!isShown)
                    continue;
                call.Line.Append(", ").Append(field.Name).Append('=');
                if (field.Name == "exit_signal")
                    SignalText.Append(call.Line, (int)value);
                else if (field.Name == "stack_size")
                    call.Line.AppendAlternateHex(value);
                else
                    call.Notation.Address(call.Line, value);
            }

            call.Line.Append('}');
        };
    }
}
