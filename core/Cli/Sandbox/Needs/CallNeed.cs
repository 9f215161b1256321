using Kpio.Contracts.Abi;

namespace Kpio.Cli.Sandbox.Needs;

/// <summary>What a program does with a call: a request, a command, a set of flags.</summary>
/// <param name="Argument">The argument's name.</param>
/// <param name="Value">As strace shows it.</param>
internal sealed record Operation(string Argument, string Value)
{
    /// <summary>Whether the code has it.</summary>
    public bool IsInCode { get; set; }

    /// <summary>How often the run made it.</summary>
    public int Made { get; set; }

    /// <summary>How often the chosen interface refused it (ENOSYS, EINVAL, EOPNOTSUPP, ENOTTY), and of how many times.</summary>
    public (int Refused, int Of) Chosen { get; set; }

    /// <summary>How often Linux as KPIO has it refused it.</summary>
    public int Refused { get; set; }

    /// <summary>Whether the chosen interface refuses what is not refused otherwise.</summary>
    public bool IsLacking => Chosen.Of > 0 && Chosen.Refused == Chosen.Of && Refused < Made;
}

/// <summary>A call that a program needs.</summary>
internal sealed class CallNeed(uint number, string name, SyscallInfo? info)
{
    public uint Number => number;

    public string Name => name;

    /// <summary>What the chosen interface says of it; null when it has none of that number.</summary>
    public SyscallInfo? Info => info;

    /// <summary>Whether the program's own code makes it.</summary>
    public bool InProgram { get; set; }

    /// <summary>Whether code of a library makes it that the program's can reach.</summary>
    public bool InLibraries { get; set; }

    /// <summary>How often the run made it.</summary>
    public int Made { get; set; }

    /// <summary>What it is to do.</summary>
    public List<Operation> Operations { get; } = [];

    /// <summary>Whether the chosen interface does not have it.</summary>
    public bool IsLacking => info is null || info.Support == SyscallSupport.None;

    /// <summary>The operation of that argument and value, made when it is not there.</summary>
    public Operation Find(string argument, string value)
    {
        foreach (Operation operation in Operations)
        {
            if (operation.Argument == argument && operation.Value == value)
                return operation;
        }

        Operations.Add(new Operation(argument, value));
        return Operations[^1];
    }
}
