using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;

namespace Kpio.Contracts.State;

/// <summary>What a line discipline keeps (termios(3)): its settings, what was typed and not read, what is still to be shown of it.</summary>
public sealed record LineDisciplineState
{
    /// <summary>struct termios2: 44 bytes.</summary>
    public required byte[] Settings { get; init; }

    /// <summary>The bytes that were typed and not read; at most 4096.</summary>
    public required byte[] Input { get; init; }

    /// <summary>The places in <see cref="Input"/> where lines end; a byte 0 there is an end of file.</summary>
    public required IReadOnlyList<int> LineEnds { get; init; }

    /// <summary>How many of the bytes are of complete lines; negative where lines mean nothing and a reader has gone beyond the last one.</summary>
    public required int CompleteBytes { get; init; }

    /// <summary>How many of the bytes a reader sees when lines mean nothing.</summary>
    public required int CommittedBytes { get; init; }

    /// <summary>Echo that is still to be shown: what it is in the upper byte (0 a byte, 1 a control character, 2 a byte as it is, 3 to 5 changes of the column), the byte in the lower.</summary>
    public required IReadOnlyList<ushort> Echo { get; init; }

    /// <summary>The column of the output, from 0.</summary>
    public int Column { get; init; }

    /// <summary>The column in which the line that is being typed begins.</summary>
    public int CanonicalColumn { get; init; }

    /// <summary>Whether the next byte is taken as it is (VLNEXT).</summary>
    public bool NextIsLiteral { get; init; }

    /// <summary>Whether erased characters are being shown (ECHOPRT).</summary>
    public bool IsErasing { get; init; }
}

/// <summary>A terminal: the console, or a pseudoterminal (pty(7)).</summary>
public sealed record TerminalState
{
    /// <summary>Its device number (st_rdev); by it open files and processes name it.</summary>
    public required ulong Device { get; init; }

    /// <summary>The line discipline.</summary>
    public required LineDisciplineState Discipline { get; init; }

    /// <summary>struct winsize: 8 bytes.</summary>
    public required byte[] WindowSize { get; init; }

    /// <summary>The session whose controlling terminal it is; 0 for none.</summary>
    public int Session { get; init; }

    /// <summary>The foreground process group; 0 for none.</summary>
    public int ForegroundGroup { get; init; }

    /// <summary>Whether a write found no room and the owner is to be sent a signal when there is again.</summary>
    public bool OwesRoomSignal { get; init; }

    /// <summary>Whether the output is stopped.</summary>
    public bool IsStopped { get; init; }

    /// <summary>Whether a program stopped it (TCOOFF).</summary>
    public bool IsHeld { get; init; }

    /// <summary>TIOCEXCL.</summary>
    public bool IsExclusive { get; init; }

    /// <summary>Whether the other side has gone for good.</summary>
    public bool IsGone { get; init; }

    /// <summary>What has come from the other side and was not processed yet.</summary>
    public byte[] Arrived { get; init; } = [];

    /// <summary>What was written and the other side has not taken yet.</summary>
    public byte[] Written { get; init; } = [];

    /// <summary>What a pseudoterminal has besides; null for the console.</summary>
    public PseudoterminalState? Pseudoterminal { get; init; }
}

/// <summary>What a pseudoterminal has besides: its master's side, and its node in /dev/pts.</summary>
public sealed record PseudoterminalState
{
    /// <summary>Its number: N of /dev/pts/N.</summary>
    public required int Index { get; init; }

    /// <summary>The master; none when it was closed.</summary>
    public FileId Master { get; init; }

    /// <summary>Whether the slave cannot be opened (TIOCSPTLCK).</summary>
    public bool IsLocked { get; init; }

    /// <summary>Whether the slave was open and is no more: the master reads EIO.</summary>
    public bool IsSlaveClosed { get; init; }

    /// <summary>Whether a write of the master found no room and its owner is to be sent a signal when there is again.</summary>
    public bool OwesMasterRoomSignal { get; init; }

    /// <summary>Packet mode (TIOCPKT).</summary>
    public bool IsPacketMode { get; init; }

    /// <summary>TIOCPKT_* bits that the master has not read.</summary>
    public byte PacketStatus { get; init; }

    /// <summary>The node's permission bits, owner and group.</summary>
    public uint Permissions { get; init; }

    /// <summary>The node's owner.</summary>
    public uint User { get; init; }

    /// <summary>The node's group.</summary>
    public uint Group { get; init; }

    /// <summary>When it was made, read and written.</summary>
    public (FileTime Access, FileTime Modify, FileTime Change) Times { get; init; }
}
