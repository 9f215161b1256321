using Iced.Intel;
using Kpio.Contracts.Platform;
using static Iced.Intel.AssemblerRegisters;

namespace Kpio.Platform.X64.Tests.Exceptions;

/// <summary>A repeated string instruction that faults stands at whole iterations, and goes on where it stopped (SDM vol. 1 7.3.9.1).</summary>
public abstract class StringRestartTests(TestedEngine engine) : IDisposable
{
    private const ulong Page = 0x1000, Unmapped = GuestMachine.Data + (2 * Page);

    private readonly GuestMachine _machine = new(engine);

    public void Dispose()
    {
        _machine.Dispose();
        GC.SuppressFinalize(this);
    }

    [Theory]
    [InlineData(1, false)]
    [InlineData(2, false)]
    [InlineData(4, false)]
    [InlineData(8, false)]
    [InlineData(1, true)]
    [InlineData(2, true)]
    [InlineData(4, true)]
    [InlineData(8, true)]
    public void CopyStopsAtThePageThatIsMissing(int size, bool backwards)
    {
        const int count = 40, before = 7;
        ulong width = (ulong)size;
        ulong border = backwards ? GuestMachine.Data : Unmapped;
        ulong start = backwards ? border + ((before - 1) * width) : border - (before * width);
        ulong source = GuestMachine.Stack + 0x800;
        byte[] pattern = new byte[0x1000];
        new Random(size).NextBytes(pattern);
        _machine.Write(GuestMachine.Stack, pattern);
        _machine.Assemble(GuestMachine.Code, a =>
        {
            if (backwards) a.std();
            EmitMove(a, size);
            a.int3();
        });
        ulong instruction = GuestMachine.Code + (backwards ? 1u : 0);
        _machine.Context[GuestRegister.Rcx] = count;
        _machine.Context[GuestRegister.Rsi] = source;
        _machine.Context[GuestRegister.Rdi] = start;

        ulong missing = backwards ? border - width : border;
        _machine.ExpectFault(instruction, missing, PageAccess.Write, present: false);

        ulong step = backwards ? 0 - width : width;
        Assert.Equal(count - (ulong)before, _machine.Context[GuestRegister.Rcx]);
        Assert.Equal(source + (before * step), _machine.Context[GuestRegister.Rsi]);
        Assert.Equal(start + (before * step), _machine.Context[GuestRegister.Rdi]);

        _machine.Map(backwards ? border - Page : border, 1, PageAccess.Read | PageAccess.Write);
        _machine.ExpectException(ExceptionVector.Breakpoint, instruction + (size is 1 or 4 ? 3u : 4u));

        Assert.Equal(0u, _machine.Context[GuestRegister.Rcx]);
        Assert.Equal(start + (count * step), _machine.Context[GuestRegister.Rdi]);
        ulong first = backwards ? start - ((count - 1) * width) : start;
        ulong firstSource = backwards ? source - ((count - 1) * width) : source;
        Assert.Equal(_machine.Read(firstSource, count * size), _machine.Read(first, count * size));
    }

    [Fact]
    public void CopyReportsTheSourceThatIsMissing()
    {
        _machine.Assemble(GuestMachine.Code, a => a.rep.movsb());
        _machine.Context[GuestRegister.Rcx] = 100;
        _machine.Context[GuestRegister.Rsi] = Unmapped - 3;
        _machine.Context[GuestRegister.Rdi] = GuestMachine.Stack;
        _machine.ExpectFault(GuestMachine.Code, Unmapped, PageAccess.Read, present: false);
        Assert.Equal(97u, _machine.Context[GuestRegister.Rcx]);
    }

    [Fact]
    public void FillStopsAtAPageThatMayNotBeWritten()
    {
        _machine.Map(Unmapped, 1, PageAccess.Read);
        _machine.Assemble(GuestMachine.Code, a => a.rep.stosq());
        _machine.Context[GuestRegister.Rax] = 0x1122_3344_5566_7788;
        _machine.Context[GuestRegister.Rcx] = 600;
        _machine.Context[GuestRegister.Rdi] = GuestMachine.Data + Page;
        _machine.ExpectFault(GuestMachine.Code, Unmapped, PageAccess.Write, present: true);
        Assert.Equal(600u - 512, _machine.Context[GuestRegister.Rcx]);
        Assert.Equal(0x1122_3344_5566_7788u, _machine.Read64(Unmapped - 8));
    }

    /// <summary>An element that crosses into a missing page leaves its first part alone.</summary>
    [Fact]
    public void ElementAcrossTheBorderIsNotHalfWritten()
    {
        _machine.Assemble(GuestMachine.Code, a => a.rep.stosq());
        _machine.Context[GuestRegister.Rax] = ulong.MaxValue;
        _machine.Context[GuestRegister.Rcx] = 3;
        _machine.Context[GuestRegister.Rdi] = Unmapped - 12;
        _machine.ExpectFault(GuestMachine.Code, Unmapped, PageAccess.Write, present: false);
        Assert.Equal(2u, _machine.Context[GuestRegister.Rcx]);
        Assert.Equal(0xFFFF_FFFFu, _machine.Read64(Unmapped - 8));
    }

    [Fact]
    public void ComparisonAndScanStopAtThePageThatIsMissing()
    {
        _machine.Assemble(GuestMachine.Code, a => a.repe.cmpsb());
        _machine.Context[GuestRegister.Rcx] = 100;
        _machine.Context[GuestRegister.Rsi] = Unmapped - 5;
        _machine.Context[GuestRegister.Rdi] = GuestMachine.Data;
        _machine.ExpectFault(GuestMachine.Code, Unmapped, PageAccess.Read, present: false);
        Assert.Equal(95u, _machine.Context[GuestRegister.Rcx]);

        _machine.Assemble(GuestMachine.Code + 0x100, a => a.repne.scasb());
        _machine.Context.Rip = GuestMachine.Code + 0x100;
        _machine.Context[GuestRegister.Rax] = 1;
        _machine.Context[GuestRegister.Rcx] = 100;
        _machine.Context[GuestRegister.Rdi] = Unmapped - 9;
        _machine.ExpectFault(GuestMachine.Code + 0x100, Unmapped, PageAccess.Read, present: false);
        Assert.Equal(91u, _machine.Context[GuestRegister.Rcx]);
    }

    /// <summary>A copy to a place one byte ahead repeats the first byte: it goes byte by byte.</summary>
    [Fact]
    public void OverlappingCopyGoesByteByByte()
    {
        _machine.Write(GuestMachine.Data, [0xAB]);
        _machine.Assemble(GuestMachine.Code, a =>
        {
            a.rep.movsb();
            a.int3();
        });
        _machine.Context[GuestRegister.Rcx] = 5000;
        _machine.Context[GuestRegister.Rsi] = GuestMachine.Data;
        _machine.Context[GuestRegister.Rdi] = GuestMachine.Data + 1;
        _machine.ExpectException(ExceptionVector.Breakpoint, GuestMachine.Code + 3);
        Assert.All(_machine.Read(GuestMachine.Data, 5001), value => Assert.Equal(0xAB, value));
    }

    /// <summary>A budget that ends within a repeated instruction stops it at an iteration or finishes it; it goes on either way.</summary>
    [Fact]
    public void LongRepetitionSurvivesItsBudget()
    {
        _machine.Assemble(GuestMachine.Code, a =>
        {
            a.rep.stosb();
            a.int3();
        });
        _machine.Context[GuestRegister.Rax] = 0x77;
        _machine.Context[GuestRegister.Rcx] = 0x2000;
        _machine.Context[GuestRegister.Rdi] = GuestMachine.Data;
        CpuExit exit;
        int runs = 0;
        do
        {
            exit = _machine.Run(budget: 50);
            Assert.True(++runs < 1000, "It never ends.");
        }
        while (exit.Reason == CpuExitReason.Budget);

        Assert.Equal(ExceptionVector.Breakpoint, exit.Vector);
        Assert.All(_machine.Read(GuestMachine.Data, 0x2000), value => Assert.Equal(0x77, value));
    }

    private static void EmitMove(Assembler a, int size)
    {
        switch (size)
        {
            case 1:
                a.rep.movsb();
                break;
            case 2:
                a.rep.movsw();
                break;
            case 4:
                a.rep.movsd();
                break;
            default:
                a.rep.movsq();
                break;
        }
    }
}
