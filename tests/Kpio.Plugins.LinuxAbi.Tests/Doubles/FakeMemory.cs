using Kpio.Contracts.Abi;
using Kpio.Contracts.Memory;
using Kpio.Contracts.Platform;
using Kpio.Contracts.Process;
using Kpio.Contracts.Values;

namespace Kpio.Plugins.LinuxAbi.Tests.Doubles;

/// <summary>An address space as a list of mappings, with the checks of mmap(2) that a loader can run into.</summary>
internal sealed class FakeMemory : IMemoryManager, IAddressSpaces
{
    public List<MapRequest> Mappings { get; } = [];

    public AddressSpaceLayout Layout { get; private set; }

    public ulong HeapStart { get; private set; }

    public (ulong Address, byte[] Bytes) Written { get; private set; }

    public Result<ulong> Map(AddressSpaceId space, in MapRequest request)
    {
        if (request.Length == 0 || (request.Address & 0xFFF) != 0 || (request.Offset & 0xFFF) != 0 || request.Offset < 0)
            return Errno.EINVAL;
        if (request.Length > UserBuffer.AddressLimit)
            return Errno.ENOMEM;
        ulong length = (request.Length + 0xFFF) & ~0xFFFUL;
        ulong address = request.Address;
        bool isFixed = (request.Flags & (MapFlags.MAP_FIXED | MapFlags.MAP_FIXED_NOREPLACE)) != 0;
        if (!isFixed)
        {
            ulong end = Layout.MappingTop;
            foreach (MapRequest other in Mappings.OrderByDescending(m => m.Address))
            {
                if (other.Address < end && other.Address + other.Length > end - Math.Min(length, end))
                    end = other.Address;
            }

            if (length > end)
                return Errno.ENOMEM;
            address = end - length;
        }

        if (address > UserBuffer.AddressLimit - length)
            return Errno.ENOMEM;
        if (address < 0x10000)
            return Errno.EPERM;
        if ((request.Flags & MapFlags.MAP_FIXED_NOREPLACE) != 0 && Mappings.Any(m => m.Address < address + length && address < m.Address + m.Length))
            return Errno.EEXIST;
        if ((request.Flags & MapFlags.MAP_FIXED) != 0)
            Unmap(space, address, length);
        Mappings.Add(request with { Address = address, Length = length });
        return address;
    }

    public Errno Unmap(AddressSpaceId space, ulong address, ulong length)
    {
        foreach (MapRequest old in Mappings.Where(m => m.Address < address + length && address < m.Address + m.Length).ToArray())
        {
            Mappings.Remove(old);
            if (old.Address < address)
                Mappings.Add(old with { Length = address - old.Address });
            ulong end = address + length;
            if (old.Address + old.Length > end)
                Mappings.Add(old with { Address = end, Length = old.Address + old.Length - end, Offset = old.Offset + (long)(end - old.Address) });
        }

        return Errno.None;
    }

    public Errno Write(AddressSpaceId space, ulong address, ReadOnlySpan<byte> source)
    {
        ulong length = (ulong)source.Length;
        if (!Mappings.Any(m => m.Address <= address && address + length <= m.Address + m.Length))
            return Errno.EFAULT;
        Written = (address, source.ToArray());
        return Errno.None;
    }

    public void SetHeapStart(AddressSpaceId space, ulong address) => HeapStart = address;

    public void SetLayout(AddressSpaceId space, in AddressSpaceLayout layout) => Layout = layout;

    public Errno Protect(AddressSpaceId space, ulong address, ulong length, PageAccess access) => throw new NotSupportedException();

    public Result<ulong> Remap(AddressSpaceId space, ulong address, ulong oldLength, ulong newLength, uint flags, ulong newAddress) => throw new NotSupportedException();

    public Errno Advise(AddressSpaceId space, ulong address, ulong length, int advice) => throw new NotSupportedException();

    public ulong SetBreak(AddressSpaceId space, ulong address, ulong limit) => throw new NotSupportedException();

    public MemoryRegion? FindRegion(AddressSpaceId space, ulong address) => null;

    public FaultOutcome HandleFault(GuestTask task, in FaultInfo fault) => throw new NotSupportedException();

    public Result<AddressSpaceId> Create() => throw new NotSupportedException();

    public Result<AddressSpaceId> Fork(AddressSpaceId space) => throw new NotSupportedException();

    public void Destroy(AddressSpaceId space) => throw new NotSupportedException();

    public IReadOnlyList<MemoryRegion> GetRegions(AddressSpaceId space) => throw new NotSupportedException();

    public MemoryUse GetUse(AddressSpaceId space) => throw new NotSupportedException();
}
