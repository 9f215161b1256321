using Kpio.Contracts.Abi;

namespace Kpio.Plugins.Tracing.Calls;

/// <summary>Writes one argument of a call.</summary>
internal delegate void ArgumentWriter(Call call, ArgumentPlan argument, ulong value);

/// <summary>Writes what stands behind the equals sign when a call succeeds.</summary>
internal delegate void ResultWriter(Call call, long value);

/// <summary>How one system call is shown. Made once from its description, and changed where strace is irregular.</summary>
internal sealed class CallPlan(uint number, string name, ArgumentPlan[] arguments, ResultWriter result)
{
    /// <summary>The call's number.</summary>
    public uint Number => number;

    /// <summary>The call's name.</summary>
    public string Name => name;

    /// <summary>Whether the number has no description.</summary>
    public bool IsUnknown { get; init; }

    /// <summary>The arguments in the order in which they are shown.</summary>
    public ArgumentPlan[] Arguments { get; set; } = arguments;

    /// <summary>Writes the result.</summary>
    public ResultWriter WriteResult { get; set; } = result;

    /// <summary>Tells how many arguments a call shows, where that depends on the arguments.</summary>
    public Func<Call, int>? Count { get; set; }

    /// <summary>Chooses the arguments themselves, where their meaning depends on one of them.</summary>
    public Func<Call, ArgumentPlan[]>? Select { get; set; }

    /// <summary>Whether the comma before the first argument that is written at the end is written with it (clone).</summary>
    public bool SeparatorAtExit { get; set; }

    /// <summary>Whether the writers of the arguments at the end write the separators themselves.</summary>
    public bool JoinsOwnArguments { get; set; }

    /// <summary>How many arguments this call shows.</summary>
    public int CountArguments(Call call) => Math.Min(Count?.Invoke(call) ?? call.Arguments.Length, call.Arguments.Length);
}

/// <summary>How one argument is shown.</summary>
internal sealed class ArgumentPlan(string name, ArgumentWriter write)
{
    /// <summary>The argument's name.</summary>
    public string Name => name;

    /// <summary>Its kind in the description.</summary>
    public ArgumentKind Kind
    {
        get;
        init
        {
            field = value;
            KindName = value.ToString();
        }
    }

    /// <summary>The kind's name.</summary>
    public string KindName { get; private init; } = nameof(ArgumentKind.Int);

    /// <summary>Writes it.</summary>
    public ArgumentWriter Write { get; set; } = write;

    /// <summary>Whether it can be written only when the call has ended.</summary>
    public bool AtExit { get; set; }

    /// <summary>The named bits or values.</summary>
    public SetFormat? Set { get; init; }

    /// <summary>The register that holds it, where arguments are left out or come in another order; else -1.</summary>
    public int Index { get; init; } = -1;

    /// <summary>The structure that it points to.</summary>
    public ValueFormat? Pointee { get; init; }

    /// <summary>The index of the argument that holds the length, or -1.</summary>
    public int LengthArgument { get; init; } = -1;

    /// <summary>The same argument, held by a register of its own choice.</summary>
    public ArgumentPlan At(int index) => new(name, Write)
    {
        Kind = Kind,
        Set = Set,
        Pointee = Pointee,
        LengthArgument = LengthArgument,
        AtExit = AtExit,
        Index = index,
    };

    /// <summary>The length: the value of the argument that holds it.</summary>
    public ulong LengthIn(Call call) => LengthArgument >= 0 ? call.Frame[LengthArgument] : 0;
}
