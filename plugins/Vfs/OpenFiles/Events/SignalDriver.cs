using System.Buffers.Binary;
using Kpio.Contracts.Plugins;
using Kpio.Contracts.Process;
using Kpio.Contracts.State;
using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;

namespace Kpio.Plugins.Vfs.OpenFiles.Events;

/// <summary>The set of a file of signals.</summary>
internal sealed class SignalFile
{
    public SignalSet Signals { get; set; }
}

/// <summary>signalfd(2): whoever reads takes their own pending signals, whoever polls sees theirs.</summary>
internal sealed class SignalDriver : SpecialDriver
{
    /// <summary>The size of struct signalfd_siginfo.</summary>
    private const int RecordSize = 128;

    private readonly Slot<ISignals>? _signals;

    public SignalDriver(Slot<ISignals>? signals) => _signals = signals;

    public override OpenFileKind Kind => OpenFileKind.Signals;

    protected override string Name => "[signalfd]";

    public override WaitKey KeyOf(OpenFile file, GuestTask task) => new(WaitKind.SignalQueue, (ulong)task.Group.Pid);

    public override TransferKind TransferOf(OpenFile file, bool isWrite) => TransferKind.Whole;

    public override Result<int> Read(OpenFile file, Span<byte> destination, long offset, GuestTask? task)
    {
        if (offset >= 0)
            return Errno.ESPIPE;
        if (destination.Length < RecordSize || task is null || _signals is null)
            return Errno.EINVAL;
        SignalSet wanted = FileOf(file).Signals;
        int length = 0;
        while (destination.Length - length >= RecordSize && _signals.Current.TryTake(task, wanted, out SignalInfo info))
        {
            Write(destination.Slice(length, RecordSize), in info);
            length += RecordSize;
        }

        return length > 0 ? length : Errno.EAGAIN;
    }

    public override PollEvents Poll(OpenFile file, PollEvents interests, GuestTask? task)
    {
        if (task is null)
            return PollEvents.None;
        ulong pending = task.Signals.Pending.Set.Bits | task.Group.PendingSignals.Set.Bits;
        return (pending & FileOf(file).Signals.Bits) != 0 ? interests & PollEvents.POLLIN : PollEvents.None;
    }

    public override SpecialFileState Capture(OpenFile file) => new SignalFileState { Signals = FileOf(file).Signals };

    public override Errno Restore(OpenFile file, SpecialFileState state)
    {
        if (state is not SignalFileState signals)
            return Errno.EINVAL;
        file.Special = new SignalFile { Signals = signals.Signals };
        return Errno.None;
    }

    private static SignalFile FileOf(OpenFile file) => (SignalFile)file.Special!;

    // struct signalfd_siginfo: which members mean something follows from the signal and its code, as for siginfo_t.
    private static void Write(Span<byte> record, in SignalInfo info)
    {
        record.Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(record, (uint)info.Signal);
        BinaryPrimitives.WriteInt32LittleEndian(record[4..], info.Error);
        BinaryPrimitives.WriteInt32LittleEndian(record[8..], info.Code);
        switch (Layout(in info))
        {
            case Members.Fault:
                BinaryPrimitives.WriteUInt64LittleEndian(record[72..], info.Address); // ssi_addr
                break;
            case Members.Poll:
                BinaryPrimitives.WriteInt32LittleEndian(record[20..], (int)info.Value); // ssi_fd
                BinaryPrimitives.WriteUInt32LittleEndian(record[28..], (uint)info.Address); // ssi_band
                break;
            case Members.Timer:
                BinaryPrimitives.WriteInt32LittleEndian(record[24..], info.Pid); // ssi_tid
                BinaryPrimitives.WriteUInt32LittleEndian(record[32..], info.Uid); // ssi_overrun
                WriteValue(record, info.Value);
                break;
            case Members.Child:
                WriteSender(record, in info);
                BinaryPrimitives.WriteInt32LittleEndian(record[40..], (int)info.Value); // ssi_status
                BinaryPrimitives.WriteUInt64LittleEndian(record[56..], info.UserTime);
                BinaryPrimitives.WriteUInt64LittleEndian(record[64..], info.SystemTime);
                break;
            case Members.Queue:
                WriteSender(record, in info);
                WriteValue(record, info.Value);
                break;
            default:
                WriteSender(record, in info);
                break;
        }
    }

    private static Members Layout(in SignalInfo info)
    {
        if (info.Code is > 0 and < SignalCode.SI_KERNEL)
        {
            return info.Signal switch
            {
                Signal.SIGILL or Signal.SIGFPE or Signal.SIGSEGV or Signal.SIGBUS or Signal.SIGTRAP => Members.Fault,
                Signal.SIGCHLD => Members.Child,
                Signal.SIGIO => Members.Poll,
                _ => Members.Sender,
            };
        }

        return info.Code switch
        {
            SignalCode.SI_TIMER => Members.Timer,
            SignalCode.SI_SIGIO => Members.Poll,
            < 0 => Members.Queue,
            _ => Members.Sender,
        };
    }

    private static void WriteSender(Span<byte> record, in SignalInfo info)
    {
        BinaryPrimitives.WriteInt32LittleEndian(record[12..], info.Pid);
        BinaryPrimitives.WriteUInt32LittleEndian(record[16..], info.Uid);
    }

    private static void WriteValue(Span<byte> record, ulong value)
    {
        BinaryPrimitives.WriteInt32LittleEndian(record[44..], (int)value); // ssi_int
        BinaryPrimitives.WriteUInt64LittleEndian(record[48..], value); // ssi_ptr
    }

    private enum Members
    {
        Sender,
        Queue,
        Timer,
        Fault,
        Poll,
        Child,
    }
}
