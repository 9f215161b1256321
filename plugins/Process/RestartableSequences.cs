using Kpio.Contracts.Process;

namespace Kpio.Plugins.Process;

/// <summary>
/// rseq(2): a thread that is taken off the processor, or gets a signal, inside a critical section that it has registered goes on at the
/// section's abort handler.
/// </summary>
internal static class RestartableSequences
{
    private const ulong CriticalSectionField = 8;
    private const int DescriptorLength = 32;

    /// <summary>To be called before the task goes back to ring 3. False when what it registered makes no sense: Linux sends SIGSEGV then.</summary>
    public static bool Abort(GuestTask task)
    {
        Span<byte> pointer = stackalloc byte[8];
        if (!task.Memory.TryRead(task, task.RseqAddress + CriticalSectionField, pointer, out _))
            return false;
        ulong address = BitConverter.ToUInt64(pointer);
        if (address == 0)
            return true;
        Span<byte> descriptor = stackalloc byte[DescriptorLength];
        if (!task.Memory.TryRead(task, address, descriptor, out _))
            return false;
        uint version = BitConverter.ToUInt32(descriptor);
        ulong start = BitConverter.ToUInt64(descriptor[8..]);
        ulong length = BitConverter.ToUInt64(descriptor[16..]);
        ulong handler = BitConverter.ToUInt64(descriptor[24..]);
        Span<byte> signature = stackalloc byte[sizeof(uint)];
        if (version != 0 || start + length < start || handler - start < length || !task.Memory.TryRead(task, handler - sizeof(uint), signature, out _))
            return false;
        if (BitConverter.ToUInt32(signature) != task.RseqSignature)
            return false;

        // Outside its section the field is only a leftover; either way it is cleared.
        pointer.Clear();
        if (!task.Memory.TryWrite(task, task.RseqAddress + CriticalSectionField, pointer, out _))
            return false;
        if (task.Cpu.Rip - start < length)
            task.Cpu.Rip = handler;
        return true;
    }
}
