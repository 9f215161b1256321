using Kpio.Platform.X64.Cpu;

namespace Kpio.Platform.X64.Interpreter.Handlers;

/// <summary>What stands in a block in the place of an instruction that has a breakpoint of a debugger.</summary>
internal static unsafe class BreakpointHandler
{
    public static void Stop(CpuState* s, Op* op, Engine e, long budget)
    {
        s->Exit = ExitKind.Breakpoint;
        Chain.Abort(s, op, e, budget);
    }
}
