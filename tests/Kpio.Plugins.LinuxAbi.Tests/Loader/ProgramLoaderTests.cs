using System.Buffers.Binary;
using System.Text;
using Kpio.Contracts.Abi;
using Kpio.Contracts.Memory;
using Kpio.Contracts.Platform;
using Kpio.Contracts.Process;
using Kpio.Contracts.Values;

namespace Kpio.Plugins.LinuxAbi.Tests.Loader;

/// <summary>Segments, stack and auxiliary vector of small files (fs/binfmt_elf.c, psABI 3.4.1), and what malformed ones give.</summary>
public sealed class ProgramLoaderTests
{
    [Fact]
    public void MapsSegmentsWithZerosBehindTheFile()
    {
        var fixture = new LoaderFixture();
        ProgramStart start = Success(fixture.Load(ElfBuilder.Static().Build()));
        Assert.Equal(0x401000UL, start.Entry);
        MapRequest code = fixture.Memory.Mappings.Single(m => m.Address == 0x401000);
        Assert.Equal(PageAccess.Read | PageAccess.Execute, code.Access);
        Assert.Equal(0x1000, code.Offset);
        Assert.Equal(-1, code.FileLength);
        MapRequest data = fixture.Memory.Mappings.Single(m => m.Address == 0x402000);
        Assert.Equal(0x30, data.FileLength); // 0x10 before the segment, 0x20 of it, then zeros
        Assert.Equal(0x1000UL, data.Length);
        MapRequest bss = fixture.Memory.Mappings.Single(m => m.Address == 0x403000);
        Assert.True(bss.File.IsNone);
        Assert.Equal(0x3000UL, bss.Length);
        Assert.Equal(0x406000UL, fixture.Memory.HeapStart);
        Assert.Equal((0x401000UL, 0x401100UL), (start.Layout.CodeStart, start.Layout.CodeEnd));
        Assert.Equal((0x402010UL, 0x402030UL), (start.Layout.DataStart, start.Layout.DataEnd));
    }

    [Fact]
    public void BuildsTheStackOfThePsAbi()
    {
        var fixture = new LoaderFixture();
        ProgramStart start = Success(fixture.Load(ElfBuilder.Static().Build(), arguments: ["x", "arg"], environment: ["A=1", "B=2"]));
        (ulong address, byte[] bytes) = fixture.Memory.Written;
        Assert.Equal(start.StackPointer, address);
        Assert.Equal(0UL, address % 16);
        Assert.Equal(UserBuffer.AddressLimit, address + (ulong)bytes.Length);
        Assert.Equal(2UL, Word(0));
        Assert.Equal("x", Text(Word(1)));
        Assert.Equal("arg", Text(Word(2)));
        Assert.Equal(0UL, Word(3));
        Assert.Equal("A=1", Text(Word(4)));
        Assert.Equal("B=2", Text(Word(5)));
        Assert.Equal(0UL, Word(6));
        Assert.Equal(Word(1), start.Layout.ArgumentsStart);
        Assert.Equal(Word(4), start.Layout.EnvironmentStart);
        Assert.Equal(address + (7 * 8), start.Layout.AuxiliaryVectorStart);
        var vector = new Dictionary<ulong, ulong>();
        int at = 7;
        for (; Word(at) != 0; at += 2)
            vector.Add(Word(at), Word(at + 1));
        Assert.Equal(address + ((ulong)(at + 2) * 8), start.Layout.AuxiliaryVectorEnd);
        Assert.Equal(0x400040UL, vector[3]); // AT_PHDR
        Assert.Equal(56UL, vector[4]);
        Assert.Equal(4UL, vector[5]);
        Assert.Equal(4096UL, vector[6]);
        Assert.Equal(0UL, vector[7]); // AT_BASE
        Assert.Equal(0UL, vector[8]);
        Assert.Equal(0x401000UL, vector[9]);
        Assert.Equal((1UL, 2UL, 5UL, 6UL), (vector[11], vector[12], vector[13], vector[14]));
        Assert.Equal("x86_64", Text(vector[15]));
        Assert.Equal(new MachineOptions().HardwareCapabilities, (uint)vector[16]);
        Assert.Equal(100UL, vector[17]);
        Assert.Equal(1UL, vector[23]); // AT_SECURE: the ids differ
        Assert.Equal(Enumerable.Repeat((byte)7, 16), Bytes(vector[25], 16)); // AT_RANDOM
        Assert.Equal(0UL, vector[26]);
        Assert.Equal("/bin/x", Text(vector[31]));
        Assert.True(vector[51] > 832); // AT_MINSIGSTKSZ holds the extended state
        MapRequest stack = fixture.Memory.Mappings.Single(m => m.Name == "[stack]");
        Assert.Equal(PageAccess.Read | PageAccess.Write, stack.Access);
        Assert.True((stack.Flags & MapFlags.MAP_GROWSDOWN) != 0);

        ulong Word(int index) => BinaryPrimitives.ReadUInt64LittleEndian(bytes.AsSpan(index * 8));
        byte[] Bytes(ulong from, int count) => bytes.AsSpan((int)(from - address), count).ToArray();
        string Text(ulong from)
        {
            ReadOnlySpan<byte> rest = bytes.AsSpan((int)(from - address));
            return Encoding.UTF8.GetString(rest[..rest.IndexOf((byte)0)]);
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void StackPointerIsAlignedForAnyNumberOfStrings(int count)
    {
        var fixture = new LoaderFixture();
        ProgramStart start = Success(fixture.Load(ElfBuilder.Static().Build(), arguments: [.. Enumerable.Repeat("abc", count)]));
        Assert.Equal(0UL, start.StackPointer % 16);
    }

    [Fact]
    public void ExecutableStackFollowsItsHeader()
    {
        var fixture = new LoaderFixture();
        ElfBuilder builder = ElfBuilder.Static();
        builder.Headers[^1] = builder.Headers[^1] with { Flags = 7 };
        Success(fixture.Load(builder.Build()));
        Assert.True((fixture.Memory.Mappings.Single(m => m.Name == "[stack]").Access & PageAccess.Execute) != 0);
    }

    [Fact]
    public void StaticPieGoesWhereMappingsGo()
    {
        var fixture = new LoaderFixture();
        ProgramStart start = Success(fixture.Load(ElfBuilder.Pie().Build()));
        Assert.Equal(fixture.Memory.Layout.MappingTop, fixture.Memory.Mappings.Where(m => m.Name is null).Max(m => m.Address + m.Length));
        Assert.Equal(fixture.Memory.Layout.MappingTop - 0x6000 + 0x1000, start.Entry);
        Assert.Equal(0x5555_5555_4000UL, fixture.Memory.HeapStart);
    }

    [Fact]
    public void InterpreterIsEnteredFirst()
    {
        var fixture = new LoaderFixture();
        byte[] path = "/lib64/ld-linux-x86-64.so.2\0"u8.ToArray();
        ElfBuilder builder = ElfBuilder.Pie().Header(3, 4, 0x500, 0x500, (ulong)path.Length, (ulong)path.Length);
        byte[] program = builder.Build();
        path.CopyTo(program, 0x500);
        FileId file = fixture.Files.Add(program);
        Assert.True(fixture.Loader.Inspect(file).TryGet(out ProgramKind? kind, out _));
        Assert.Equal("/lib64/ld-linux-x86-64.so.2", Encoding.UTF8.GetString(kind!.Interpreter!));
        ProgramStart start = Success(fixture.Load(program, ElfBuilder.Pie().Build()));
        MapRequest own = fixture.Memory.Mappings.First(m => m.Address == 0x5555_5555_4000);
        Assert.Equal(2, own.File.Value); // Inspect's copy was the first file
        Assert.True(start.Entry > 0x7000_0000_0000);
    }

    [Fact]
    public void BadInterpreterIsElibbad() =>
        Assert.Equal(Errno.ELIBBAD, new LoaderFixture().Load(ElfBuilder.Pie().Build(), "not an ELF file"u8.ToArray()).Error);

    [Fact]
    public void LayoutIsAFunctionOfTheSeed()
    {
        Assert.Equal(Start(1), Start(1));
        Assert.NotEqual(Start(1), Start(2));

        static (ulong, ulong, ulong) Start(ulong seed)
        {
            var fixture = new LoaderFixture(new MachineOptions { Seed = seed });
            ProgramStart start = Success(fixture.Load(ElfBuilder.Pie().Build()));
            return (start.Entry, start.StackPointer, fixture.Memory.HeapStart);
        }
    }

    [Fact]
    public void TooManyArgumentsAreE2big()
    {
        string huge = new('x', 100_000);
        Assert.Equal(Errno.E2BIG, new LoaderFixture().Load(ElfBuilder.Static().Build(), arguments: [.. Enumerable.Repeat(huge, 30)]).Error);
        Assert.Equal(Errno.E2BIG, new LoaderFixture().Load(ElfBuilder.Static().Build(), arguments: [new string('x', 131072)]).Error);
        Assert.True(new LoaderFixture().Load(ElfBuilder.Static().Build(), arguments: [new string('x', 131071)]).IsOk);
    }

    public static TheoryData<string, Errno> Malformed => new()
    {
        { "empty", Errno.ENOEXEC },
        { "header cut", Errno.ENOEXEC },
        { "magic", Errno.ENOEXEC },
        { "32 bits", Errno.ENOEXEC },
        { "big endian", Errno.ENOEXEC },
        { "arm", Errno.ENOEXEC },
        { "relocatable", Errno.ENOEXEC },
        { "header size", Errno.ENOEXEC },
        { "no headers", Errno.ENOEXEC },
        { "too many headers", Errno.ENOEXEC },
        { "headers behind the end", Errno.ENOEXEC },
        { "nothing to load", Errno.ENOEXEC },
        { "file larger than memory", Errno.EINVAL },
        { "memory too large", Errno.EINVAL },
        { "in the kernel", Errno.EINVAL },
        { "unaligned", Errno.EINVAL },
        { "overlapping", Errno.EINVAL },
        { "descending", Errno.EINVAL },
        { "truncated", Errno.ENOEXEC },
        { "entry in the kernel", Errno.EINVAL },
        { "below the lowest address", Errno.EPERM },
        { "over the stack", Errno.EEXIST },
    };

    [Theory]
    [MemberData(nameof(Malformed))]
    public void MalformedFilesAreErrors(string what, Errno expected)
    {
        ElfBuilder builder = ElfBuilder.Static();
        (uint Type, uint Flags, ulong Offset, ulong Address, ulong FileSize, ulong MemorySize, ulong Alignment) data = builder.Headers[2];
        switch (what)
        {
            case "relocatable": builder.Type = 1; break;
            case "no headers": builder.Headers.Clear(); break;
            case "nothing to load": builder.Headers.RemoveRange(0, 3); break;
            case "file larger than memory": builder.Headers[2] = data with { FileSize = 0x21, MemorySize = 0x20 }; break;
            case "memory too large": builder.Headers[2] = data with { MemorySize = 1UL << 60 }; break;
            case "in the kernel": builder.Headers[2] = data with { Address = 0xFFFF_8000_0000_2010 }; break;
            case "unaligned": builder.Headers[2] = data with { Offset = 0x2011 }; break;
            case "overlapping": builder.Headers[2] = data with { Address = 0x401010, Offset = 0x1010 }; break;
            case "descending": builder.Headers[2] = data with { Address = 0x300010 }; break;
            case "truncated": builder.Size = 0x2020; break;
            case "entry in the kernel": builder.Entry = 0xFFFF_8000_0000_0000; break;
            case "below the lowest address": builder.Headers[0] = builder.Headers[0] with { Address = 0 }; break;
            case "over the stack": builder.Headers[2] = data with { Address = 0x7FFF_FFFF_C010, MemorySize = 0x2000 }; break;
        }

        byte[] file = builder.Build();
        switch (what)
        {
            case "empty": file = []; break;
            case "header cut": file = file[..63]; break;
            case "magic": file[1] = (byte)'F'; break;
            case "32 bits": file[4] = 1; break;
            case "big endian": file[5] = 2; break;
            case "arm": file[18] = 183; break;
            case "header size": file[54] = 32; break;
            case "too many headers": file[56] = 0x93; file[57] = 4; break;
            case "headers behind the end": file[34] = 1; break;
        }

        Assert.Equal(expected, new LoaderFixture().Load(file).Error);
    }

    private static ProgramStart Success(Result<ProgramStart> result)
    {
        Assert.Equal(Errno.None, result.Error);
        return result.ValueOrDefault;
    }
}
