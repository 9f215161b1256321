using Kpio.Contracts.Abi;

namespace AbiGen;

/// <summary>The C# side of argument kinds: types and the conversion from a register.</summary>
internal static class ArgumentTypes
{
    /// <summary>The C# type of a scalar.</summary>
    public static string? OfScalar(ScalarType type) => type switch
    {
        ScalarType.I8 => "sbyte",
        ScalarType.U8 or ScalarType.Char => "byte",
        ScalarType.I16 => "short",
        ScalarType.U16 => "ushort",
        ScalarType.I32 => "int",
        ScalarType.U32 => "uint",
        ScalarType.I64 => "long",
        ScalarType.U64 or ScalarType.Sigset => "ulong",
        _ => null,
    };

    /// <summary>The C# type of what a pointer argument points to.</summary>
    public static string OfPointee(string set) =>
        Enum.TryParse(set, ignoreCase: true, out ScalarType scalar) && char.IsAsciiLetterLower(set[0]) ? OfScalar(scalar)! : Generator.Pascal(set);

    /// <summary>Whether an argument with a length swallows the length's parameter.</summary>
    public static bool IsBuffer(SyscallInfo call, ArgumentInfo argument) =>
        argument.Kind is ArgumentKind.In or ArgumentKind.Out && IsNumber(call.Arguments[argument.LengthArgument].Kind);

    /// <summary>The expression that makes a handler's parameter of a register.</summary>
    public static string Convert(AbiCatalog catalog, SyscallInfo call, int index)
    {
        ArgumentInfo argument = call.Arguments[index];
        string register = $"frame.Argument{index}";
        switch (argument.Kind)
        {
            case ArgumentKind.In or ArgumentKind.Out:
                return IsBuffer(call, argument)
                    ? $"new UserBuffer(task, {register}, {ConvertLength(call, argument.LengthArgument)})"
                    : register;
            case ArgumentKind.InStruct or ArgumentKind.OutStruct or ArgumentKind.InOutStruct
                or ArgumentKind.InArray or ArgumentKind.OutArray or ArgumentKind.InOutArray:
                return $"new UserPointer<{OfPointee(argument.Set!)}>(task, {register})";
            case ArgumentKind.Fd or ArgumentKind.DirFd:
                return $"new Fd((int){register})";
            case ArgumentKind.Path or ArgumentKind.String:
                return $"new UserString(task, {register})";
            default:
                string type = OfNumber(catalog, argument);
                return type == "ulong" ? register : $"({type}){register}";
        }
    }

    private static string ConvertLength(SyscallInfo call, int index) => call.Arguments[index].Kind switch
    {
        ArgumentKind.Int => $"(ulong)(int)frame.Argument{index}",
        ArgumentKind.UInt => $"(uint)frame.Argument{index}",
        _ => $"frame.Argument{index}",
    };

    private static bool IsNumber(ArgumentKind kind) =>
        kind is ArgumentKind.Int or ArgumentKind.UInt or ArgumentKind.Long or ArgumentKind.ULong or ArgumentKind.Size;

    private static string OfNumber(AbiCatalog catalog, ArgumentInfo argument) => argument.Kind switch
    {
        ArgumentKind.Int or ArgumentKind.Pid or ArgumentKind.Signal => "int",
        ArgumentKind.UInt or ArgumentKind.Uid or ArgumentKind.Gid or ArgumentKind.Mode or ArgumentKind.Device => "uint",
        ArgumentKind.Long or ArgumentKind.Offset => "long",
        ArgumentKind.Flags or ArgumentKind.Enum => OfScalar(catalog.Sets[argument.Set!].Type)!,
        _ => "ulong",
    };
}
