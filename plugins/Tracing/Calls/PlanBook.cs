using Kpio.Contracts.Abi;

namespace Kpio.Plugins.Tracing.Calls;

/// <summary>
/// The plans of calls, made from their descriptions when a call is first seen. Descriptions are contract data; when the catalog is
/// another one (an interface was swapped), everything is made anew.
/// </summary>
internal sealed class PlanBook(Func<AbiCatalog> catalog)
{
    private readonly Dictionary<uint, (SyscallInfo? Info, CallPlan Plan)> _plans = [];
    private AbiCatalog? _catalog;
    private ValueFormats? _formats;

    /// <summary>The name of a call that has been traced, or null.</summary>
    public string? NameOf(uint number) => _plans.TryGetValue(number, out (SyscallInfo? Info, CallPlan Plan) known) ? known.Plan.Name : null;

    /// <summary>The plan of a call; <paramref name="info"/> is null for a number without a description.</summary>
    public CallPlan Get(uint number, SyscallInfo? info)
    {
        if (_plans.TryGetValue(number, out (SyscallInfo? Info, CallPlan Plan) known) && ReferenceEquals(known.Info, info))
            return known.Plan;
        CallPlan made = info is null ? Unknown(number) : Make(info, Formats());
        _plans[number] = (info, made);
        return made;
    }

    /// <summary>The plan of a call as the catalog describes it.</summary>
    public CallPlan Get(uint number) => Get(number, catalog().Syscalls.FirstOrDefault(info => info.Number == number));

    /// <summary>The formats of structures and sets.</summary>
    public ValueFormats Formats()
    {
        AbiCatalog current = catalog();
        if (_formats is null || !ReferenceEquals(current, _catalog))
        {
            _catalog = current;
            _formats = new ValueFormats(current);
            _plans.Clear();
        }

        return _formats;
    }

    private static CallPlan Make(SyscallInfo info, ValueFormats formats)
    {
        var arguments = new ArgumentPlan[info.Arguments.Count];
        for (int i = 0; i < arguments.Length; i++)
            arguments[i] = Argument(info.Arguments[i], formats);
        var plan = new CallPlan(info.Number, info.Name, arguments, ResultWriters.For(info.Result, formats));
        IrregularCalls.Adjust(plan, formats);
        return plan;
    }

    private static ArgumentPlan Argument(ArgumentInfo info, ValueFormats formats)
    {
        ArgumentKind kind = info.Kind;
        SetFormat? set = kind is ArgumentKind.Flags or ArgumentKind.Enum ? formats.Set(info.Set) : null;
        ValueFormat? pointee = set is null ? formats.Value(info.Set) : null;
        bool isPointer = kind is >= ArgumentKind.InStruct and <= ArgumentKind.InOutArray;
        ArgumentWriter write = kind switch
        {
            ArgumentKind.Flags or ArgumentKind.Enum when set is null => ArgumentWriters.Hex,
            _ when isPointer && pointee is null => ArgumentWriters.Address,
            ArgumentKind.Int or ArgumentKind.Fd => ArgumentWriters.Int,
            ArgumentKind.UInt => ArgumentWriters.UInt,
            ArgumentKind.Long or ArgumentKind.Offset => ArgumentWriters.Long,
            ArgumentKind.ULong or ArgumentKind.Size => ArgumentWriters.ULong,
            ArgumentKind.Hex => ArgumentWriters.Hex,
            ArgumentKind.DirFd => ArgumentWriters.DirFd,
            ArgumentKind.Pid => ArgumentWriters.Pid,
            ArgumentKind.Uid or ArgumentKind.Gid => ArgumentWriters.Id,
            ArgumentKind.Mode => ArgumentWriters.Mode,
            ArgumentKind.Device => ArgumentWriters.Device,
            ArgumentKind.Signal => ArgumentWriters.Signal,
            ArgumentKind.Path => ArgumentWriters.Path,
            ArgumentKind.String => ArgumentWriters.String,
            ArgumentKind.StringVector => ArgumentWriters.StringVector,
            ArgumentKind.In => ArgumentWriters.In,
            ArgumentKind.Out => ArgumentWriters.Out,
            ArgumentKind.InStruct or ArgumentKind.InOutStruct => ArgumentWriters.InStruct,
            ArgumentKind.OutStruct => ArgumentWriters.OutStruct,
            ArgumentKind.InArray or ArgumentKind.InOutArray => ArgumentWriters.InArray,
            ArgumentKind.OutArray => ArgumentWriters.OutArray,
            ArgumentKind.Flags or ArgumentKind.Enum => ArgumentWriters.Set,
            _ => ArgumentWriters.Address,
        };
        return new ArgumentPlan(info.Name, write)
        {
            Kind = kind,
            Set = set,
            Pointee = pointee,
            LengthArgument = info.LengthArgument,
            AtExit = kind is ArgumentKind.Out or ArgumentKind.OutStruct or ArgumentKind.OutArray,
        };
    }

    /// <summary>A number without a description: six numbers, as strace shows it.</summary>
    private static CallPlan Unknown(uint number)
    {
        var arguments = new ArgumentPlan[6];
        for (int i = 0; i < arguments.Length; i++)
            arguments[i] = new ArgumentPlan($"argument{i}", ArgumentWriters.Hex) { Kind = ArgumentKind.Hex };
        return new CallPlan(number, $"syscall_0x{number:x}", arguments, ResultWriters.Decimal) { IsUnknown = true };
    }
}
