using Kpio.Contracts.Abi;
using Kpio.Contracts.Process;
using Kpio.Contracts.Values;

namespace Kpio.Plugins.Tracing.Calls;

/// <summary>
/// One call of one task while it is in progress, and what has been written of it. Used again for the task's next call.
/// </summary>
internal sealed class Call(GuestTask task, Notation notation)
{
    private SyscallFrame _frame;

    /// <summary>The task that calls.</summary>
    public GuestTask Task => task;

    /// <summary>The task's memory.</summary>
    public GuestReader Memory => new(task);

    /// <summary>How numbers that differ from run to run are written.</summary>
    public Notation Notation => notation;

    /// <summary>What is written.</summary>
    public LineBuffer Line { get; } = new();

    /// <summary>A second text, for formats that keep arguments apart.</summary>
    public LineBuffer Document { get; } = new();

    /// <summary>How the call is shown.</summary>
    public CallPlan Plan { get; private set; } = new(0, "", [], ResultWriters.Decimal);

    /// <summary>How the arguments are shown.</summary>
    public ArgumentPlan[] Arguments { get; private set; } = [];

    /// <summary>The number and arguments.</summary>
    public ref readonly SyscallFrame Frame => ref _frame;

    /// <summary>Whether the call has been entered and has not ended.</summary>
    public bool IsPending { get; set; }

    /// <summary>Whether the call has ended, so that what it wrote is there.</summary>
    public bool HasEnded { get; private set; }

    /// <summary>The call's result, once it has ended.</summary>
    public SysResult Result { get; private set; }

    /// <summary>Whether the call has failed; what it would have written is then shown as an address.</summary>
    public bool HasFailed => Result.IsError;

    /// <summary>The next argument to be written.</summary>
    public int NextArgument { get; set; }

    /// <summary>How many arguments this call shows.</summary>
    public int ArgumentCount { get; private set; }

    /// <summary>The kernel's cycle count when the call was entered.</summary>
    public long EnteredAt { get; set; }

    public void Begin(CallPlan plan, in SyscallFrame frame)
    {
        Plan = plan;
        _frame = frame;
        IsPending = true;
        HasEnded = false;
        Result = default;
        NextArgument = 0;
        Line.Clear();
        Arguments = plan.Select?.Invoke(this) ?? plan.Arguments;
        ArgumentCount = plan.CountArguments(this);
    }

    /// <summary>Writes a call in progress down: its task, its frame and what has been written of it.</summary>
    public void Capture(BinaryWriter writer)
    {
        writer.Write(Task.Tid);
        writer.Write(_frame.Number);
        for (int i = 0; i < 6; i++)
            writer.Write(_frame[i]);
        writer.Write(EnteredAt);
        writer.Write(NextArgument);
        writer.Write(Line.Text.ToString());
        writer.Write(Document.Text.ToString());
    }

    /// <summary>Reads a call in progress, whose task has been read.</summary>
    public static Call Restore(GuestTask task, Notation notation, PlanBook plans, BinaryReader reader)
    {
        var call = new Call(task, notation);
        var frame = new SyscallFrame(
            reader.ReadUInt32(), reader.ReadUInt64(), reader.ReadUInt64(), reader.ReadUInt64(), reader.ReadUInt64(), reader.ReadUInt64(), reader.ReadUInt64());
        call.Begin(plans.Get(frame.Number), in frame);
        call.EnteredAt = reader.ReadInt64();
        call.NextArgument = reader.ReadInt32();
        call.Line.Append(reader.ReadString());
        call.Document.Append(reader.ReadString());
        return call;
    }

    public void End(SysResult result)
    {
        HasEnded = true;
        IsPending = false;
        Result = result;
    }

    /// <summary>Writes the name and the arguments that are known at entry.</summary>
    public void WriteEntry()
    {
        Line.Append(Plan.Name).Append('(');
        while (NextArgument < ArgumentCount && !Arguments[NextArgument].AtExit)
            WriteNextArgument();
        if (NextArgument < ArgumentCount && NextArgument > 0 && !Plan.SeparatorAtExit)
            Line.Append(", ");
    }

    /// <summary>Writes the other arguments and the closing parenthesis.</summary>
    public void WriteExit()
    {
        bool first = !Plan.SeparatorAtExit || Plan.JoinsOwnArguments || NextArgument == 0;
        while (NextArgument < ArgumentCount)
        {
            if (!first)
                Line.Append(", ");
            first = false;
            WriteArgument(NextArgument++);
        }

        Line.Append(')');
    }

    /// <summary>Writes one argument, without separators.</summary>
    public void WriteArgument(int index)
    {
        ArgumentPlan argument = Arguments[index];
        argument.Write(this, argument, Frame[argument.Index < 0 ? index : argument.Index]);
    }

    private void WriteNextArgument()
    {
        if (NextArgument > 0)
            Line.Append(", ");
        WriteArgument(NextArgument++);
    }
}
