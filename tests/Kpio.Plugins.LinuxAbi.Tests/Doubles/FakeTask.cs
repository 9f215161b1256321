using Kpio.Contracts.Abi;
using Kpio.Contracts.Platform;
using Kpio.Contracts.Process;
using Kpio.Contracts.Values;

namespace Kpio.Plugins.LinuxAbi.Tests.Doubles;

/// <summary>Makes a task without a machine: registers that are fields, memory that is one array at address 0x10000.</summary>
internal static class FakeTask
{
    public const ulong MemoryStart = 0x10000;

    public static GuestTask Create(byte[]? memory = null)
    {
        var group = new ThreadGroup(2, 0);
        for (int i = 0; i < ResourceLimit.Count; i++)
            group.Limits[i] = new ResourceLimit(ResourceLimit.Infinity, ResourceLimit.Infinity);
        group.Limits[3] = new ResourceLimit(8 << 20, ResourceLimit.Infinity);
        group.Limits[7] = new ResourceLimit(1024, 4096);
        return new GuestTask(2, group, new Registers(), new ArrayMemory(memory ?? []))
        {
            Descriptors = new DescriptorTable(),
            FileSystem = new FileSystemContext(),
            Credentials = new Credentials(1, 2, 3, 4, 5, 6, 7, 8, []),
        };
    }

    private sealed class Registers : CpuContext
    {
        private readonly ulong[] _general = new ulong[16];

        public override int ExtendedStateSize => 832;

        public override AddressSpaceId AddressSpace { get; set; }

        public override ulong Rip { get; set; }

        public override ulong Rflags { get; set; }

        public override ulong FsBase { get; set; }

        public override ulong GsBase { get; set; }

        public override ulong this[GuestRegister register]
        {
            get => _general[(int)register];
            set => _general[(int)register] = value;
        }

        public override void ReadExtendedState(Span<byte> destination) => throw new NotSupportedException();

        public override bool WriteExtendedState(ReadOnlySpan<byte> source) => throw new NotSupportedException();

        public override void Reset() => Array.Clear(_general);

        public override void CopyFrom(CpuContext source) => throw new NotSupportedException();
    }

    private sealed class ArrayMemory(byte[] bytes) : IUserMemory
    {
        public bool TryRead(GuestTask task, ulong address, Span<byte> destination, out SysResult stop)
        {
            bool ok = TryGetSpan(task, address, PageAccess.Read, out Span<byte> span, out stop) && span.Length >= destination.Length;
            stop = ok ? default : Errno.EFAULT;
            if (ok)
                span[..destination.Length].CopyTo(destination);
            return ok;
        }

        public bool TryWrite(GuestTask task, ulong address, ReadOnlySpan<byte> source, out SysResult stop)
        {
            bool ok = TryGetSpan(task, address, PageAccess.Write, out Span<byte> span, out stop) && span.Length >= source.Length;
            stop = ok ? default : Errno.EFAULT;
            if (ok)
                source.CopyTo(span);
            return ok;
        }

        public bool TryGetSpan(GuestTask task, ulong address, PageAccess access, out Span<byte> span, out SysResult stop)
        {
            ulong offset = address - MemoryStart;
            bool ok = offset < (ulong)bytes.Length;
            span = ok ? bytes.AsSpan((int)offset) : default;
            stop = ok ? default : Errno.EFAULT;
            return ok;
        }
    }
}
