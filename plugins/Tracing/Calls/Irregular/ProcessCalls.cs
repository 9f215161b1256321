namespace Kpio.Plugins.Tracing.Calls.Irregular;

/// <summary>Calls on processes, their identity and the system.</summary>
internal static class ProcessCalls
{
    public static void Adjust(CallPlan plan, ValueFormats formats)
    {
        switch (plan.Name)
        {
            case "execve":
                plan.Arguments[2].Write = static (call, _, value) => Environment(call, value);
                break;
            case "execveat":
                plan.Arguments[3].Write = static (call, _, value) => Environment(call, value);
                break;
            case "kcmp":
                Compare(plan);
                break;
            case "wait4":
                plan.Arguments[1].Write = static (call, _, value) => WaitStatus(call, value);
                plan.Arguments[3].Write = (call, argument, value) =>
                {
                    if (call.Result.Raw > 0)
                        ArgumentWriters.OutStruct(call, argument, value);
                    else
                        call.Notation.Address(call.Line, value);
                };
                break;
            case "clone":
                Clone(plan, formats);
                break;
            case "clone3":
                Clone3(plan);
                break;
            case "getgroups":
                plan.Arguments[1].AtExit = true;
                plan.Arguments[1].Write = static (call, _, value) =>
                    Groups(call, value, call.HasEnded && !call.HasFailed && call.Frame.Argument0 != 0 ? call.Result.Raw : -1);
                break;
            case "setgroups":
                plan.Arguments[1].Write = static (call, _, value) => Groups(call, value, (int)call.Frame.Argument0);
                break;
            case "getresuid" or "getresgid":
                foreach (ArgumentPlan argument in plan.Arguments)
                    argument.Write = static (call, _, value) => IdBehind(call, value);
                break;
            case "sched_getaffinity":
                plan.Arguments[2].Write = static (call, _, value) => Processors(call, value, call.HasFailed || !call.HasEnded ? -1 : call.Result.Raw);
                break;
            case "sched_setaffinity":
                plan.Arguments[2].Write = static (call, _, value) => Processors(call, value, Math.Min((uint)call.Frame.Argument1, 128));
                break;
            case "arch_prctl":
                ArchPrctl(plan);
                break;
            case "get_robust_list":
                plan.Arguments[1].Write = static (call, _, value) => AddressBehind(call, value);
                break;
            case "getrandom":
                plan.Arguments[0].Write = static (call, argument, value) => Random(call, argument, value);
                break;
            case "rseq":
                plan.Arguments[1].Write = ArgumentWriters.Hex32;
                plan.Arguments[2].Write = ArgumentWriters.Hex32;
                plan.Arguments[3].Write = ArgumentWriters.Hex32;
                break;
        }
    }

    /// <summary>The environment's address and how many strings it has.</summary>
    public static void Environment(Call call, ulong address)
    {
        call.Notation.Address(call.Line, address);
        if (address == 0)
            return;
        long count = 0;
        for (ulong entry = address; ; entry += 8, count++)
        {
            if (!call.Memory.TryReadUInt64(entry, out ulong text))
            {
                if (count == 0)
                    return;
                break;
            }

            if (text == 0)
                break;
        }

        AppendVariables(call.Line, count);
    }

    /// <summary>The comment behind an environment's address.</summary>
    public static void AppendVariables(LineBuffer line, long count) =>
        line.Append(" /* ").AppendDecimal(count).Append(count == 1 ? " var */" : " vars */");

    /// <summary>The indices count for files and collectors of readiness alone, the second of which is an address.</summary>
    private static void Compare(CallPlan plan)
    {
        const ulong KCMP_FILE = 0, KCMP_EPOLL_TFD = 7;
        plan.Arguments[3].Write = static (call, _, value) =>
        {
            if (call.Frame.Argument2 is KCMP_FILE or KCMP_EPOLL_TFD)
                call.Line.AppendDecimal((long)(int)value);
            else
                call.Line.AppendAlternateHex(value);
        };
        plan.Arguments[4].Write = static (call, _, value) =>
        {
            if (call.Frame.Argument2 == KCMP_FILE)
                call.Line.AppendDecimal((long)(int)value);
            else
                call.Line.AppendAlternateHex(value);
        };
        plan.ShowOnlyIf(3, static call => call.Frame.Argument2 is KCMP_FILE or >= KCMP_EPOLL_TFD);
    }

    /// <summary>A status as wait(2) gives it.</summary>
    private static void WaitStatus(Call call, ulong address)
    {
        if (!call.HasEnded || call.Result.Raw <= 0 || address == 0 || !call.Memory.TryReadInt32(address, out int status))
        {
            call.Notation.Address(call.Line, address);
            return;
        }

        LineBuffer line = call.Line;
        if ((status & 0x7F) == 0)
        {
            line.Append("[{WIFEXITED(s) && WEXITSTATUS(s) == ").AppendDecimal((long)(status >> 8 & 0xFF));
        }
        else if ((status & 0xFF) == 0x7F)
        {
            SignalText.Append(line.Append("[{WIFSTOPPED(s) && WSTOPSIG(s) == "), status >> 8 & 0xFF);
        }
        else if (status == 0xFFFF)
        {
            line.Append("[{WIFCONTINUED(s)");
        }
        else
        {
            SignalText.Append(line.Append("[{WIFSIGNALED(s) && WTERMSIG(s) == "), status & 0x7F);
            if ((status & 0x80) != 0)
                line.Append(" && WCOREDUMP(s)");
        }

        line.Append("}]");
    }

    private static void Clone(CallPlan plan, ValueFormats formats)
    {
        const ulong ParentTid = 0x0010_1000;
        const ulong ChildTid = 0x0120_0000;
        const ulong Tls = 0x0008_0000;
        SetFormat? flags = formats.Set("Clone");
        var stack = new ArgumentPlan("stack", static (call, _, value) => call.Notation.Address(call.Line.Append("child_stack="), value)) { Index = 1 };
        var flagArgument = new ArgumentPlan("flags", (call, _, value) =>
        {
            call.Line.Append("flags=");
            ulong bits = value & ~0xFFUL;
            int signal = (int)(value & 0xFF);
            if (bits != 0 || signal == 0)
                flags?.Append(call.Line, bits);
            if (bits != 0 && signal != 0)
                call.Line.Append('|');
            if (signal != 0)
                SignalText.Append(call.Line, signal);
        })
        { Index = 0 };
        var parent = new ArgumentPlan("parent_tid", static (call, _, value) =>
        {
            call.Line.Append("parent_tid=");
            TidBehind(call, value);
        })
        { Index = 2, AtExit = true };
        var tls = new ArgumentPlan("tls", static (call, _, value) => call.Notation.AddressResult(call.Line.Append("tls="), value)) { Index = 4, AtExit = true };
        var child = new ArgumentPlan("child_tid", static (call, _, value) => call.Notation.Address(call.Line.Append("child_tidptr="), value)) { Index = 3, AtExit = true };
        var shapes = new ArgumentPlan[8][];
        for (int i = 0; i < shapes.Length; i++)
        {
            List<ArgumentPlan> arguments = [stack, flagArgument];
            if ((i & 1) != 0)
                arguments.Add(parent);
            if ((i & 2) != 0)
                arguments.Add(tls);
            if ((i & 4) != 0)
                arguments.Add(child);
            shapes[i] = [.. arguments];
        }

        plan.SeparatorAtExit = true;
        plan.Select = call =>
        {
            ulong bits = call.Frame.Argument0;
            return shapes[((bits & ParentTid) != 0 ? 1 : 0) | ((bits & Tls) != 0 ? 2 : 0) | ((bits & ChildTid) != 0 ? 4 : 0)];
        };
    }

    private static void Clone3(CallPlan plan)
    {
        const ulong ParentSetTid = 0x0010_0000;
        const ulong ParentTidField = 24;
        ArgumentPlan arguments = plan.Arguments[0];
        ArgumentPlan size = plan.Arguments[1];
        var results = new ArgumentPlan("size", (call, argument, value) =>
        {
            ulong address = call.Frame.Argument0;
            if (!call.HasFailed && call.Memory.TryReadUInt64(address, out ulong flags) && (flags & ParentSetTid) != 0
                && call.Memory.TryReadUInt64(address + ParentTidField, out ulong parent))
            {
                call.Line.Append(" => {parent_tid=");
                TidBehind(call, parent);
                call.Line.Append('}');
            }

            call.Line.Append(", ");
            size.Write(call, argument, value);
        })
        { Index = 1, AtExit = true };
        plan.SeparatorAtExit = true;
        plan.JoinsOwnArguments = true;
        plan.Arguments = [arguments, results];
    }

    private static void TidBehind(Call call, ulong address)
    {
        if (address == 0 || call.HasFailed || !call.Memory.TryReadInt32(address, out int tid))
        {
            call.Notation.Address(call.Line, address);
            return;
        }

        call.Line.Append('[');
        call.Notation.Pid(call.Line, tid);
        call.Line.Append(']');
    }

    private static void Groups(Call call, ulong address, long count)
    {
        Span<byte> id = stackalloc byte[4];
        if (address == 0 || count < 0 || (count > 0 && !call.Memory.TryRead(address, id)))
        {
            call.Notation.Address(call.Line, address);
            return;
        }

        call.Line.Append('[');
        for (long i = 0; i < count && call.Memory.TryRead(address + (ulong)(i * 4), id); i++)
        {
            if (i > 0)
                call.Line.Append(", ");
            if (i >= QuotedText.Limit)
            {
                call.Line.Append("...");
                break;
            }

            ArgumentWriters.AppendId(call.Line, ValueFormats.Unsigned(id));
        }

        call.Line.Append(']');
    }

    private static void IdBehind(Call call, ulong address)
    {
        if (address == 0 || call.HasFailed || !call.Memory.TryReadInt32(address, out int id))
        {
            call.Notation.Address(call.Line, address);
            return;
        }

        ArgumentWriters.AppendId(call.Line.Append('['), (uint)id);
        call.Line.Append(']');
    }

    private static void AddressBehind(Call call, ulong address)
    {
        if (address == 0 || call.HasFailed || !call.Memory.TryReadUInt64(address, out ulong value))
        {
            call.Notation.Address(call.Line, address);
            return;
        }

        call.Line.Append('[');
        call.Notation.AddressResult(call.Line, value);
        call.Line.Append(']');
    }

    private static void Processors(Call call, ulong address, long length)
    {
        Span<byte> mask = stackalloc byte[(int)Math.Clamp(length, 0, 128)];
        if (address == 0 || length < 0 || !call.Memory.TryRead(address, mask))
        {
            call.Notation.Address(call.Line, address);
            return;
        }

        call.Line.Append('[');
        bool first = true;
        for (int i = 0; i < mask.Length * 8; i++)
        {
            if ((mask[i / 8] >> (i % 8) & 1) == 0)
                continue;
            if (!first)
                call.Line.Append(' ');
            first = false;
            call.Line.AppendDecimal((long)i);
        }

        call.Line.Append(']');
    }

    private static void ArchPrctl(CallPlan plan)
    {
        const ulong ARCH_GET_FS = 0x1003;
        const ulong ARCH_GET_GS = 0x1004;
        const ulong ARCH_GET_CPUID = 0x1011;
        ArgumentPlan code = plan.Arguments[0];
        ArgumentPlan[] set = [code, new ArgumentPlan("address", static (call, _, value) => call.Notation.AddressResult(call.Line, value))];
        ArgumentPlan[] get = [code, new ArgumentPlan("address", static (call, _, value) => AddressBehind(call, value)) { AtExit = true }];
        ArgumentPlan[] none = [code];
        plan.Select = call => call.Frame.Argument0 switch { ARCH_GET_FS or ARCH_GET_GS => get, ARCH_GET_CPUID => none, _ => set };
    }

    private static void Random(Call call, ArgumentPlan argument, ulong value)
    {
        if (!call.HasEnded || call.HasFailed)
        {
            call.Notation.Address(call.Line, value);
            return;
        }

        ulong length = Math.Min((ulong)call.Result.Raw, argument.LengthIn(call));
        Span<byte> bytes = stackalloc byte[(int)Math.Min(length, QuotedText.Limit)];
        if (value == 0 || !call.Memory.TryRead(value, bytes))
        {
            call.Notation.Address(call.Line, value);
            return;
        }

        call.Notation.RandomBytes(call.Line, bytes);
        if (length > QuotedText.Limit)
            call.Line.Append("...");
    }
}
