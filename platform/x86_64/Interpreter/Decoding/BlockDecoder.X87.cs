using Iced.Intel;
using Kpio.Platform.X64.Interpreter.FloatingPoint;
using Kpio.Platform.X64.Interpreter.Handlers;

namespace Kpio.Platform.X64.Interpreter;

/// <summary>x87 instructions.</summary>
internal sealed unsafe partial class BlockDecoder
{
    private bool EmitX87(Op* op, in Instruction i)
    {
        if (!X87Instructions.TryGetOperation(i, out X87Operation operation)) return false;
        int offset = (int)(i.IP - _instructions[0].IP);
        op->Immediate = X87Instructions.GetLastOpcode(new ReadOnlySpan<byte>(_code + offset, i.Length));
        switch (operation.Access)
        {
            case X87Access.None:
                op->Handler = Pointer(&X87Handlers.Registers);
                break;
            case X87Access.Load:
                AddressOf(op, i);
                op->Handler = Pointer(&X87Handlers.Loads);
                break;
            default:
                AddressOf(op, i);
                op->Handler = Pointer(&X87Handlers.Stores);
                break;
        }

        *(X87Operation*)(_records + _recordCount++) = operation;
        return true;
    }
}
