namespace Kpio.Contracts.Abi;

/// <summary>
/// Marks a method of a layer (<see cref="LayeredSyscallAbi"/>) as the handler of a system call. By name alone it overrides the row of the interface below; with a
/// number and a description it adds a row; with <see cref="Remove"/> it takes the row away (ENOSYS).
/// </summary>
[AttributeUsage(AttributeTargets.Method | AttributeTargets.Class, AllowMultiple = true)]
public sealed class SyscallAttribute : Attribute
{
    /// <summary>Overrides, or removes, the call of this name.</summary>
    public SyscallAttribute(string name) => Name = name;

    /// <summary>Adds a call; <paramref name="description"/> is the argument part of an <c>.abi</c> line: <c>fd:Fd buffer:Out(count) count:Size -&gt; Size</c>.</summary>
    public SyscallAttribute(int number, string name, string description)
    {
        Number = number;
        Name = name;
        Description = description;
    }

    /// <summary>The number of an added call, or -1.</summary>
    public int Number { get; } = -1;

    /// <summary>The call's name.</summary>
    public string Name { get; }

    /// <summary>The arguments of an added call.</summary>
    public string? Description { get; }

    /// <summary>What is special about the layer's handler, for the catalog; with it <see cref="Support"/> counts too. Without it the row below keeps both.</summary>
    public string? Note { get; init; }

    /// <summary>How far the layer's handler supports the call.</summary>
    public SyscallSupport Support { get; init; } = SyscallSupport.Full;

    /// <summary>The category of an added call.</summary>
    public string Category { get; init; } = "Extension";

    /// <summary>Whether the row is taken away.</summary>
    public bool Remove { get; init; }
}
