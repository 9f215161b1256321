using Kpio.Contracts.Platform;

namespace Kpio.Platform.X64.Tests.Exceptions;

/// <summary>Random bytes as machine code, which also write to themselves: whatever they are, the CPU comes back with an exit.</summary>
public sealed class RandomCodeTests
{
    private const int Cases = 100_000, Chunk = 10_000, CodeBytes = 256;
    private const long Budget = 300;
    private const ulong Code = 0x40_0000, Data = 0x60_0000;

    /// <summary>Bytes that begin the rarer encodings, so that random code reaches them.</summary>
    private static readonly byte[] s_prefixes = [0x0F, 0x66, 0xF2, 0xF3, 0xF0, 0x48, 0x4C, 0x64, 0x65, 0x67, 0xD8, 0xD9, 0xDB, 0xDD, 0xDF, 0xC4, 0xC5, 0x62];

    public static TheoryData<int> Chunks => [.. Enumerable.Range(0, Cases / Chunk)];

    [Theory]
    [MemberData(nameof(Chunks))]
    public void AnyCodeEndsInAnExit(int chunk)
    {
        var random = new Random(0x5EED + chunk);
        using var machine = new GuestMachine((TestedEngine)(chunk % 3));
        machine.Mmu.Unmap(machine.Space, Code, 0x2000);
        machine.Map(Code, 2, PageAccess.Read | PageAccess.Write | PageAccess.Execute);
        byte[] code = new byte[CodeBytes], data = new byte[0x2000];
        random.NextBytes(data);
        machine.WriteAsKernel(Data, data);
        for (int i = 0; i < Chunk; i++)
        {
            random.NextBytes(code);
            for (int j = 0; j < code.Length; j++)
            {
                if (random.Next(8) == 0) code[j] = s_prefixes[random.Next(s_prefixes.Length)];
            }

            ulong entry = Code + (ulong)(random.Next(4) == 0 ? 0x1000 - random.Next(16) : 0x800);
            machine.WriteAsKernel(entry, code);
            foreach (GuestRegister register in Enum.GetValues<GuestRegister>())
                machine.Context[register] = random.Next(8) switch
                {
                    < 2 => (ulong)random.NextInt64() << random.Next(16),
                    2 => entry + (ulong)random.Next(CodeBytes),
                    _ => Data + (ulong)random.Next(0x2000),
                };
            machine.Context.Rip = entry;
            machine.Context.Rflags = (ulong)random.Next(0x1000) & (random.Next(16) == 0 ? ~0UL : ~0x100UL);

            CpuExit exit = machine.Run(Budget);

            bool known = exit.Reason is CpuExitReason.Budget or CpuExitReason.Syscall or CpuExitReason.Fault
                || (exit.Reason == CpuExitReason.Exception && Enum.IsDefined(exit.Vector));
            Assert.True(known, $"Case {i} of chunk {chunk}: {exit}, code {Convert.ToHexString(code)}");
        }
    }
}
