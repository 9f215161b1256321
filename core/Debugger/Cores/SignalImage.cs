using System.Buffers.Binary;
using Kpio.Contracts.Process;

namespace Kpio.Debugger.Cores;

/// <summary>What comes with a signal in the form of Linux's siginfo_t (sigaction(2)), as debuggers and core files have it.</summary>
internal static class SignalImage
{
    /// <summary>sizeof(siginfo_t).</summary>
    public const int Size = 128;

    private const int CodeOffset = 8;
    private const int UnionOffset = 16;

    public static void Write(in SignalInfo info, Span<byte> destination)
    {
        destination = destination[..Size];
        destination.Clear();
        BinaryPrimitives.WriteInt32LittleEndian(destination, (int)info.Signal);
        BinaryPrimitives.WriteInt32LittleEndian(destination[4..], info.Error);
        BinaryPrimitives.WriteInt32LittleEndian(destination[CodeOffset..], info.Code);
        Span<byte> union = destination[UnionOffset..];
        bool isOfKernel = info.Code > 0 && info.Code != SignalCode.SI_KERNEL;
        switch (info.Signal)
        {
            case Signal.SIGSEGV or Signal.SIGBUS or Signal.SIGFPE or Signal.SIGILL or Signal.SIGTRAP when isOfKernel:
            case Signal.SIGSYS when isOfKernel:
                BinaryPrimitives.WriteUInt64LittleEndian(union, info.Address);
                if (info.Signal == Signal.SIGSYS)
                    BinaryPrimitives.WriteUInt64LittleEndian(union[8..], info.Value);
                break;
            case Signal.SIGIO when isOfKernel:
                BinaryPrimitives.WriteUInt64LittleEndian(union, info.Address);
                BinaryPrimitives.WriteInt32LittleEndian(union[8..], (int)info.Value);
                break;
            case Signal.SIGCHLD when isOfKernel:
                WriteSender(in info, union);
                BinaryPrimitives.WriteInt32LittleEndian(union[8..], (int)info.Value);
                BinaryPrimitives.WriteUInt64LittleEndian(union[16..], info.UserTime);
                BinaryPrimitives.WriteUInt64LittleEndian(union[24..], info.SystemTime);
                break;
            default:
                WriteSender(in info, union);
                BinaryPrimitives.WriteUInt64LittleEndian(union[8..], info.Value);
                break;
        }
    }

    private static void WriteSender(in SignalInfo info, Span<byte> union)
    {
        BinaryPrimitives.WriteInt32LittleEndian(union, info.Pid);
        BinaryPrimitives.WriteUInt32LittleEndian(union[4..], info.Uid);
    }
}
