using System.Runtime.CompilerServices;
using Iced.Intel;

namespace Kpio.Platform.X64.Interpreter.FloatingPoint;

/// <summary>
/// The x87 for the interpreter: everything that an engine needs is here, in <see cref="X87Operation"/> and in
/// <see cref="X87State"/>.
/// </summary>
/// <remarks>
/// <para>At decode time: <see cref="TryGetOperation"/>, once, and <see cref="GetLastOpcode"/> for FOP.</para>
/// <para>At run time, for each instruction:</para>
/// <list type="number">
/// <item>If the operation waits and <c>state->HasPendingException</c>, raise #MF; nothing of the instruction has happened.
/// MMX instructions (EMMS too) and FWAIT test the same.</item>
/// <item>Resolve the memory operand: <c>MemorySize</c> bytes to read (Load), or to be written (Store): check the write access of
/// all of it first. A fault here leaves the x87 as it was, because nothing has been executed. An operand that crosses a page
/// goes through a buffer of 108 bytes at most, which is copied in before, or copied out when Execute returned true.</item>
/// <item>Call <see cref="Execute"/>. It returns true when it has written the memory operand's bytes; false for all others, and for
/// a store that an unmasked exception forbade. It never fails: an unmasked exception becomes pending and is found by the next
/// waiting instruction.</item>
/// </list>
/// <para>MMX: <see cref="X87State.EnterMmx"/>, <see cref="X87State.LeaveMmx"/> and <see cref="X87State.WriteMmx"/>. FXSAVE, FXRSTOR,
/// XSAVE and XRSTOR: <see cref="X87Image.StoreExtended"/> and <see cref="X87Image.LoadExtended"/>, <see cref="X87State.Reset"/> for
/// the initial configuration of XRSTOR.</para>
/// </remarks>
internal static unsafe class X87Instructions
{
    private const uint PopOnce = X87Comparisons.Pop;

    private const uint PopTwice = 2 * X87Comparisons.Pop;

    private const uint Quiet = X87Comparisons.Quiet;

    /// <summary>Binds an instruction; false when it is not of the x87. FWAIT is one (<see cref="Code.Wait"/>).</summary>
    public static bool TryGetOperation(in Instruction instruction, out X87Operation operation)
    {
        uint register = GetStackRegister(instruction);
        operation = Bind(instruction.Code, register);
        return operation.Function != null;
    }

    /// <summary>FOP of an instruction's bytes: the low three bits of its first opcode byte and all of the second (SDM vol. 1 8.1.9).</summary>
    public static ushort GetLastOpcode(ReadOnlySpan<byte> instruction)
    {
        for (int index = 0; index + 1 < instruction.Length; index++)
        {
            if ((instruction[index] & 0xF8) == 0xD8)
                return (ushort)(((instruction[index] & 7) << 8) | instruction[index + 1]);
        }

        return 0;
    }

    /// <summary>Executes an instruction whose memory operand is accessible and which no pending exception holds up.</summary>
    /// <param name="state">The register file.</param>
    /// <param name="operation">The bound instruction.</param>
    /// <param name="lastOpcode">What <see cref="GetLastOpcode"/> said of it.</param>
    /// <param name="instructionPointer">The instruction's guest address.</param>
    /// <param name="dataPointer">The memory operand's guest address, if it has one.</param>
    /// <param name="memory">The memory operand's bytes; AX for FNSTSW AX; otherwise not used.</param>
    /// <param name="rflags">RFLAGS, used when the operation says so.</param>
    /// <returns>Whether the bytes at <paramref name="memory"/> were written.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool Execute(
        X87State* state,
        in X87Operation operation,
        ushort lastOpcode,
        ulong instructionPointer,
        ulong dataPointer,
        byte* memory,
        ulong* rflags)
    {
        if (!operation.SetsPointers)
            return operation.Function(state, operation.Operand, memory, rflags);
        state->InstructionPointer = instructionPointer;
        if (operation.Access != X87Access.None)
            state->DataPointer = dataPointer;
        bool stored = operation.Function(state, operation.Operand, memory, rflags);
        if (state->HasPendingException)
            state->LastOpcode = lastOpcode;
        return stored;
    }

    private static uint GetStackRegister(in Instruction instruction)
    {
        // The two-register forms name ST(0) once and ST(i) once, in either order.
        uint register = 0;
        for (int index = 0; index < instruction.OpCount; index++)
        {
            if (instruction.GetOpKind(index) != OpKind.Register)
                continue;
            Register operand = instruction.GetOpRegister(index);
            if (operand is > Register.ST0 and <= Register.ST7)
                register = (uint)(operand - Register.ST0);
        }

        return register;
    }

    private static X87Operation Bind(Code code, uint register) => code switch
    {
        Code.Fadd_m32fp => Load(&X87Arithmetic<X87Add>.WithSingle, 4),
        Code.Fmul_m32fp => Load(&X87Arithmetic<X87Multiply>.WithSingle, 4),
        Code.Fsub_m32fp => Load(&X87Arithmetic<X87Subtract>.WithSingle, 4),
        Code.Fsubr_m32fp => Load(&X87Arithmetic<X87SubtractReversed>.WithSingle, 4),
        Code.Fdiv_m32fp => Load(&X87Arithmetic<X87Divide>.WithSingle, 4),
        Code.Fdivr_m32fp => Load(&X87Arithmetic<X87DivideReversed>.WithSingle, 4),
        Code.Fadd_m64fp => Load(&X87Arithmetic<X87Add>.WithDouble, 8),
        Code.Fmul_m64fp => Load(&X87Arithmetic<X87Multiply>.WithDouble, 8),
        Code.Fsub_m64fp => Load(&X87Arithmetic<X87Subtract>.WithDouble, 8),
        Code.Fsubr_m64fp => Load(&X87Arithmetic<X87SubtractReversed>.WithDouble, 8),
        Code.Fdiv_m64fp => Load(&X87Arithmetic<X87Divide>.WithDouble, 8),
        Code.Fdivr_m64fp => Load(&X87Arithmetic<X87DivideReversed>.WithDouble, 8),
        Code.Fiadd_m16int => Load(&X87Arithmetic<X87Add>.WithInt16, 2),
        Code.Fimul_m16int => Load(&X87Arithmetic<X87Multiply>.WithInt16, 2),
        Code.Fisub_m16int => Load(&X87Arithmetic<X87Subtract>.WithInt16, 2),
        Code.Fisubr_m16int => Load(&X87Arithmetic<X87SubtractReversed>.WithInt16, 2),
        Code.Fidiv_m16int => Load(&X87Arithmetic<X87Divide>.WithInt16, 2),
        Code.Fidivr_m16int => Load(&X87Arithmetic<X87DivideReversed>.WithInt16, 2),
        Code.Fiadd_m32int => Load(&X87Arithmetic<X87Add>.WithInt32, 4),
        Code.Fimul_m32int => Load(&X87Arithmetic<X87Multiply>.WithInt32, 4),
        Code.Fisub_m32int => Load(&X87Arithmetic<X87Subtract>.WithInt32, 4),
        Code.Fisubr_m32int => Load(&X87Arithmetic<X87SubtractReversed>.WithInt32, 4),
        Code.Fidiv_m32int => Load(&X87Arithmetic<X87Divide>.WithInt32, 4),
        Code.Fidivr_m32int => Load(&X87Arithmetic<X87DivideReversed>.WithInt32, 4),
        Code.Fadd_st0_sti => new(&X87Arithmetic<X87Add>.FromRegister, register),
        Code.Fmul_st0_sti => new(&X87Arithmetic<X87Multiply>.FromRegister, register),
        Code.Fsub_st0_sti => new(&X87Arithmetic<X87Subtract>.FromRegister, register),
        Code.Fsubr_st0_sti => new(&X87Arithmetic<X87SubtractReversed>.FromRegister, register),
        Code.Fdiv_st0_sti => new(&X87Arithmetic<X87Divide>.FromRegister, register),
        Code.Fdivr_st0_sti => new(&X87Arithmetic<X87DivideReversed>.FromRegister, register),
        Code.Fadd_sti_st0 => new(&X87Arithmetic<X87Add>.ToRegister, register),
        Code.Fmul_sti_st0 => new(&X87Arithmetic<X87Multiply>.ToRegister, register),
        Code.Fsub_sti_st0 => new(&X87Arithmetic<X87Subtract>.ToRegister, register),
        Code.Fsubr_sti_st0 => new(&X87Arithmetic<X87SubtractReversed>.ToRegister, register),
        Code.Fdiv_sti_st0 => new(&X87Arithmetic<X87Divide>.ToRegister, register),
        Code.Fdivr_sti_st0 => new(&X87Arithmetic<X87DivideReversed>.ToRegister, register),
        Code.Faddp_sti_st0 => new(&X87Arithmetic<X87Add>.ToRegisterAndPop, register),
        Code.Fmulp_sti_st0 => new(&X87Arithmetic<X87Multiply>.ToRegisterAndPop, register),
        Code.Fsubp_sti_st0 => new(&X87Arithmetic<X87Subtract>.ToRegisterAndPop, register),
        Code.Fsubrp_sti_st0 => new(&X87Arithmetic<X87SubtractReversed>.ToRegisterAndPop, register),
        Code.Fdivp_sti_st0 => new(&X87Arithmetic<X87Divide>.ToRegisterAndPop, register),
        Code.Fdivrp_sti_st0 => new(&X87Arithmetic<X87DivideReversed>.ToRegisterAndPop, register),
        _ => BindTransfer(code, register),
    };

    private static X87Operation BindTransfer(Code code, uint register) => code switch
    {
        Code.Fld_m32fp => Load(&X87Transfers.LoadSingle, 4),
        Code.Fld_m64fp => Load(&X87Transfers.LoadDouble, 8),
        Code.Fld_m80fp => Load(&X87Transfers.LoadExtended, 10),
        Code.Fld_sti => new(&X87Transfers.LoadRegister, register),
        Code.Fild_m16int => Load(&X87Transfers.LoadInt16, 2),
        Code.Fild_m32int => Load(&X87Transfers.LoadInt32, 4),
        Code.Fild_m64int => Load(&X87Transfers.LoadInt64, 8),
        Code.Fbld_m80bcd => Load(&X87Transfers.LoadDecimal, 10),
        Code.Fld1 => new(&X87Transfers.LoadConstant, 0),
        Code.Fldl2t => new(&X87Transfers.LoadConstant, 1),
        Code.Fldl2e => new(&X87Transfers.LoadConstant, 2),
        Code.Fldpi => new(&X87Transfers.LoadConstant, 3),
        Code.Fldlg2 => new(&X87Transfers.LoadConstant, 4),
        Code.Fldln2 => new(&X87Transfers.LoadConstant, 5),
        Code.Fldz => new(&X87Transfers.LoadConstant, 6),
        Code.Fst_m32fp => Store(&X87Transfers.StoreSingle, 4),
        Code.Fstp_m32fp => Store(&X87Transfers.StoreSingle, 4, X87Transfers.PopBit),
        Code.Fst_m64fp => Store(&X87Transfers.StoreDouble, 8),
        Code.Fstp_m64fp => Store(&X87Transfers.StoreDouble, 8, X87Transfers.PopBit),
        Code.Fstp_m80fp => Store(&X87Transfers.StoreExtended, 10, X87Transfers.PopBit),
        Code.Fst_sti => new(&X87Transfers.StoreRegister, register),
        Code.Fstp_sti or Code.Fstp_sti_DFD0 or Code.Fstp_sti_DFD8 => new(&X87Transfers.StoreRegister, register | X87Transfers.PopBit),
        Code.Fstpnce_sti => new(&X87Transfers.StoreRegisterQuietly, register | X87Transfers.PopBit),
        Code.Fist_m16int => Store(&X87Transfers.StoreInt16, 2),
        Code.Fistp_m16int => Store(&X87Transfers.StoreInt16, 2, X87Transfers.PopBit),
        Code.Fist_m32int => Store(&X87Transfers.StoreInt32, 4),
        Code.Fistp_m32int => Store(&X87Transfers.StoreInt32, 4, X87Transfers.PopBit),
        Code.Fistp_m64int => Store(&X87Transfers.StoreInt64, 8, X87Transfers.PopBit),
        Code.Fisttp_m16int => Store(&X87Transfers.TruncateInt16, 2, X87Transfers.PopBit),
        Code.Fisttp_m32int => Store(&X87Transfers.TruncateInt32, 4, X87Transfers.PopBit),
        Code.Fisttp_m64int => Store(&X87Transfers.TruncateInt64, 8, X87Transfers.PopBit),
        Code.Fbstp_m80bcd => Store(&X87Transfers.StoreDecimal, 10, X87Transfers.PopBit),
        Code.Fxch_st0_sti or Code.Fxch_st0_sti_DDC8 or Code.Fxch_st0_sti_DFC8 => new(&X87Transfers.Exchange, register),
        Code.Fcmovb_st0_sti => Flags(&X87Transfers.MoveConditional, register),
        Code.Fcmove_st0_sti => Flags(&X87Transfers.MoveConditional, register | 16),
        Code.Fcmovbe_st0_sti => Flags(&X87Transfers.MoveConditional, register | 32),
        Code.Fcmovu_st0_sti => Flags(&X87Transfers.MoveConditional, register | 48),
        Code.Fcmovnb_st0_sti => Flags(&X87Transfers.MoveConditional, register | 8),
        Code.Fcmovne_st0_sti => Flags(&X87Transfers.MoveConditional, register | 8 | 16),
        Code.Fcmovnbe_st0_sti => Flags(&X87Transfers.MoveConditional, register | 8 | 32),
        Code.Fcmovnu_st0_sti => Flags(&X87Transfers.MoveConditional, register | 8 | 48),
        _ => BindComparison(code, register),
    };

    private static X87Operation BindComparison(Code code, uint register) => code switch
    {
        Code.Fcom_m32fp => Load(&X87Comparisons.WithSingle, 4),
        Code.Fcomp_m32fp => Load(&X87Comparisons.WithSingle, 4, PopOnce),
        Code.Fcom_m64fp => Load(&X87Comparisons.WithDouble, 8),
        Code.Fcomp_m64fp => Load(&X87Comparisons.WithDouble, 8, PopOnce),
        Code.Ficom_m16int => Load(&X87Comparisons.WithInt16, 2),
        Code.Ficomp_m16int => Load(&X87Comparisons.WithInt16, 2, PopOnce),
        Code.Ficom_m32int => Load(&X87Comparisons.WithInt32, 4),
        Code.Ficomp_m32int => Load(&X87Comparisons.WithInt32, 4, PopOnce),
        Code.Fcom_st0_sti or Code.Fcom_st0_sti_DCD0 => new(&X87Comparisons.WithRegister, register),
        Code.Fcomp_st0_sti or Code.Fcomp_st0_sti_DCD8 or Code.Fcomp_st0_sti_DED0 => new(&X87Comparisons.WithRegister, register | PopOnce),
        Code.Fcompp => new(&X87Comparisons.WithRegister, 1 | PopTwice),
        Code.Fucom_st0_sti => new(&X87Comparisons.WithRegister, register | Quiet),
        Code.Fucomp_st0_sti => new(&X87Comparisons.WithRegister, register | Quiet | PopOnce),
        Code.Fucompp => new(&X87Comparisons.WithRegister, 1 | Quiet | PopTwice),
        Code.Fcomi_st0_sti => Flags(&X87Comparisons.ToRflags, register),
        Code.Fcomip_st0_sti => Flags(&X87Comparisons.ToRflags, register | PopOnce),
        Code.Fucomi_st0_sti => Flags(&X87Comparisons.ToRflags, register | Quiet),
        Code.Fucomip_st0_sti => Flags(&X87Comparisons.ToRflags, register | Quiet | PopOnce),
        Code.Ftst => new(&X87Comparisons.WithZero),
        Code.Fxam => new(&X87Comparisons.Examine),
        _ => BindUnary(code, register),
    };

    private static X87Operation BindUnary(Code code, uint register) => code switch
    {
        Code.Fchs => new(&X87Unary.ChangeSign),
        Code.Fabs => new(&X87Unary.Absolute),
        Code.Fsqrt => new(&X87Unary.SquareRoot),
        Code.Frndint => new(&X87Unary.RoundToInteger),
        Code.Fscale => new(&X87Unary.Scale),
        Code.Fxtract => new(&X87Unary.Extract),
        Code.Fprem => new(&X87Unary.Remainder, 0),
        Code.Fprem1 => new(&X87Unary.Remainder, 1),
        Code.Fsin => new(&X87Transcendental.Sine),
        Code.Fcos => new(&X87Transcendental.Cosine),
        Code.Fsincos => new(&X87Transcendental.SineAndCosine),
        Code.Fptan => new(&X87Transcendental.Tangent),
        Code.Fpatan => new(&X87Transcendental.ArcTangent),
        Code.F2xm1 => new(&X87Transcendental.PowerLessOne),
        Code.Fyl2x => new(&X87Transcendental.TimesLogarithm),
        Code.Fyl2xp1 => new(&X87Transcendental.TimesLogarithmOfSuccessor),
        _ => BindControl(code, register),
    };

    private static X87Operation BindControl(Code code, uint register) => code switch
    {
        Code.Fninit => Control(&X87Control.Initialize, waits: false),
        Code.Fnclex => Control(&X87Control.ClearExceptions, waits: false),
        Code.Fneni or Code.Fndisi or Code.Fnsetpm => Control(&X87Control.NoOperation, waits: false),
        Code.Fnstsw_m2byte => Control(&X87Control.StoreStatusWord, X87Access.Store, 2, waits: false),
        Code.Fnstsw_AX => new(&X87Control.StoreStatusWord, waits: false, setsPointers: false, storesToAx: true),
        Code.Fnstcw_m2byte => Control(&X87Control.StoreControlWord, X87Access.Store, 2, waits: false),
        Code.Fldcw_m2byte => Control(&X87Control.LoadControlWord, X87Access.Load, 2),
        Code.Fnstenv_m28byte => Control(&X87Control.StoreEnvironment, X87Access.Store, 28, waits: false),
        Code.Fnstenv_m14byte => Control(&X87Control.StoreEnvironment, X87Access.Store, 14, 1, waits: false),
        Code.Fldenv_m28byte => Control(&X87Control.LoadEnvironment, X87Access.Load, 28),
        Code.Fldenv_m14byte => Control(&X87Control.LoadEnvironment, X87Access.Load, 14, 1),
        Code.Fnsave_m108byte => Control(&X87Control.Save, X87Access.Store, 108, waits: false),
        Code.Fnsave_m94byte => Control(&X87Control.Save, X87Access.Store, 94, 1, waits: false),
        Code.Frstor_m108byte => Control(&X87Control.Restore, X87Access.Load, 108),
        Code.Frstor_m94byte => Control(&X87Control.Restore, X87Access.Load, 94, 1),
        Code.Fincstp => new(&X87Control.Rotate, 1),
        Code.Fdecstp => new(&X87Control.Rotate, 7),
        Code.Ffree_sti => new(&X87Control.Free, register),
        Code.Ffreep_sti => new(&X87Control.Free, register | X87Transfers.PopBit),
        Code.Fnop => new(&X87Control.NoOperation),
        Code.Wait => Control(&X87Control.NoOperation),
        _ => default,
    };

    private static X87Operation Load(delegate*<X87State*, uint, byte*, ulong*, bool> function, int size, uint operand = 0) =>
        new(function, operand, X87Access.Load, size);

    private static X87Operation Store(delegate*<X87State*, uint, byte*, ulong*, bool> function, int size, uint operand = 0) =>
        new(function, operand, X87Access.Store, size);

    private static X87Operation Flags(delegate*<X87State*, uint, byte*, ulong*, bool> function, uint operand) =>
        new(function, operand, usesRflags: true);

    private static X87Operation Control(
        delegate*<X87State*, uint, byte*, ulong*, bool> function,
        X87Access access = X87Access.None,
        int size = 0,
        uint operand = 0,
        bool waits = true) => new(function, operand, access, size, waits, setsPointers: false);
}
