namespace Kpio.Contracts.Abi;

/// <summary>How far a system call is supported.</summary>
public enum SyscallSupport : byte
{
    /// <summary>Answers ENOSYS.</summary>
    None,

    /// <summary>Answers without acting; the note says what it answers.</summary>
    Stub,

    /// <summary>Acts in part; the note says in which.</summary>
    Partial,

    /// <summary>Acts as the manual page says.</summary>
    Full,
}

/// <summary>The product's tiers: A and B as in the seed document, C beyond.</summary>
public enum SyscallTier : byte
{
    /// <summary>Tier A.</summary>
    A,

    /// <summary>Tier B.</summary>
    B,

    /// <summary>Beyond both.</summary>
    C,
}

/// <summary>The kind of an argument or result: how it is converted for a handler, and how a tracer shows it.</summary>
public enum ArgumentKind : byte
{
    /// <summary>A signed 32-bit number.</summary>
    Int,

    /// <summary>An unsigned 32-bit number.</summary>
    UInt,

    /// <summary>A signed 64-bit number.</summary>
    Long,

    /// <summary>An unsigned 64-bit number.</summary>
    ULong,

    /// <summary>A count of bytes or elements.</summary>
    Size,

    /// <summary>A position in a file.</summary>
    Offset,

    /// <summary>A number shown in hexadecimal.</summary>
    Hex,

    /// <summary>A descriptor.</summary>
    Fd,

    /// <summary>A directory descriptor, or AT_FDCWD.</summary>
    DirFd,

    /// <summary>A process, thread or group id.</summary>
    Pid,

    /// <summary>A user id.</summary>
    Uid,

    /// <summary>A group id.</summary>
    Gid,

    /// <summary>A file's mode bits, shown in octal.</summary>
    Mode,

    /// <summary>A device number.</summary>
    Device,

    /// <summary>A signal's number.</summary>
    Signal,

    /// <summary>An address that is not read or written as an argument.</summary>
    Address,

    /// <summary>A NUL-terminated path.</summary>
    Path,

    /// <summary>A NUL-terminated string.</summary>
    String,

    /// <summary>A NULL-terminated vector of strings (execve(2)).</summary>
    StringVector,

    /// <summary>Bytes that the call reads; <see cref="ArgumentInfo.LengthArgument"/> holds their number.</summary>
    In,

    /// <summary>Bytes that the call writes; <see cref="ArgumentInfo.LengthArgument"/> holds their number at most, the result how many are valid.</summary>
    Out,

    /// <summary>A structure that the call reads, named by <see cref="ArgumentInfo.Set"/>.</summary>
    InStruct,

    /// <summary>A structure that the call writes.</summary>
    OutStruct,

    /// <summary>A structure that the call reads and writes.</summary>
    InOutStruct,

    /// <summary>An array of structures that the call reads; <see cref="ArgumentInfo.LengthArgument"/> holds their number.</summary>
    InArray,

    /// <summary>An array of structures that the call writes; <see cref="ArgumentInfo.LengthArgument"/> holds their number.</summary>
    OutArray,

    /// <summary>An array of structures that the call reads and writes; <see cref="ArgumentInfo.LengthArgument"/> holds their number.</summary>
    InOutArray,

    /// <summary>Bits named by the flag set <see cref="ArgumentInfo.Set"/>.</summary>
    Flags,

    /// <summary>One of the values named by the set <see cref="ArgumentInfo.Set"/>.</summary>
    Enum,

    /// <summary>As a result: 0 on success.</summary>
    Zero,

    /// <summary>As a result: the call does not return.</summary>
    NoReturn,
}

/// <summary>The description of an argument.</summary>
/// <param name="Name">Its name in the manual page.</param>
/// <param name="Kind">Its kind.</param>
/// <param name="Set">The flag set, value set or structure that the kind refers to; for pointers also a <see cref="ScalarType"/> by its name in lower case (<c>i32</c>, <c>sigset</c>).</param>
/// <param name="LengthArgument">The index of the argument with the length, or -1.</param>
public sealed record ArgumentInfo(string Name, ArgumentKind Kind, string? Set = null, int LengthArgument = -1);

/// <summary>The description of a system call: one line of an <c>.abi</c> file.</summary>
/// <param name="Number">Its number.</param>
/// <param name="Name">Its name.</param>
/// <param name="Arguments">Its arguments.</param>
/// <param name="Result">The kind of its result.</param>
/// <param name="Category">The part of the system that it belongs to: Files, Memory, ….</param>
/// <param name="Tier">Its tier.</param>
/// <param name="Support">How far it is supported.</param>
/// <param name="Interrupt">How a signal interrupts it while it waits (signal(7)).</param>
/// <param name="Note">What is missing or special, or empty.</param>
public sealed record SyscallInfo(
    uint Number,
    string Name,
    IReadOnlyList<ArgumentInfo> Arguments,
    ArgumentInfo Result,
    string Category,
    SyscallTier Tier,
    SyscallSupport Support,
    Process.InterruptKind Interrupt,
    string Note)
{
    /// <summary>The layer (<see cref="LayeredSyscallAbi"/>) that handles the call or has taken it away; empty for the interface that all layers lie on.</summary>
    public string Layer { get; init; } = "";
}

/// <summary>
/// A set of named bits or values that arguments use. In a set of bits a name for 0 is shown when no bit is set (PROT_NONE), and a
/// value of several bits comes before those that are part of it (O_SYNC before O_DSYNC).
/// </summary>
/// <param name="Name">The set's name: <c>Prot</c>.</param>
/// <param name="IsBits">Whether values combine.</param>
/// <param name="Values">The names and values, in the order in which tracers print them.</param>
/// <param name="EnumMask">In a set of bits: the bits that hold one value out of several instead (O_ACCMODE 3 of open(2), MAP_TYPE 0xF of mmap(2)); shown first, its name for 0 included.</param>
/// <param name="Type">The C type of an argument of the set.</param>
public sealed record NamedSet(
    string Name,
    bool IsBits,
    IReadOnlyList<KeyValuePair<string, ulong>> Values,
    ulong EnumMask = 0,
    ScalarType Type = ScalarType.U32);

/// <summary>Scalar C types of x86_64.</summary>
public enum ScalarType : byte
{
    /// <summary>Not a scalar.</summary>
    None,

    /// <summary>signed char.</summary>
    I8,

    /// <summary>unsigned char; an array of them without a kind is bytes.</summary>
    U8,

    /// <summary>short.</summary>
    I16,

    /// <summary>unsigned short.</summary>
    U16,

    /// <summary>int.</summary>
    I32,

    /// <summary>unsigned int.</summary>
    U32,

    /// <summary>long.</summary>
    I64,

    /// <summary>unsigned long, and pointers.</summary>
    U64,

    /// <summary>char; an array of them is a string, perhaps without a NUL.</summary>
    Char,

    /// <summary>The kernel's sigset_t: 64 bits, bit n-1 for signal n.</summary>
    Sigset,
}

/// <summary>A structure's layout, for tracers and fuzzers.</summary>
/// <param name="Name">The structure's name: <c>timespec</c>.</param>
/// <param name="Size">Its size in bytes.</param>
/// <param name="Fields">Its fields.</param>
public sealed record StructInfo(string Name, int Size, IReadOnlyList<FieldInfo> Fields);

/// <summary>A field of a structure.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Offset">Its offset in bytes.</param>
/// <param name="Size">Its size in bytes.</param>
/// <param name="Kind">How it is shown.</param>
/// <param name="Set">The set or structure that the kind refers to; a field of kind <see cref="ArgumentKind.InOutStruct"/> is that structure itself.</param>
/// <param name="Scalar">The C type, or <see cref="ScalarType.None"/> for a structure.</param>
/// <param name="Count">How many elements an array has; 1 for a plain field.</param>
public sealed record FieldInfo(
    string Name,
    int Offset,
    int Size,
    ArgumentKind Kind,
    string? Set = null,
    ScalarType Scalar = ScalarType.None,
    int Count = 1);

/// <summary>An interface as data.</summary>
/// <param name="Syscalls">Every described call in the order of their numbers.</param>
/// <param name="Sets">Flag and value sets by name.</param>
/// <param name="Structs">Structures by name.</param>
public sealed record AbiCatalog(
    IReadOnlyList<SyscallInfo> Syscalls,
    IReadOnlyDictionary<string, NamedSet> Sets,
    IReadOnlyDictionary<string, StructInfo> Structs);
