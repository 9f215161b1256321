using Kpio.Contracts.Memory;
using Kpio.Contracts.Process;
using Kpio.Contracts.Values;
using Kpio.Kernel;

namespace Kpio.Cli.Sandbox.Recording;

/// <summary>Finds the file, and the place in it, of the instructions that make calls, while the machine runs: later the mapping may be gone.</summary>
internal sealed class CallPlaces(Machine machine)
{
    private readonly Dictionary<(AddressSpaceId Space, ulong Address), CodePlace> _known = [];

    /// <summary>Where an instruction of the task's lies.</summary>
    public CodePlace Find(GuestTask task, ulong address)
    {
        AddressSpaceId space = task.Group.AddressSpace;
        if (!_known.TryGetValue((space, address), out CodePlace? place))
            _known[(space, address)] = place = Look(task, space, address);
        return place;
    }

    /// <summary>The task's process has another program: what was known of its memory does not count any more.</summary>
    public void Forget(GuestTask task)
    {
        foreach ((AddressSpaceId Space, ulong Address) key in _known.Keys.Where(key => key.Space == task.Group.AddressSpace).ToArray())
            _known.Remove(key);
    }

    private CodePlace Look(GuestTask task, AddressSpaceId space, ulong address)
    {
        MemoryRegion? region = machine.Slots.Memory.Current.FindRegion(space, address);
        if (region is null || region.File.IsNone || !machine.Slots.Mounts.Current.GetPath(task, region.File).TryGet(out byte[]? path, out _))
            return new CodePlace(null, address);
        return new CodePlace(System.Text.Encoding.UTF8.GetString(path), (ulong)region.Offset + (address - region.Start));
    }
}
