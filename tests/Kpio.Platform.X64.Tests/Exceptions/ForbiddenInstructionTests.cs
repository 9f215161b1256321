using Iced.Intel;
using Kpio.Contracts.Platform;
using Kpio.Platform.X64.Tests.Oracle;

namespace Kpio.Platform.X64.Tests.Exceptions;

/// <summary>Instructions that ring 3 does not have: privileged ones raise #GP, undefined ones #UD, and nothing else happens.</summary>
public abstract class ForbiddenInstructionTests(TestedEngine engine) : IDisposable
{
    private readonly GuestMachine _machine = new(engine);

    public void Dispose()
    {
        _machine.Dispose();
        GC.SuppressFinalize(this);
    }

    [Theory]
    [InlineData("F4", "hlt")]
    [InlineData("FA", "cli")]
    [InlineData("FB", "sti")]
    [InlineData("E4 60", "in al, 0x60")]
    [InlineData("E5 60", "in eax, 0x60")]
    [InlineData("EC", "in al, dx")]
    [InlineData("ED", "in eax, dx")]
    [InlineData("E6 60", "out 0x60, al")]
    [InlineData("EE", "out dx, al")]
    [InlineData("EF", "out dx, eax")]
    [InlineData("6C", "insb")]
    [InlineData("F3 6D", "rep insd")]
    [InlineData("6E", "outsb")]
    [InlineData("F3 6F", "rep outsd")]
    [InlineData("0F 01 10", "lgdt [rax]")]
    [InlineData("0F 01 18", "lidt [rax]")]
    [InlineData("0F 00 D0", "lldt ax")]
    [InlineData("0F 00 D8", "ltr ax")]
    [InlineData("0F 01 F0", "lmsw ax")]
    [InlineData("0F 01 38", "invlpg [rax]")]
    [InlineData("0F 20 C0", "mov rax, cr0")]
    [InlineData("0F 22 D8", "mov cr3, rax")]
    [InlineData("0F 21 C0", "mov rax, dr0")]
    [InlineData("0F 23 F8", "mov dr7, rax")]
    [InlineData("0F 06", "clts")]
    [InlineData("0F 08", "invd")]
    [InlineData("0F 09", "wbinvd")]
    [InlineData("0F 30", "wrmsr")]
    [InlineData("0F 32", "rdmsr")]
    [InlineData("0F 33", "rdpmc")]
    [InlineData("0F 01 F8", "swapgs")]
    [InlineData("0F 01 D1", "xsetbv")]
    [InlineData("0F 07", "sysretd")]
    [InlineData("48 0F 07", "sysretq")]
    public void PrivilegedInstructionIsAGeneralProtection(string bytes, string text)
    {
        _machine.Write(GuestMachine.Code, Convert.FromHexString(bytes.Replace(" ", "", StringComparison.Ordinal)));
        _machine.Context[GuestRegister.Rax] = GuestMachine.Data;
        ExpectNothingBut(ExceptionVector.GeneralProtection, text);
    }

    [Theory]
    [InlineData("0F 0B", "ud2")]
    [InlineData("0F B9 C0", "ud1")]
    [InlineData("0F FF C0", "ud0")]
    [InlineData("06", "push es")]
    [InlineData("07", "pop es")]
    [InlineData("0E", "push cs")]
    [InlineData("16", "push ss")]
    [InlineData("17", "pop ss")]
    [InlineData("1E", "push ds")]
    [InlineData("1F", "pop ds")]
    [InlineData("27", "daa")]
    [InlineData("2F", "das")]
    [InlineData("37", "aaa")]
    [InlineData("3F", "aas")]
    [InlineData("60", "pusha")]
    [InlineData("61", "popa")]
    [InlineData("82 C0 01", "alias of group 1")]
    [InlineData("9A 00 00 00 00 00 00", "far call")]
    [InlineData("EA 00 00 00 00 00 00", "far jump")]
    [InlineData("CE", "into")]
    [InlineData("D4 0A", "aam")]
    [InlineData("D5 0A", "aad")]
    [InlineData("D6", "salc")]
    [InlineData("0F 04", "nothing")]
    [InlineData("0F 0A", "nothing")]
    [InlineData("0F 24 C0", "mov from test register")]
    [InlineData("0F 36", "nothing")]
    [InlineData("0F 39", "nothing")]
    [InlineData("0F A6 C0", "nothing")]
    [InlineData("FE D0", "group 4 /2")]
    [InlineData("FF F8", "group 5 /7")]
    [InlineData("8F C8", "pop /1")]
    [InlineData("C6 C8 00", "mov /1")]
    [InlineData("0F C7 C8", "cmpxchg8b with a register")]
    [InlineData("8D C0", "lea with a register")]
    [InlineData("0F AE C0", "fxsave with a register")]
    [InlineData("0F 13 C0", "movlps to a register")]
    [InlineData("F0 01 C0", "lock add eax, eax")]
    [InlineData("F0 89 00", "lock mov")]
    [InlineData("F0 90", "lock nop")]
    [InlineData("F0 3B 00", "lock cmp")]
    [InlineData("F0 0F A3 00", "lock bt")]
    public void UndefinedInstructionIsAnInvalidOpcode(string bytes, string text)
    {
        _machine.Write(GuestMachine.Code, Convert.FromHexString(bytes.Replace(" ", "", StringComparison.Ordinal)));
        _machine.Context[GuestRegister.Rax] = GuestMachine.Data;
        ExpectNothingBut(ExceptionVector.InvalidOpcode, text);
    }

    /// <summary>Instructions that CPUID does not claim, and that processors without them do not take for another one.</summary>
    [Theory]
    [InlineData("C5 F8 77", "vzeroupper")]
    [InlineData("C5 F9 EF C0", "vpxor")]
    [InlineData("C4 E2 79 18 00", "vbroadcastss")]
    [InlineData("62 F1 7D 48 EF C0", "vpxord")]
    [InlineData("C4 E2 F8 F2 C0", "andn")]
    [InlineData("66 0F 38 DC C0", "aesenc")]
    [InlineData("66 0F 3A 44 C0 00", "pclmulqdq")]
    [InlineData("0F 38 C8 C0", "sha1nexte")]
    [InlineData("0F 38 F0 00", "movbe")]
    [InlineData("66 0F 38 F6 C0", "adcx")]
    [InlineData("F3 0F AE C0", "rdfsbase")]
    [InlineData("F3 0F AE D0", "wrfsbase")]
    [InlineData("F3 0F C7 F8", "rdpid")]
    [InlineData("0F 01 D5", "xend")]
    [InlineData("0F 01 C8", "monitor")]
    [InlineData("0F 01 EE", "rdpkru")]
    [InlineData("0F AE 30", "xsaveopt")]
    [InlineData("0F C7 20", "xsavec")]
    [InlineData("F2 0F 78 C0 00 00", "insertq")]
    [InlineData("0F 0F C0 9E", "pfadd")]
    [InlineData("0F 01 C1", "vmcall")]
    [InlineData("0F 01 D9", "vmmcall")]
    [InlineData("66 0F 38 CF C0", "gf2p8mulb")]
    public void UnclaimedInstructionIsAnInvalidOpcode(string bytes, string text)
    {
        _machine.Write(GuestMachine.Code, Convert.FromHexString(bytes.Replace(" ", "", StringComparison.Ordinal)));
        _machine.Context[GuestRegister.Rax] = GuestMachine.Data;
        ExpectNothingBut(ExceptionVector.InvalidOpcode, text);
    }

    /// <summary>Without BMI1 and LZCNT, TZCNT and LZCNT are BSF and BSR with a prefix that means nothing.</summary>
    [Fact]
    public void BitCountsOfLaterProcessorsAreBitScans()
    {
        _machine.Write(GuestMachine.Code, [0xF3, 0x0F, 0xBC, 0xC1, 0xF3, 0x0F, 0xBD, 0xD1, 0xCC]);
        _machine.Context[GuestRegister.Rcx] = 0x0010_0000;
        _machine.ExpectException(ExceptionVector.Breakpoint, GuestMachine.Code + 9);
        Assert.Equal((20u, 20u), (_machine.Context[GuestRegister.Rax], _machine.Context[GuestRegister.Rdx]));
    }

    /// <summary>Hints that processors without the feature ignore.</summary>
    [Theory]
    [InlineData("F3 0F 1E FA", "endbr64")]
    [InlineData("F3 48 0F 1E C8", "rdsspq rax")]
    [InlineData("0F 0D 08", "prefetchw")]
    [InlineData("0F 18 38", "prefetch hint")]
    [InlineData("0F 1C 00", "cldemote")]
    [InlineData("F3 0F 1B 00", "bndmk")]
    [InlineData("F3 90", "pause")]
    [InlineData("66 90", "nop")]
    [InlineData("0F 1F 84 00 00 00 00 00", "nop")]
    public void HintIsNoOperation(string bytes, string text)
    {
        byte[] code = Convert.FromHexString(bytes.Replace(" ", "", StringComparison.Ordinal));
        _machine.Write(GuestMachine.Code, [.. code, 0xCC]);
        _machine.Context[GuestRegister.Rax] = 0x1234;
        CpuExit exit = _machine.Run();
        Assert.True(exit.Vector == ExceptionVector.Breakpoint, $"{text} gives {exit}.");
        Assert.Equal((0x1234u, GuestMachine.Code + (ulong)code.Length + 1), (_machine.Context[GuestRegister.Rax], _machine.Context.Rip));
    }

    /// <summary>An instruction of more than 15 bytes is #GP.</summary>
    [Fact]
    public void OverlongInstructionIsAGeneralProtection()
    {
        _machine.Write(GuestMachine.Code, [.. Enumerable.Repeat((byte)0x66, 15), 0x90]);
        _machine.ExpectException(ExceptionVector.GeneralProtection, GuestMachine.Code);
        _machine.Write(GuestMachine.Code + 0x100, [.. Enumerable.Repeat((byte)0x66, 14), 0x90, 0xCC]);
        _machine.Context.Rip = GuestMachine.Code + 0x100;
        _machine.ExpectException(ExceptionVector.Breakpoint, GuestMachine.Code + 0x110);
    }

    /// <summary>Every form of Iced's that belongs to features beyond the claimed ones ends in an exception or has no effect on registers.</summary>
    [Theory]
    [InlineData(CpuModel.V2)]
    [InlineData(CpuModel.V3)]
    [InlineData(CpuModel.Max)]
    public void NoUnclaimedFormComputesAnything(CpuModel model)
    {
        var claimed = new HashSet<Code>(FormList.ClaimedBy(model));
        var maker = new CaseMaker(new OperandValues(1));
        List<string> wrong = [];
        foreach (Code code in Enum.GetValues<Code>())
        {
            OpCodeInfo form = code.ToOpCode();
            if (!form.IsInstruction || !form.Mode64 || form.Encoding is not (EncodingKind.Legacy or EncodingKind.VEX) || claimed.Contains(code) || !CaseMaker.CanMake(code)) continue;
            FormCase made = maker.Make(code);
            if (Decoder.Create(64, made.Bytes, DecoderOptions.AMD).Decode().Code != code) continue;
            using var machine = new GuestMachine(engine, model);
            machine.Write(GuestMachine.Code, [.. made.Bytes, 0xCC]);
            CpuExit exit = machine.Run();
            bool isScan = code.Mnemonic() is Mnemonic.Tzcnt or Mnemonic.Lzcnt;
            if (form.Encoding == EncodingKind.VEX)
            {
                if (exit is not { Reason: CpuExitReason.Exception, Vector: ExceptionVector.InvalidOpcode }) wrong.Add($"{made}: {exit}");
                continue;
            }

            bool isRefused = exit.Reason == CpuExitReason.Exception && exit.Vector is ExceptionVector.InvalidOpcode or ExceptionVector.GeneralProtection or ExceptionVector.Breakpoint;
            bool unchanged = Enum.GetValues<GuestRegister>().All(register => register == GuestRegister.Rsp || machine.Context[register] == 0);
            if (!isScan && !(isRefused && unchanged)) wrong.Add($"{made}: {exit}");
        }

        Assert.True(wrong.Count == 0, string.Join("\n", wrong));
    }

    private void ExpectNothingBut(ExceptionVector vector, string text)
    {
        ulong[] before = [.. Enum.GetValues<GuestRegister>().Select(register => _machine.Context[register])];
        CpuExit exit = _machine.Run();
        Assert.True((exit.Reason, exit.Vector, exit.ErrorCode) == (CpuExitReason.Exception, vector, 0), $"{text} gives {exit}.");
        Assert.Equal(GuestMachine.Code, _machine.Context.Rip);
        ulong[] after = [.. Enum.GetValues<GuestRegister>().Select(register => _machine.Context[register])];
        Assert.Equal(before, after);
    }
}
