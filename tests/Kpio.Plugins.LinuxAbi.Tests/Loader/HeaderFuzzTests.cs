using System.Buffers.Binary;
using Kpio.Contracts.Abi;
using Kpio.Contracts.Memory;
using Kpio.Contracts.Process;
using Kpio.Contracts.Values;

namespace Kpio.Plugins.LinuxAbi.Tests.Loader;

/// <summary>Mutated headers: whatever a file holds, the loader answers an error or a layout that lies in user space, and never throws.</summary>
public sealed class HeaderFuzzTests
{
    private const int Cases = 100_000;

    private static readonly ulong[] s_interesting =
    [
        0, 1, 0xFFF, 0x1000, 0x1001, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF, 0x1_0000_0000, 0x7FFF_FFFF_F000, 0x8000_0000_0000,
        0x7FFF_FFFF_FFFF_FFFF, 0x8000_0000_0000_0000, 0xFFFF_FFFF_FFFF_F000, ulong.MaxValue,
    ];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void NothingInAHeaderMakesTheLoaderThrow(int seed)
    {
        var random = new Random(seed);
        byte[][] templates = [ElfBuilder.Static().Build(), ElfBuilder.Pie().Build(), WithInterpreter()];
        int loaded = 0;
        for (int i = 0; i < Cases / 2; i++)
        {
            byte[] file = Mutate(random, templates[random.Next(templates.Length)]);
            var fixture = new LoaderFixture(new MachineOptions { Seed = (ulong)i });
            FileId id = fixture.Files.Add(file);
            Result<ProgramKind> kind = fixture.Loader.Inspect(id);
            Result<ProgramStart> result = fixture.Load(file, random.Next(4) == 0 ? Mutate(random, templates[1]) : null);
            Assert.True(kind.IsOk == (kind.Error == Errno.None));
            if (!result.TryGet(out ProgramStart start, out Errno error))
            {
                Assert.NotEqual(Errno.None, error);
                continue;
            }

            loaded++;
            Assert.True(start.Entry < UserBuffer.AddressLimit);
            Assert.True(start.StackPointer < UserBuffer.AddressLimit && start.StackPointer % 16 == 0);
            foreach (MapRequest mapping in fixture.Memory.Mappings)
                Assert.True(mapping.Address + mapping.Length <= UserBuffer.AddressLimit && mapping.Address + mapping.Length > mapping.Address);
        }

        // The mutations must leave something to load, or they test one check only.
        Assert.InRange(loaded, Cases / 100, Cases / 2);
    }

    private static byte[] WithInterpreter()
    {
        byte[] path = "/lib/ld\0"u8.ToArray();
        byte[] file = ElfBuilder.Pie().Header(3, 4, 0x500, 0x500, (ulong)path.Length, (ulong)path.Length).Build();
        path.CopyTo(file, 0x500);
        return file;
    }

    private static byte[] Mutate(Random random, byte[] template)
    {
        byte[] file = [.. template];
        int headers = ElfBuilder.HeaderSize + (5 * ElfBuilder.ProgramHeaderSize);
        for (int count = random.Next(1, 5); count > 0; count--)
        {
            int at = random.Next(headers - 8);
            switch (random.Next(5))
            {
                case 0:
                    file[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 1:
                    file[at] = (byte)random.Next(256);
                    break;
                case 2:
                    BinaryPrimitives.WriteUInt64LittleEndian(file.AsSpan(at & ~7), s_interesting[random.Next(s_interesting.Length)]);
                    break;
                case 3:
                    int field = ElfBuilder.HeaderSize + (random.Next(5) * ElfBuilder.ProgramHeaderSize) + (random.Next(7) * 8);
                    BinaryPrimitives.WriteUInt64LittleEndian(file.AsSpan(field), (ulong)random.Next(0x10000));
                    break;
                default:
                    file = file[..random.Next(headers, file.Length + 1)];
                    break;
            }
        }

        return file;
    }
}
