using Kpio.Platform.X64.Analysis;

namespace Kpio.Cli.Sandbox.Needs;

/// <summary>
/// The calls in a program's code and in what it uses of its libraries, found without running it. A function that is given the number, as libc's
/// syscall() is, is followed to those who call it, through any number of such functions.
/// </summary>
internal sealed class StaticScan
{
    private const uint MostNumbers = 1024;
    private const int Rax = 0;
    private readonly List<CodeModule> _modules;
    private readonly Queue<Wrapper> _queue = new();
    private readonly HashSet<Wrapper> _seen = [];

    /// <summary>Scans a program, the first of the modules, with its libraries.</summary>
    public StaticScan(IReadOnlyList<CodeModule> modules)
    {
        _modules = [.. modules];
        foreach (CodeModule module in _modules)
        {
            foreach (ulong address in module.Scan.Syscalls)
                Look(module, address);
        }

        while (_queue.TryDequeue(out Wrapper? wrapper))
            Follow(wrapper);
        Collect();
    }

    /// <summary>What the program's own code needs: all of it, whether it is ever run or not.</summary>
    public SortedSet<StaticNeed> InProgram { get; } = [];

    /// <summary>What functions of libraries need that the program's code can reach.</summary>
    public SortedSet<StaticNeed> InLibraries { get; } = [];

    /// <summary>Calls in that code whose number it does not show.</summary>
    public int Unknown { get; private set; }

    private void Look(CodeModule module, ulong address)
    {
        ulong function = module.Scan.FunctionOf(address);
        TracedValue number = module.Scan.Trace(address, Rax);
        switch (number.Source)
        {
            case ValueSource.Constant when (ulong)(uint)number.Number < MostNumbers:
                AddCall(module, function, address, (uint)number.Number);
                break;
            case ValueSource.Register or ValueSource.Stack:
                Enqueue(new Wrapper(module, function, number, null));
                break;
            default:
                module.Unknown[function] = module.Unknown.GetValueOrDefault(function) + 1;
                break;
        }
    }

    private void AddCall(CodeModule module, ulong function, ulong address, uint number)
    {
        int index = Operations.ArgumentOf(number);
        if (index < 0)
        {
            module.Add(function, new StaticNeed(number, null));
            return;
        }

        TracedValue operation = module.Scan.Trace(address, Operations.SystemRegister(index));
        module.Add(function, new StaticNeed(number, operation.Source == ValueSource.Constant ? (uint)operation.Number : null));
        if (operation.Source is ValueSource.Register or ValueSource.Stack)
            Enqueue(new Wrapper(module, function, operation, number));
    }

    private void Enqueue(Wrapper wrapper)
    {
        // An argument that lies deeper on the stack each time is that of a recursion: it would go on for ever.
        const int DeepestArgument = 256;
        if ((wrapper.Value.Source == ValueSource.Register || wrapper.Value.Number <= DeepestArgument) && _seen.Add(wrapper))
            _queue.Enqueue(wrapper);
    }

    /// <summary>Looks at everybody who calls a function that is given a number, in its module and by its name in the others.</summary>
    private void Follow(Wrapper wrapper)
    {
        foreach (CodeTransfer transfer in wrapper.Module.Direct[wrapper.Function])
            Follow(wrapper, wrapper.Module, transfer);
        foreach (string name in wrapper.Module.ExportNames[wrapper.Function])
        {
            foreach (CodeModule module in _modules)
            {
                foreach ((ulong slot, string import) in module.Imports)
                {
                    if (import != name)
                        continue;
                    foreach (CodeTransfer transfer in module.ThroughSlot[slot])
                        Follow(wrapper, module, transfer);
                }
            }
        }
    }

    private void Follow(Wrapper wrapper, CodeModule module, CodeTransfer transfer)
    {
        TracedValue value = wrapper.Value.Source == ValueSource.Register
            ? module.Scan.Trace(transfer.Address, (int)wrapper.Value.Number)
            : module.Scan.TraceStack(transfer.Address, wrapper.Value.Number);
        if (value.Source is ValueSource.Register or ValueSource.Stack)
            Enqueue(new Wrapper(module, transfer.Function, value, wrapper.Call));
        else if (value.Source == ValueSource.Constant && wrapper.Call is { } call)
            module.Add(transfer.Function, new StaticNeed(call, (uint)value.Number));
        else if (value.Source == ValueSource.Constant && (ulong)(uint)value.Number < MostNumbers)
            module.Add(transfer.Function, new StaticNeed((uint)value.Number, null));
    }

    private void Collect()
    {
        CodeModule program = _modules[0];
        foreach (SortedSet<StaticNeed> needs in program.Needs.Values)
            InProgram.UnionWith(needs);
        Unknown = program.Unknown.Values.Sum();
        var reached = new HashSet<(CodeModule Module, ulong Function)>();
        var queue = new Queue<(CodeModule Module, ulong Function)>();
        foreach (string name in program.Imports.Values.Distinct())
            Reach(name);

        // The dynamic linker runs before the program, and calls much of itself through tables: all of it.
        foreach (CodeModule linker in _modules.Skip(1).Where(module => module.Path == program.File.Interpreter))
        {
            foreach (ulong function in linker.Needs.Keys.Concat(linker.Unknown.Keys))
                Add(linker, function);
        }

        while (queue.TryDequeue(out (CodeModule Module, ulong Function) next))
        {
            (CodeModule module, ulong function) = next;
            if (module.Needs.TryGetValue(function, out SortedSet<StaticNeed>? needs))
                InLibraries.UnionWith(needs);
            Unknown += module.Unknown.GetValueOrDefault(function);
            foreach (CodeTransfer transfer in module.ByFunction[function])
            {
                if (!transfer.IsThroughSlot)
                    Add(module, module.Scan.FunctionOf(transfer.Target));
                else if (module.Imports.TryGetValue(transfer.Target, out string? name))
                    Reach(name);
            }

            foreach (ulong taken in module.Taken[function])
                Add(module, taken);
        }

        void Reach(string name)
        {
            foreach (CodeModule module in _modules.Skip(1))
            {
                foreach (ulong function in module.Exports[name])
                    Add(module, function);
            }
        }

        void Add(CodeModule module, ulong function)
        {
            if (reached.Add((module, function)))
                queue.Enqueue((module, function));
        }
    }

    /// <summary>A function that is given a call's number, or with <see cref="Call"/> what that call is to do.</summary>
    private sealed record Wrapper(CodeModule Module, ulong Function, TracedValue Value, uint? Call);
}
